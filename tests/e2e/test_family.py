"""Several people and one car: each on their own phone, and in the family's group."""

import pytest
from playwright.async_api import expect

from tests.support.chromium import PHONE
from tests.support.demo_visit import Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

DEVICE = PHONE


async def test_a_driver_joins_by_a_link_that_works_once(home: Visit) -> None:
    await home.says("/invite")
    await home.taps("Driver")
    await home.taps("No end")
    await home.taps("Send it to somebody")
    await home.tap(home.dialog("Send to").get_by_role("button", name="Ben"))
    await expect(home.page.get_by_role("status").filter(has_text="Sent to Ben.")).to_be_visible()

    await home.holds("Ben")
    await home.opens("Anna")
    await home.picture("invitation-at-ben")
    await home.tap(home.message("t.me/").get_by_role("button", name="t.me/"))
    await home.sees("Anna invites you to use Bluey")
    await home.taps("Join")
    await home.sees("You are in, as a driver")
    await home.says("/car")
    await home.sees("🔓 Unlocked")
    await home.picture("panel-of-the-driver")

    await home.opens("Anna")
    await home.tap(home.message("t.me/").get_by_role("button", name="t.me/"))
    await expect(home.messages.filter(has_text="invites you")).to_have_count(0)
    await home.holds("Dan")
    await home.tap(home.page.get_by_role("button", name="Start", exact=True))
    await home.sees("I work your car")
    await expect(home.messages.filter(has_text="Bluey")).to_have_count(0)


async def test_a_guest_asks_in_the_group_and_her_time_ends(home: Visit) -> None:
    """Being in the group is not enough: the owner allows it, and the access ends by itself."""
    await home.says("/car")
    await home.sees("🔓 Unlocked")
    await home.taps("More")
    await home.taps("Groups")
    await home.taps("Share in a group")
    await home.tap(home.dialog("Choose a group").get_by_role("button", name="Family"))
    await home.sees("Anna shares Bluey here")

    await home.holds("Cleo")
    await home.opens("Family")
    await home.says("/car")
    await home.sees("Cleo, you have no access here")
    await home.picture("group-asks")
    await home.taps("Ask for access")
    await home.sees("the owner has your request")

    await home.holds("Anna")
    await home.opens("Family bot")
    await home.sees("Cleo asks to use your cars")
    await home.taps("Allow as guest")
    await home.says("/members")
    await home.taps("Cleo")
    await home.taps("1 hour")
    await home.sees("guest, until")
    await home.picture("guest-until")

    await home.holds("Cleo")
    await home.sees("you are in as a guest")
    await home.says("/unlock")
    await home.sees("Cleo has 60 seconds to confirm")
    await home.lets_pass("+1 hour")
    await home.says("/unlock")
    await expect(home.message("you have no access here")).to_be_visible()
    await home.picture("guest-has-left")
    await home.car_got()


async def test_in_a_group_a_reply_opens_for_the_person_who_is_asked(home: Visit) -> None:
    await home.says("/car")
    await home.taps("More")
    await home.taps("Groups")
    await home.taps("Share in a group")
    await home.tap(home.dialog("Choose a group").get_by_role("button", name="Family"))
    await home.sees("Anna shares Bluey here")
    await home.opens("Family")
    await home.says("/codes")
    await home.taps("Enter codes")
    await home.sees("Anna, which error codes of Bluey?")
    await expect(home.page.get_by_text("Reply to Family bot")).to_be_visible()
    await home.holds("Ben")
    await home.opens("Family")
    await home.sees("Anna, which error codes of Bluey?")
    await expect(home.page.get_by_text("Reply to Family bot")).to_be_hidden()
