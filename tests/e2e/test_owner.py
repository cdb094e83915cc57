"""One person and her car: link, lock, unlock, and a question that nobody confirms."""

import pytest
from playwright.async_api import expect

from tests.support.chromium import DESKTOP
from tests.support.demo_visit import Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

DEVICE = DESKTOP


async def test_the_owner_links_locks_and_unlocks(visit: Visit) -> None:
    """The chat and the car agree at every step, and the car gets nothing that was not confirmed."""
    await _starts_and_links(visit)
    await visit.finds_the_car("Doors", "unlocked")
    await visit.taps("Lock")
    await _lets_questions_go(visit)
    await visit.sees("Confirmed: 🔒 Anna locked Bluey")
    await visit.picture("lock-confirmed")
    await visit.finds_the_car("Doors", "locked")
    await visit.car_got("Lock")

    await visit.says("/unlock")
    await visit.sees("Unlock Bluey?")
    await visit.picture("unlock-asked")
    await visit.taps("Unlock", under="Unlock Bluey?")
    await visit.car_got("Lock", "Unlock")
    await visit.waits_less(3)
    await visit.sees("Confirmed: 🔓 Anna unlocked Bluey")
    await visit.finds_the_car("Doors", "unlocked")
    await visit.finds_the_car("Rear trunk", "closed")
    await visit.car_got("Lock", "Unlock")
    await visit.picture("unlocked")


async def _lets_questions_go(visit: Visit) -> None:
    """A cancelled question opens nothing, and an expired one opens nothing."""
    await visit.says("/unlock")
    await visit.sees("Unlock Bluey?")
    await visit.taps("Cancel", under="Unlock Bluey?")
    await visit.sees("Cancelled")
    await visit.says("/trunk")
    await visit.sees("Open Bluey's trunk?")
    await visit.lets_pass("+1 min")
    await visit.sees("Expired")
    await expect(visit.message("Expired").get_by_role("button", name="Cancel")).to_have_count(0)
    await visit.picture("question-expired")


async def _starts_and_links(visit: Visit) -> None:
    await visit.picture("first-sight")
    await visit.tap(visit.page.get_by_role("button", name="Start", exact=True))
    await visit.sees("I work your car from this chat")
    await visit.taps("Link")
    await visit.taps("Sign in with DIMO")
    login = visit.dialog("Login with DIMO")
    await expect(login.get_by_role("radio", name="Anna")).to_be_checked()
    await expect(login.get_by_role("checkbox", name="Bluey")).to_be_checked()
    await visit.picture("login")
    await visit.tap(login.get_by_role("button", name="Sign in and share"))
    landed = visit.dialog("Your browser has landed here")
    secret = await landed.get_by_role("group", name="Address").inner_text()
    await visit.tap(landed.get_by_role("button", name="Send it to the bot"))
    await visit.sees("is linked until")
    await expect(visit.messages.filter(has_text=secret)).to_have_count(0)
    await visit.taps("Show the car")
    await visit.sees("🔓 Unlocked")
    await visit.picture("panel")


async def test_the_status_shows_the_picture_that_the_bot_has_sent(home: Visit) -> None:
    await home.says("/status")
    photo = home.message("Trunk closed").locator("img.photo")
    await expect(photo).to_have_js_property("naturalWidth", 720)
    await home.picture("status")
