"""A bot that dies in the middle of a command."""

import pytest
from playwright.async_api import expect

from tests.e2e.visit import Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_bot_that_is_killed_says_unknown_and_sends_nothing_again(home: Visit) -> None:
    slow = home.page.get_by_role("slider", name="DIMO answers")
    await home.says("/lock")
    await home.sees("Accepted")
    await home.says("/frunk")
    await home.sees("Open the front trunk of Bluey?")
    await home.turns_to("Trouble")
    await slow.fill("20")
    await home.turns_to("Chats")
    await home.taps("Frunk", under="Open the front trunk")
    await home.sees("Sending")
    await home.finds_dimo_waiting("devices command")

    await home.turns_to("Trouble")
    await home.tap(home.page.get_by_role("button", name="Kill the bot", exact=True))
    await expect(home.page.get_by_text("It was killed.")).to_be_visible()
    await home.picture("killed")
    await slow.fill("0")
    await home.tap(home.page.get_by_role("button", name="Start the bot", exact=True))
    await home.turns_to("Chats")
    await home.sees("Unknown")
    await home.picture("unknown")

    await home.lets_pass("+1 min")
    await home.finds_the_car("Front trunk", "open")
    await home.car_got("Lock", "Open the front trunk")
