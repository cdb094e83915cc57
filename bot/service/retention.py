"""How long things stay stored, and deleting what has stayed for that long."""

import asyncio
from functools import partial

from bot.domain.preferences import Preferences, read
from bot.service.ports import Clock
from storage import Database
from storage.maintenance import retention
from storage.repositories import home_settings

LIFETIMES = retention.LIFETIMES
_EVERY_SECONDS = 1800.0


async def keep_purging(db: Database, clock: Clock) -> None:
    """Delete what is over every half hour, for as long as the bot runs; each home says how long its log is kept."""
    while True:
        await asyncio.to_thread(db.drop_copies)
        settings = await db.read(home_settings.every)
        log_kept = {home: read(values).log_kept for home, values in settings.items()}
        usual = Preferences().log_kept
        await db.run(partial(retention.purge, now=clock.now(), keep_actions=usual, keep_actions_of=log_kept))
        await clock.sleep(_EVERY_SECONDS)
