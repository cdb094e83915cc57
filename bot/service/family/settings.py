"""The settings of a home, as its owner sees and changes them."""

import asyncio
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.ids import ChatId
from bot.domain.preferences import Preferences, Setting, changed, read, written
from bot.domain.prompts import Prompt, Task
from bot.domain.refusals import Reason
from bot.domain.roles import Ability
from bot.domain.zones import Found, find_zone
from bot.service.access import authorize_at_home
from bot.service.confirmation import once
from bot.service.declined import Declined
from bot.service.ports import Ask, Clock
from bot.service.preferences import preferences_of
from bot.service.prompting import Prompting
from storage import Database, Tx
from storage.engine import locks
from storage.repositories import home_settings


@dataclass(frozen=True, slots=True)
class OperatorDefaults:
    """What the bot's operator has set; it applies to homes that have set nothing themselves."""

    question: timedelta
    wait: timedelta


@dataclass(frozen=True, slots=True)
class SettingsChanges:
    """What is called with the home in the transaction that stores another time zone, or any setting."""

    zone: Callable[[Tx, ChatId], None]
    any: Callable[[Tx, ChatId], None]


@dataclass(kw_only=True, slots=True)
class HomeSettings:
    """The settings of the asker's home; every method raises Declined for everybody but its owner.

    Those that change something return None for an update seen before.
    """

    db: Database
    clock: Clock
    prompting: Prompting
    usual: OperatorDefaults
    changes: SettingsChanges

    async def open(self, ask: Ask) -> Preferences:
        """Return the settings, and stop waiting for the name of a place."""

        def commit(tx: Tx) -> Preferences:
            self._authorize(tx, ask)
            self.prompting.stop_waiting(tx, ask, Task.ENTER_ZONE)
            return preferences_of(tx, ask.chat)

        return await self.db.run(commit)

    async def choose(self, ask: Ask, setting: Setting, choice: int) -> Preferences | None:
        """Set something to one of its choices."""

        def change(preferences: Preferences) -> Preferences:
            try:
                return changed(preferences, setting, choice)
            except LookupError:
                raise Declined(Reason.BUTTON_OUT_OF_DATE) from None

        return await once(self.db, self.clock, ask, lambda tx: self._change(tx, ask, change))

    async def choose_zone(self, ask: Ask, zone: str) -> Preferences | None:
        """Set the time zone by its name."""
        if zone not in await asyncio.to_thread(zoneinfo.available_timezones):
            raise Declined(Reason.BUTTON_OUT_OF_DATE)
        return await once(self.db, self.clock, ask, lambda tx: self._set_zone(tx, ask, zone))

    async def ask_for_place(self, ask: Ask) -> Prompt | None:
        """Wait for the city that the owner types next."""

        def commit(tx: Tx) -> Prompt:
            self._authorize(tx, ask)
            return self.prompting.ask(tx, ask, home=ask.chat, subject=Task.ENTER_ZONE)

        return await once(self.db, self.clock, ask, commit)

    async def take_place(self, ask: Ask, text: str) -> Preferences | Found | None:
        """Read a text as the requested city; None if no city was requested.

        If the text may mean several zones, or none, they are returned and another text is waited for.
        """
        if not await self.prompting.is_waiting(ask, Task.ENTER_ZONE):
            return None
        known = await asyncio.to_thread(zoneinfo.available_timezones)
        found = find_zone(text, known)

        def commit(tx: Tx, _: Prompt) -> Preferences | Found:
            self._authorize(tx, ask)
            return found if found.zone is None else self._set_zone(tx, ask, found.zone)

        return await self.prompting.take_text(ask, Task.ENTER_ZONE, commit)

    def _set_zone(self, tx: Tx, ask: Ask, zone: str) -> Preferences:
        self.prompting.stop_waiting(tx, ask, Task.ENTER_ZONE)
        changed = self._change(tx, ask, lambda known: replace(known, zone_name=zone))
        self.changes.zone(tx, ask.chat)
        return changed

    def _change(self, tx: Tx, ask: Ask, change: Callable[[Preferences], Preferences]) -> Preferences:
        self._authorize(tx, ask)
        locks.hold(tx, f"settings:{ask.chat}")
        preferences = change(read(home_settings.get(tx, ask.chat)))
        home_settings.put(tx, ask.chat, written(preferences))
        self.changes.any(tx, ask.chat)
        return preferences

    def _authorize(self, tx: Tx, ask: Ask) -> None:
        authorize_at_home(tx, ask, Ability.SETTINGS, now=self.clock.now())
