"""What a run needs first: the database and Telegram, each waited for while it is away."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from bot.service.counts import Counts, Peer
from bot.service.outages import Outage
from bot.service.ports import Clock
from bot.settings import Settings
from bot.telegram.app import App
from bot.telegram.transport.starting import until_telegram_answers
from storage import Database, DatabaseFault, Vault, check_keys, upgrade

_log = logging.getLogger(__name__)


def open_database(settings: Settings, memory: Path | None = None) -> Database:
    """Open the database, upgrade its tables, and check that the keys are those that it was written with; blocks.

    Raises SchemaTooNew and WrongKeys, and changes nothing then; BadDatabaseUrl also where the file of the last run is
    missing, which `memory` tells.
    """
    vault, connections = Vault.from_keys(settings.encryption_keys), settings.database_pool_size
    database = Database.open(settings.database_url, vault, memory=memory, connections=connections)
    try:
        upgrade(database)
        database.run_now(check_keys)
    except BaseException:
        database.close()
        raise
    return database


async def open_both(
    settings: Settings, application: App, clock: Clock, stack: AsyncExitStack, memory: Path | None, counts: Counts
) -> Database:
    """Open the database while Telegram is asked for the bot's name: both take about as long, and both are waited for."""
    # The application's own shutdown does not close the connections of a start that failed.
    stack.push_async_callback(application.bot.shutdown)
    stack.push_async_callback(application.shutdown)
    first = until_telegram_answers(application.initialize, clock, noted=_note_of(counts, Peer.TELEGRAM))
    initializing = asyncio.create_task(first, name="first question")
    try:
        database = await _until_open(settings, clock, memory, counts)
        stack.callback(database.close)
        await initializing
    finally:
        initializing.cancel()
        await asyncio.wait({initializing})
    return database


def _note_of(counts: Counts, of: Peer) -> Callable[[bool], None]:
    """Return what notes whether something that the start needs is away."""
    return lambda is_open: counts.outage(of, is_open=is_open)


async def _until_open(settings: Settings, clock: Clock, memory: Path | None, counts: Counts) -> Database:
    """Open the database, again and again while its trouble may pass; raises CANNOT_RUN."""
    outage = Outage(clock, _log, noted=_note_of(counts, Peer.DATABASE))
    while True:
        try:
            database = await asyncio.to_thread(open_database, settings, memory)
        except DatabaseFault as fault:
            if not fault.trouble.may_pass:
                raise
            await outage.wait(f"DATABASE_URL: the database can't be used: {fault}. {fault.trouble}")
        else:
            outage.ended("The database can be used")
            return database
