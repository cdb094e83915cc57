"""The time across runs: it continues from the last known time, and the operator is told of a wrong clock once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.ids import ChatId, PersonId
from bot.service.ports import Announcer, CheckedTime, Reach, Spot
from storage import Database, Tx
from storage.repositories import key_values, prompts

_EVERY_SECONDS = 60.0

_TOLD_AGAIN_AFTER = timedelta(days=30)
"""A computer without a clock battery is wrong at every start: its operator is not told each time."""

_LAST_KNOWN, _GUESSED, _TOLD = "time", "time_guessed", "clock_told"
"""The last known time; whether a run did not know the time; when the operator was told."""


@dataclass(kw_only=True, slots=True)
class Timekeeping:
    """Stores the known time for later runs."""

    db: Database
    clock: CheckedTime
    announcer: Announcer
    operator: Callable[[Tx], PersonId | None]
    """Finds whoever runs the bot."""

    async def begin(self) -> None:
        """Continue from the last known time, before anything else.

        A question of an earlier run is closed if that run or this one can only guess what time it is.
        """
        last, guessed = await self.db.read(
            lambda tx: (key_values.get(tx, _LAST_KNOWN), key_values.get(tx, _GUESSED) == "yes")
        )
        if last is not None:
            self.clock.not_before(datetime.fromisoformat(last))
        if not self.clock.is_known or last is None or guessed:
            await self.db.run(self._close_all)

    def _close_all(self, tx: Tx) -> None:
        self._note_guess(tx)
        prompts.expire_all(tx)

    def _note_guess(self, tx: Tx) -> None:
        is_guess, now = "no" if self.clock.is_known else "yes", self.clock.now()
        key_values.put(tx, _GUESSED, is_guess, now=now)

    async def keep_time(self) -> None:
        """Store the time and tell the operator of a wrong clock, for as long as the bot runs."""
        while True:
            await self.store()
            await self._tell_operator()
            await self.clock.sleep(_EVERY_SECONDS)

    async def store(self) -> None:
        """Store the time if it is known: later runs never go back before it."""
        now = self.clock.now()
        value = now.isoformat(timespec="seconds")
        if self.clock.is_known:
            await self.db.run(lambda tx: key_values.raise_to(tx, _LAST_KNOWN, value, now=now))
        else:
            await self.db.run(self._note_guess)

    async def _tell_operator(self) -> None:
        wrong = self.clock.wrong
        operator = None if wrong is None else await self.db.run(self._claim_telling)
        if (
            operator is not None
            and (await self.announcer.show(Spot(ChatId(int(operator))), wrong)).reach is Reach.LATER
        ):
            await self.db.run(lambda tx: key_values.put(tx, _TOLD, "", now=self.clock.now()))

    def _claim_telling(self, tx: Tx) -> PersonId | None:
        """Return whom to tell; None if a process did that recently, or if there is nobody."""
        now, told, operator = self.clock.now(), key_values.get(tx, _TOLD), self.operator(tx)
        if operator is None or (told and now - datetime.fromisoformat(told) < _TOLD_AGAIN_AFTER):
            return None
        key_values.put(tx, _TOLD, now.isoformat(), now=now)
        return operator
