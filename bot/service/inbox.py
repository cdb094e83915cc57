"""What was received and is not handled yet, stored so that it survives the process."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from bot.service.ports import Clock
from storage import Database, DatabaseFault, Presence, Tx, WaitingUpdate
from storage.repositories import inbox

_EVERY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Received:
    """An update: its number, the person whose it is (0 for nobody), and all of it as text."""

    number: int
    person: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Left:
    """An update that a process which died has left, and when it came."""

    number: int
    received_at: datetime
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """Stores updates by their numbers; each belongs to one process, and after its death to another one."""

    db: Database
    clock: Clock
    presence: Presence

    async def keep(self, updates: Sequence[Received]) -> bool:
        """Store updates until `done`; False while the database is away."""
        now, instance = self.clock.now(), self.presence.number

        def store(tx: Tx) -> None:
            for one in updates:
                inbox.put(tx, WaitingUpdate(one.number, one.person, instance, now, one.text))

        try:
            await self.db.run(store)
        except DatabaseFault:
            return False
        return True

    async def done(self, numbers: list[int]) -> None:
        """Forget updates that are handled."""
        await self.db.run(partial(inbox.drop, update_ids=numbers))

    async def keep_adopting(
        self, handle: Callable[[Left], Awaitable[None]], *, is_ready: Callable[[], Awaitable[bool]]
    ) -> None:
        """Hand on what processes that died have left, at the start and whenever another process dies.

        Nothing is taken over before `is_ready` returns True.
        """
        while True:
            left = await self._left_behind()
            if left and await is_ready():
                for waiting in left:
                    if await self.db.run(partial(inbox.adopt, waiting=waiting, instance=self.presence.number)):
                        await handle(Left(waiting.update_id, waiting.received_at, waiting.text))
            await self.clock.sleep(_EVERY_SECONDS)

    async def _left_behind(self) -> list[WaitingUpdate]:
        others = [one for one in await self.db.read(inbox.every) if one.instance != self.presence.number]
        return [one for one in others if not await asyncio.to_thread(self.presence.is_alive, one.instance)]
