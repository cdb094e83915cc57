"""The settings of a home, as its owner sees and changes them."""

import asyncio
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.ids import ChatId
from bot.domain.limits import CODES_ARE_TYPED_FOR
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
from storage.repositories import home_settings, prompts

_LONGEST_TEXT = 100
"""Characters of a text that may name a place."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What the operator of the bot has set, which counts where a home says nothing."""

    question: timedelta
    wait: timedelta


class HomeSettings:
    """The settings of the asker's home; every method raises Declined for everybody but its owner."""

    def __init__(self, *, db: Database, clock: Clock, prompting: Prompting, usual: Usual) -> None:
        self._db = db
        self._clock = clock
        self._prompting = prompting
        self.usual = usual

    async def look(self, ask: Ask) -> Preferences:
        """Return the settings; a place that was asked for is waited for no more."""

        def commit(tx: Tx) -> Preferences:
            home = self._home(tx, ask)
            self._stop_waiting(tx, ask)
            return preferences_of(tx, home)

        return await self._db.run(commit)

    async def choose(self, ask: Ask, setting: Setting, choice: int) -> Preferences | None:
        """Set something to one of its choices. None for an update seen before."""

        def change(preferences: Preferences) -> Preferences:
            try:
                return changed(preferences, setting, choice)
            except IndexError:
                raise Declined(Reason.BUTTON_OUT_OF_DATE) from None

        return await once(self._db, self._clock, ask, lambda tx: self._change(tx, ask, change))

    async def choose_zone(self, ask: Ask, zone: str) -> Preferences | None:
        """Set the time zone by its name. None for an update seen before."""
        known = await asyncio.to_thread(zoneinfo.available_timezones)

        def commit(tx: Tx) -> Preferences:
            if zone not in known:
                raise Declined(Reason.BUTTON_OUT_OF_DATE)
            return self._set_zone(tx, ask, zone)

        return await once(self._db, self._clock, ask, commit)

    async def want_place(self, ask: Ask) -> Prompt | None:
        """Wait for the city that the owner types next. None for an update seen before."""

        def commit(tx: Tx) -> Prompt:
            home = ChatId(self._home(tx, ask))
            return self._prompting.ask(
                tx, ask, home=home, subject=Task.ENTER_ZONE, car=None, lifetime=CODES_ARE_TYPED_FOR
            )

        return await once(self._db, self._clock, ask, commit)

    async def take_place(self, ask: Ask, text: str) -> Preferences | Found | None:
        """Take a text as the city that was waited for; None where none was.

        Found where it names no zone for certain; then the wait goes on.
        """
        if not await self._prompting.is_waiting(ask, Task.ENTER_ZONE):
            return None
        known = await asyncio.to_thread(zoneinfo.available_timezones)
        found = find_zone(text[:_LONGEST_TEXT], known)

        def commit(tx: Tx) -> Preferences | Found | None:
            self._home(tx, ask)
            if self._prompting.waiting(tx, ask, Task.ENTER_ZONE) is None:
                return None
            return found if found.zone is None else self._set_zone(tx, ask, found.zone)

        return await once(self._db, self._clock, ask, commit)

    def _set_zone(self, tx: Tx, ask: Ask, zone: str) -> Preferences:
        preferences = self._change(tx, ask, lambda known: replace(known, zone_name=zone))
        self._stop_waiting(tx, ask)
        return preferences

    def _stop_waiting(self, tx: Tx, ask: Ask) -> None:
        waiting = self._prompting.waiting(tx, ask, Task.ENTER_ZONE)
        if waiting is not None:
            prompts.cancel(tx, waiting.id, chat_id=ask.chat, now=self._clock.now())

    def _change(self, tx: Tx, ask: Ask, change: Callable[[Preferences], Preferences]) -> Preferences:
        home = self._home(tx, ask)
        locks.hold(tx, f"settings:{home}")
        preferences = change(read(home_settings.get(tx, home)))
        home_settings.put(tx, home, written(preferences))
        return preferences

    def _home(self, tx: Tx, ask: Ask) -> int:
        now = self._clock.now()
        return authorize_at_home(tx, ask, Ability.SETTINGS, now=now).chat_id
