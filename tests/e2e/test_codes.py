"""Error codes: typed, explained, cleared after a question, and read from the car."""

import pytest
from playwright.async_api import expect

from tests.support.chromium import DESKTOP
from tests.support.demo_visit import Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

DEVICE = DESKTOP


async def test_codes_are_explained_cleared_and_read_from_the_car(home: Visit) -> None:
    await home.says("/codes P0106 P0279")
    shown = await home.sees("Asked by Anna")
    await expect(shown).to_contain_text("P0106")
    await expect(shown).to_contain_text("P0279")
    await expect(shown).not_to_contain_text("Waiting for DIMO")
    await home.picture("codes-explained")

    await home.taps("Clear")
    await home.sees("Mark these codes of Bluey as cleared?")
    await home.picture("codes-clear-asked")
    await home.taps("Clear", under="Mark these codes")
    await home.sees("Cleared by Anna")

    await home.turns_to("Car")
    lamp = home.page.get_by_role("switch", name="Warning light with code P0301")
    await home.tap(lamp)
    await expect(lamp).to_be_checked()
    await home.turns_to("Chats")
    await home.says("/codes")
    await home.taps("Read from car")
    await home.sees("codes from the car")
    await home.taps("Explain it")
    await home.sees("The car's own codes. Asked by Anna")
    await home.picture("codes-from-the-car")


async def test_codes_are_asked_for_where_none_were_written(home: Visit) -> None:
    """The message box shows what to write, as Telegram's apps do, and sends the answer as a reply."""
    await home.says("/codes")
    await home.taps("Enter codes")
    await home.sees("Which error codes of Bluey?")
    await expect(home.page.get_by_text("Reply to Family bot")).to_be_visible()
    await expect(home.box).to_have_attribute("placeholder", "P0106 P0279")
    await home.picture("codes-wanted")
    await home.says("nonsense")
    await home.sees("I found no error code in that")
