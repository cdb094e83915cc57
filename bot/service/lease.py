"""A lease: of all processes on one database, one does a piece of work, and another one after its death."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.service.ports import Clock
from storage import Database, DatabaseFault, Presence, Tx
from storage.engine import locks
from storage.repositories import key_values

_log = logging.getLogger(__name__)

STANDING_BY = "Standing by"
_LASTS = timedelta(seconds=15)
_EVERY_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Held by one process: renewed every 5 s, free 15 s after the last time, and at once after the holder's death."""

    db: Database
    clock: Clock
    presence: Presence
    name: str

    async def taken(self, waiting: Callable[[str], None]) -> None:
        """Wait until this process has the lease; `waiting` is called with how it stands as long as it has not.

        The database may be away for a while; raises DatabaseFault if that can't pass.
        """
        is_told = False
        while not (is_taken := await self._try_to_take()):
            if is_taken is False and not is_told:
                _log.info("Another process does the work (%s); this one stands by", self.name)
                is_told = True
            waiting(STANDING_BY)
            await self.clock.sleep(_EVERY_SECONDS)
        if is_told:
            _log.info("This process does the work now (%s)", self.name)

    async def _try_to_take(self) -> bool | None:
        """Take the lease, if nobody has it; None while the database is away."""
        try:
            return await self._take()
        except DatabaseFault as fault:
            if not fault.trouble.may_pass:
                raise
            return None

    async def lost(self) -> None:
        """Renew the lease for as long as this process has it; returns once another one does."""
        while True:
            await self.clock.sleep(_EVERY_SECONDS)
            try:
                if not await self._renew() and not await self._take():
                    _log.warning("Another process has taken the work over (%s): this one was held up", self.name)
                    return
            except DatabaseFault:
                continue  # nobody else can take it now, either

    async def is_free_for_us(self) -> bool:
        """Take the lease if no other process has it; return whether this one has it now."""
        return await self._take()

    async def release(self) -> None:
        """Leave the lease to the next process, if this one has it."""
        await self.db.run(lambda tx: self._put(tx, "", of=self.presence.number))

    async def _renew(self) -> bool:
        """Renew the lease in one transaction; False if it is not in the name of this process."""
        value = self._value()
        return await self.db.run(lambda tx: self._put(tx, value, of=self.presence.number))

    def _value(self) -> str:
        return f"{self.presence.number} {(self.clock.now() + _LASTS).isoformat()}"

    async def _take(self) -> bool:
        holder, until = await self.db.read(self._holder)
        now = self.clock.now()
        is_of_another = holder not in {None, self.presence.number} and until > now
        if holder is not None and is_of_another and await asyncio.to_thread(self.presence.is_alive, holder):
            return False
        value = self._value()
        return await self.db.run(lambda tx: self._put(tx, value, of=holder))

    def _holder(self, tx: Tx) -> tuple[int | None, datetime]:
        """Return which process has the lease, if any, and until when."""
        number, _, until = (key_values.get(tx, self.name) or "").partition(" ")
        return (int(number), datetime.fromisoformat(until)) if number else (None, self.clock.now())

    def _put(self, tx: Tx, value: str, *, of: int | None) -> bool:
        """Store the lease if this process, or nobody, still has it; of any number of callers exactly one gets True."""
        locks.hold(tx, f"lease:{self.name}")
        if self._holder(tx)[0] != of:
            return False
        key_values.put(tx, self.name, value, now=self.clock.now())
        return True
