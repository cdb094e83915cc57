"""An update is acted on once, however often it is delivered."""

from collections.abc import Callable
from typing import TypeVar

from bot.service.declined import Declined
from bot.service.ports import Ask, Clock
from storage import Database, Tx
from storage.repositories import handled_updates

T = TypeVar("T")


async def once(db: Database, clock: Clock, ask: Ask, work: Callable[[Tx], T]) -> T | None:
    """Commit work together with the memory of its update; None for an update that was seen before.

    One that is declined is remembered, too: it could act when it is delivered again.
    """

    def commit(tx: Tx) -> T | None:
        return work(tx) if handled_updates.first_time(tx, ask.key, now=clock.now()) else None

    try:
        return await db.run(commit)
    except Declined:
        await db.run(lambda tx: handled_updates.first_time(tx, ask.key, now=clock.now()))
        raise
