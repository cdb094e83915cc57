"""How long things stay stored, and deleting what has stayed for that long."""

import asyncio
from functools import partial

from bot.domain.preferences import Preferences, read
from bot.service.ports import CheckedTime
from storage import Database
from storage.maintenance import retention
from storage.repositories import home_settings

LIFETIMES = retention.LIFETIMES
_EVERY_SECONDS, _DOUBT_SECONDS = 1800.0, 60.0


async def keep_purging(db: Database, clock: CheckedTime) -> None:
    """Delete what is over every half hour, for as long as the bot runs; each home says how long its log is kept.

    While the time is in doubt nothing is deleted: a clock that was set a year ahead would delete a year too much.
    """
    while True:
        await asyncio.to_thread(db.drop_copies)
        if clock.is_in_doubt:
            await clock.sleep(_DOUBT_SECONDS)
            continue
        settings = await db.read(home_settings.every)
        log_kept = {home: read(values).log_kept for home, values in settings.items()}
        usual = Preferences().log_kept
        await db.run(partial(retention.purge, now=clock.now(), keep_actions=usual, keep_actions_of=log_kept))
        await clock.sleep(_EVERY_SECONDS)
