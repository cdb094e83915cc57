"""Notes: who wants which, in private chats only."""

from dataclasses import dataclass

from bot.service.notes.choices import NoteChoices
from bot.service.ports import Clock
from bot.telegram import screens
from bot.telegram.requests import Said, Tapped
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteHandlers:
    """What the bot tells people of the cars by itself."""

    choices: NoteChoices
    clock: Clock

    async def command(self, said: Said) -> Screen:
        """Show what the person is told."""
        return screens.notes.notes(await self.choices.show(said.ask), now=self.clock.now())

    async def take(self, tapped: Tapped, tap: taps.TakeNotes) -> Screen | None:
        """Send the person notes from now on, or none."""
        tapped.require_private()
        view = await self.choices.take(tapped.ask, takes=tap.choice == "on")
        return None if view is None else screens.notes.notes(view, now=self.clock.now())

    async def show(self, tapped: Tapped, tap: taps.ShowNote) -> Screen:
        """Show a note again."""
        tapped.require_private()
        return screens.notes.note(await self.choices.note(tapped.ask, tap.note), now=self.clock.now())

    async def show_mutes(self, tapped: Tapped, tap: taps.ShowMutes) -> Screen:
        """Ask for how long such notes are muted."""
        tapped.require_private()
        return screens.notes.for_how_long(await self.choices.note(tapped.ask, tap.note), now=self.clock.now())

    async def mute(self, tapped: Tapped, tap: taps.MuteNote) -> Screen | None:
        """Send the person no such notes for a while."""
        tapped.require_private()
        muted = await self.choices.mute(tapped.ask, tap.note, tap.length)
        return None if muted is None else screens.notes.muted(muted, now=self.clock.now())
