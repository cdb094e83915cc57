"""The settings of a home: shown and changed in one message."""

from dataclasses import dataclass

from bot.domain.preferences import Preferences, Setting
from bot.domain.refusals import Reason
from bot.domain.zones import Found
from bot.service.declined import Declined
from bot.service.family.settings import HomeSettings
from bot.service.notes.watching import NoteWatches
from bot.service.ports import Clock
from bot.telegram import screens
from bot.telegram.requests import Request, Said, Tapped
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsHandlers:
    """What an owner sets for their home, in its own chat."""

    clock: Clock
    settings: HomeSettings
    watches: NoteWatches

    async def show(self, request: Request, tap: taps.ShowSettings) -> Screen | None:
        """Show all settings, one of them with its choices, or the question for a city."""
        if tap.page == "place":
            return None if await self.settings.ask_for_place(request.ask) is None else screens.settings.want_place()
        return await self._shown(request, await self.settings.open(request.ask), tap.page)

    async def choose(self, tapped: Tapped, tap: taps.SetSetting) -> Screen | None:
        """Set something, and show all settings. The switches stay, because people often change several."""
        preferences = await self.settings.choose(tapped.ask, tap.setting, tap.choice)
        return await self._shown(tapped, preferences, Setting.NEWS if tap.setting is Setting.NEWS else None)

    async def choose_zone(self, tapped: Tapped, tap: taps.SetZone) -> Screen | None:
        """Set the time zone, and show all settings."""
        return await self._shown(tapped, await self.settings.choose_zone(tapped.ask, tap.zone))

    async def choose_first_zone(self, tapped: Tapped, tap: taps.SetFirstZone) -> Screen | None:
        """Set the time zone, and show the way to the car."""
        preferences = await self.settings.choose_zone(tapped.ask, tap.zone)
        return None if preferences is None else screens.settings.zone_is(preferences, now=self.clock.now())

    async def free_text(self, said: Said) -> Screen | None:
        """Read a text as the requested city; None if no city was requested."""
        taken = await self.settings.take_place(said.ask, said.text)
        if not isinstance(taken, Found):
            return await self._shown(said, taken)
        if not taken.maybe:
            raise Declined(Reason.NO_ZONE)
        return screens.settings.which_place(taken.maybe, now=self.clock.now())

    async def _shown(
        self, request: Request, preferences: Preferences | None, setting: Setting | None = None
    ) -> Screen | None:
        if preferences is None:
            return None
        usual, now = self.settings.usual, self.clock.now()
        if setting is None:
            looks = await self.watches.looks_today(request.ask.chat)
            return screens.settings.overview(preferences, usual, now=now, looks=looks)
        return screens.settings.one(setting, preferences, usual, now=now)
