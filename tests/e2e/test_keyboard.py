"""The page without a mouse: the order of the Tab key, and where the focus moves."""

import asyncio
import re

import pytest
from playwright.async_api import Locator, Route, expect

from tests.support.chromium import DESKTOP
from tests.support.demo_visit import Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

DEVICE = DESKTOP

_MOST_STOPS = 60


async def test_a_car_is_locked_with_the_keyboard_alone(home: Visit) -> None:
    """From the first Tab to the message box, and from there to a button under a message."""
    keyboard = home.page.keyboard
    await keyboard.press("Tab")
    await expect(home.page.get_by_role("link", name="Skip to the message box")).to_be_focused()
    await keyboard.press("Enter")
    await expect(home.box).to_be_focused()
    await keyboard.type("/ca")
    await keyboard.press("ArrowDown")
    commands = home.page.get_by_role("listbox", name="Commands")
    await expect(commands.get_by_role("option", selected=True)).to_contain_text("/car")
    await keyboard.press("Enter")
    await home.sees("🔓 Unlocked")
    await expect(home.box).to_be_focused()

    panel = home.messages.filter(has=home.page.get_by_role("button", name="Refresh"))
    lock = panel.last.get_by_role("button", name="Lock")
    await _goes_to(home, lock.first, "Shift+Tab")
    await keyboard.press("Enter")
    await home.car_got("Lock")
    await home.waits_less(3)
    await home.sees("Confirmed: 🔒 Anna locked Bluey")
    await expect(lock.first).to_be_focused()
    await home.finds_the_car("Doors", "locked")


async def test_a_dialog_ends_with_escape_and_gives_the_focus_back(home: Visit) -> None:
    """The same holds for a dialog that another one has replaced."""
    await home.says("/link")
    sign_in = home.messages.get_by_role("button", name="Sign in with DIMO")
    await sign_in.focus()
    for turned in (False, True):
        await home.page.keyboard.press("Enter")
        dialog = home.dialog("Login with DIMO")
        await expect(dialog).to_be_visible()
        if turned:
            await dialog.get_by_role("button", name="Sign in and share").press("Enter")
            dialog = home.dialog("Your browser has landed here")
            await expect(dialog.get_by_role("button", name="Close")).to_be_focused()
        await home.page.keyboard.press("Escape")
        await expect(dialog).to_be_hidden()
        await expect(sign_in).to_be_focused()


async def test_what_is_typed_before_the_page_knows_the_chat_stays_in_the_box(home: Visit) -> None:
    """The box can be written in while the first state is on its way."""
    arrived, may_go_on = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        arrived.set()
        await may_go_on.wait()
        await route.continue_()

    await home.page.route("**/api/events", hold)
    await home.page.reload()
    await arrived.wait()
    await home.box.fill("/car")
    may_go_on.set()
    await expect(home.page.get_by_role("radio", name=re.compile("^Anna, "))).to_be_visible()
    await expect(home.box).to_have_value("/car")
    await expect(home.page.get_by_role("button", name="Send", exact=True)).to_be_enabled()
    await home.page.unroute("**/api/events")


async def test_messages_are_replied_to_from_the_box(home: Visit) -> None:
    """Ctrl and the arrow keys choose the message, Escape ends the choice; Tab skips the reply buttons."""
    await home.says("/help")
    await home.sees("What I can do")
    await home.box.focus()
    await home.page.keyboard.press("Control+ArrowUp")
    await expect(home.page.get_by_text("What I can do").last).to_be_visible()
    await expect(home.page.get_by_role("status").filter(has_text="Reply to Family bot")).to_be_visible()
    await home.picture("keyboard-reply")
    await home.page.keyboard.press("Escape")
    await expect(home.page.get_by_text("Reply to Family bot")).to_be_hidden()
    stops = [await stop.get_attribute("tabindex") for stop in await _replies(home).all()]
    assert set(stops) == {"-1"}


def _replies(visit: Visit) -> Locator:
    return visit.messages.get_by_role("button", name=re.compile("^Reply to"))


async def _goes_to(visit: Visit, wanted: Locator, key: str) -> None:
    """Press a key until the focus is there; each element on the way has a name and is visible."""
    for _ in range(_MOST_STOPS):
        await visit.page.keyboard.press(key)
        if await wanted.evaluate("(one) => one === document.activeElement"):
            return
        stop = visit.page.locator("*:focus")
        await expect(stop).to_have_accessible_name(re.compile("."))
        await expect(stop).to_be_in_viewport()
    raise AssertionError(f"{key} does not lead there in {_MOST_STOPS} steps")
