"""What is over is deleted, but not by a clock that is in doubt."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.service.retention import keep_purging
from storage import Database, Vault, upgrade
from storage.repositories import handled_updates
from tests.support.clocks import SteppedClock

KEY = "message:1:2"


@pytest.fixture
async def db(sqlite_url: str, vault: Vault) -> AsyncIterator[Database]:
    database = Database.open(sqlite_url, vault)
    upgrade(database)
    yield database
    database.close()


async def test_nothing_is_deleted_while_the_time_is_in_doubt(db: Database) -> None:
    clock = SteppedClock()
    await db.run(lambda tx: handled_updates.first_time(tx, KEY, now=clock.now()))
    clock.advance(timedelta(days=400).total_seconds())
    clock.is_in_doubt = True
    purging = asyncio.create_task(keep_purging(db, clock), name="purging")
    seconds = await clock.until_asleep("purging")
    assert not await db.run(lambda tx: handled_updates.first_time(tx, KEY, now=clock.now()))
    clock.is_in_doubt = False
    clock.advance(seconds)
    await clock.until_asleep("purging", after=1000)
    assert await db.run(lambda tx: handled_updates.first_time(tx, KEY, now=clock.now()))
    purging.cancel()
