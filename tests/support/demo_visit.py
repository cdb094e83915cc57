"""Somebody who tries the demo in a browser: finds things by role and name, as a screen reader does, and taps them."""

import re
from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

from tests.support.chromium import Device, picture
from tests.support.demo_process import ROOT

PICTURES = ROOT / "build" / "e2e"


@dataclass(frozen=True, slots=True)
class Visit:
    """One browser that shows the demo's page, at the size of a device."""

    page: Page
    device: Device

    @property
    def messages(self) -> Locator:
        """The messages of the open chat, the oldest first."""
        return self.page.get_by_role("log", name="Messages").get_by_role("article")

    @property
    def box(self) -> Locator:
        """The box to write in."""
        return self.page.get_by_role("textbox", name="Message")

    def dialog(self, title: str) -> Locator:
        """Return what stands in front of everything, by its title."""
        return self.page.get_by_role("dialog", name=title)

    async def tap(self, what: Locator) -> None:
        """Tap with a finger or click, whichever the device has."""
        if self.device.is_phone:
            await what.tap()
        else:
            await what.click()

    async def turns_to(self, part: str) -> None:
        """Show a part of the page: a phone shows one at a time, a desktop all of them."""
        if self.device.is_phone:
            tabs = self.page.get_by_role("navigation", name="Parts of the page")
            tab = tabs.get_by_role("button", name=part)
            if await tab.get_attribute("aria-current") is None:
                await self.tap(tab)

    async def holds(self, person: str) -> None:
        """Take somebody's phone."""
        choice = self.page.get_by_role("radio", name=re.compile(f"^{person}, "))
        await choice.check()
        await expect(choice).to_be_checked()

    async def opens(self, chat: str) -> None:
        """Open a chat on the phone that is held."""
        await self.turns_to("Chats")
        back = self.page.get_by_role("button", name="All chats")
        if await back.is_visible():
            await self.tap(back)
        listed = self.page.get_by_role("navigation", name="Chats").get_by_role("button")
        await self.tap(listed.filter(has=self.page.get_by_text(chat, exact=True)))
        await expect(self.page.get_by_role("region", name=chat, exact=True)).to_be_visible()

    async def says(self, text: str) -> None:
        """Write into the open chat."""
        await self.box.fill(text)
        await self.tap(self.page.get_by_role("button", name="Send", exact=True))
        await expect(self.box).to_have_value("")

    def message(self, text: str) -> Locator:
        """Return the newest message with these words."""
        return self.messages.filter(has_text=text).last

    async def sees(self, text: str) -> Locator:
        """Wait for a message with these words; returns it."""
        found = self.message(text)
        await found.wait_for()  # looks twice as often as `expect` does
        return found

    async def taps(self, label: str, under: str = "") -> None:
        """Tap the button of the newest message that has it, or of the newest one with these words."""
        name = re.compile(rf"(^|\W ?){re.escape(label)}$")
        keys = self.messages.filter(has_text=under).get_by_role("button", name=name)
        await self.tap(keys.last)

    async def finds_the_car(self, part: str, state: str) -> None:
        """Check that table and drawing agree on a part of the car."""
        await self.turns_to("Car")
        row = self.page.get_by_role("row").filter(has=self.page.get_by_role("rowheader", name=part, exact=True))
        await expect(row.get_by_role("switch")).to_have_text(state)
        drawn = self.page.get_by_role("img", name=re.compile(f"\\b{part.lower()} {state}\\b"))
        await expect(drawn).to_be_visible()

    async def lets_pass(self, time: str) -> None:
        """Put everybody's clock forward, and come back to the chat."""
        await self.turns_to("Trouble")
        await self.tap(self.page.get_by_role("button", name=time, exact=True))
        await self.turns_to("Chats")

    async def car_got(self, *commands: str) -> None:
        """Check which commands DIMO took, the oldest first."""
        await self.turns_to("Car")
        taken = self.page.get_by_role("log", name="Commands that DIMO took for it")
        lines = [re.compile(f"{command}(doors|frunk|trunk|charge)/") for command in reversed(commands)]
        await expect(taken.get_by_role("listitem")).to_have_text(lines or ["Nothing yet."])

    async def finds_dimo_waiting(self, call: str) -> None:
        """Wait until a call to DIMO is under way: it has left the bot, and is not answered."""
        await self.turns_to("Car")
        calls = self.page.get_by_role("list", name="Calls to DIMO")
        if not await calls.is_visible():
            await self.tap(self.page.get_by_text("Every call to DIMO"))
        await expect(calls.get_by_role("listitem").filter(has_text=re.compile(f"^{call} ?waits$"))).to_be_visible()

    async def picture(self, name: str) -> None:
        """Keep what is seen now, for people."""
        await picture(self.page, PICTURES / f"{name}-{self.device.name}.png")
