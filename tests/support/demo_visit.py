"""A person who tries the demo in a browser, and finds things by role and name, as a screen reader does."""

import re
from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

from tests.support.chromium import Device, picture
from tests.support.demo_process import ROOT

PICTURES = ROOT / "build" / "e2e"


@dataclass(frozen=True, slots=True)
class Before:
    """What a shared demo already contained when a visit began."""

    message: int = 0
    """The number of the newest message of any chat."""
    commands: int = 0
    """How many commands DIMO had accepted for the first car."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One browser that shows the demo's page, at the size of a device."""

    page: Page
    device: Device
    before: Before = Before()

    @property
    def messages(self) -> Locator:
        """The messages of the open chat that are newer than the visit, the oldest first."""
        is_new = f"not(starts-with(@data-key, 'message/')) or substring-after(@data-key, '/') > {self.before.message}"
        new = self.page.locator(f"xpath=//article[{is_new}]")
        return self.page.get_by_role("log", name="Messages").get_by_role("article").and_(new)

    @property
    def box(self) -> Locator:
        """The box to write in."""
        return self.page.get_by_role("textbox", name="Message")

    def dialog(self, title: str) -> Locator:
        """Return the dialog with this title."""
        return self.page.get_by_role("dialog", name=title)

    async def tap(self, what: Locator) -> None:
        """Tap on a phone, click elsewhere."""
        if self.device.is_phone:
            await what.tap()
        else:
            await what.click()

    async def turns_to(self, part: str) -> None:
        """Show a part of the page. A phone shows one part at a time, a desktop all of them."""
        if self.device.is_phone:
            tabs = self.page.get_by_role("navigation", name="Parts of the page")
            tab = tabs.get_by_role("button", name=part)
            if await tab.get_attribute("aria-current") is None:
                await self.tap(tab)

    async def holds(self, person: str) -> None:
        """Take the phone of this person."""
        choice = self.page.get_by_role("radio", name=re.compile(f"^{person}, "))
        await choice.check()
        await expect(choice).to_be_checked()

    async def has_news(self, person: str) -> None:
        """Wait until this person's phone has an unread message."""
        await self.page.get_by_role("radio", name=re.compile(rf"^{person}, .* \d+ new$")).wait_for()

    async def opens(self, chat: str) -> None:
        """Open a chat on the phone that the visitor holds."""
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
        """Return the newest message with this text."""
        return self.messages.filter(has_text=text).last

    async def sees(self, text: str) -> Locator:
        """Wait for a message with this text; returns it."""
        found = self.message(text)
        await found.wait_for()  # checks twice as often as `expect` does
        return found

    async def taps(self, label: str, under: str = "") -> None:
        """Tap a button of the newest message that has it, or of the newest one that also has the text `under`."""
        name = re.compile(rf"(^|\W ?){re.escape(label)}$")
        keys = self.messages.filter(has_text=under).get_by_role("button", name=name)
        await self.tap(keys.last)

    async def finds_the_car(self, part: str, state: str) -> None:
        """Check the state of a part of the car, in the table and in the drawing."""
        await self.turns_to("Car")
        row = self.page.get_by_role("row").filter(has=self.page.get_by_role("rowheader", name=part, exact=True))
        await expect(row.get_by_role("switch")).to_have_text(state)
        drawn = self.page.get_by_role("img", name=re.compile(f"\\b{part.lower()} {state}\\b"))
        await expect(drawn).to_be_visible()

    async def lets_pass(self, time: str) -> None:
        """Put the demo's clock forward with the button of this name, and return to the chat."""
        await self.turns_to("Trouble")
        await self.tap(self.page.get_by_role("button", name=time, exact=True))
        await self.turns_to("Chats")

    async def waits_less(self, seconds: float) -> None:
        """Put the demo's clock forward a little, so that the test need not wait for the car in real time."""
        skip = """(seconds) => import("/page/world.js").then((world) => world.act("skip", { seconds }))"""
        await self.page.evaluate(skip, seconds)

    async def car_got(self, *commands: str) -> None:
        """Check which commands DIMO has accepted since the visit began, the oldest first."""
        await self.turns_to("Car")
        accepted = self.page.get_by_role("log", name="Commands that DIMO took for it").get_by_role("listitem")
        await expect(accepted).to_have_count(max(1, self.before.commands + len(commands)))
        newest = [f"{command}(doors|frunk|trunk|charge)/" for command in reversed(commands)]
        lines = newest if self.before.commands or commands else ["Nothing yet"]
        for number, line in enumerate(lines):
            await expect(accepted.nth(number)).to_have_text(re.compile(line))

    async def finds_dimo_waiting(self, call: str) -> None:
        """Wait until the bot has made this call to DIMO, and DIMO has not answered it yet."""
        await self.turns_to("Car")
        calls = self.page.get_by_role("list", name="Calls to DIMO")
        if not await calls.is_visible():
            await self.tap(self.page.get_by_text("Every call to DIMO"))
        await expect(calls.get_by_role("listitem").filter(has_text=re.compile(f"^{call} ?waits$"))).to_be_visible()

    async def picture(self, name: str) -> None:
        """Save a screenshot for people to look at."""
        await picture(self.page, PICTURES / f"{name}-{self.device.name}.png")
