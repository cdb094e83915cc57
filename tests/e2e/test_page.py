"""The page around the chats: drafts, tabs of the browser, trouble that is switched on, unread messages."""

import pytest
from playwright.async_api import expect

from tests.support.chromium import PHONE
from tests.support.demo_visit import Visit
from tests.support.page_client import PageClient

pytestmark = pytest.mark.asyncio(loop_scope="session")

DEVICE = PHONE


async def test_a_draft_stays_with_its_person_and_chat(home: Visit, linked: PageClient) -> None:
    await linked.do("send", person="owner", to="driver", text="Hi Ben")
    await home.box.fill("Dear bot")
    await home.opens("Ben")
    await expect(home.box).to_have_value("")
    await home.box.fill("Dear Ben")
    await home.holds("Ben")
    await home.opens("Anna")
    await expect(home.box).to_have_value("")
    await home.holds("Anna")
    await expect(home.box).to_have_value("Dear Ben")
    await home.opens("Family bot")
    await expect(home.box).to_have_value("Dear bot")


async def test_each_tab_of_the_browser_keeps_its_person(home: Visit) -> None:
    other = await home.page.context.new_page()
    await other.goto(home.page.url)
    theirs = Visit(other, home.device, home.before)
    await home.holds("Anna")
    await theirs.holds("Ben")
    await home.page.reload()
    await expect(home.page.get_by_role("radio", name="Anna, owner")).to_be_checked()
    await other.reload()
    await expect(other.get_by_role("radio", name="Ben, driver")).to_be_checked()
    await other.close()


async def test_trouble_that_is_switched_on_shows_on_every_part_of_the_page(home: Visit, linked: PageClient) -> None:
    on = home.page.locator("#trouble-on")
    await expect(on).to_be_hidden()
    await linked.do("trouble", kind="dimo_down", to=True)
    for part in ("Chats", "Car", "Tour"):
        await home.turns_to(part)
        await expect(on).to_have_text("DIMO is down")
    await home.turns_to("Chats")
    await home.picture("trouble-in-the-top-bar")
    await home.tap(on)
    switch = home.page.get_by_role("switch", name="DIMO is down")
    await expect(switch).to_be_focused()
    await home.tap(switch)
    await expect(on).to_be_hidden()


async def test_the_way_back_says_how_much_is_unread(home: Visit, linked: PageClient) -> None:
    back = home.page.get_by_role("button", name="All chats")
    before = int("".join(filter(str.isdigit, await back.get_attribute("aria-label") or "")) or 0)
    await linked.do("send", person="driver", to="owner", text="Did you lock it?")
    await expect(back).to_have_accessible_name(f"All chats, {before + 1} new")
    await home.picture("unread-on-the-way-back")
