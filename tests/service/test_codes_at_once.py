"""Two changes of the same codes at the same time: neither is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from threading import Event

from sqlalchemy import text

from bot.demo.dimo.faults import slow
from bot.domain.code_history import CodesView
from bot.service.codes.requests import AskedToClear
from bot.service.codes.state import LEASE, begun
from storage import CodeEntry, CodeQuery, Database, Tx
from storage.repositories import code_queries
from tests.support.dimo_setting import signing_key
from tests.support.records import newest_codes
from tests.support.use_cases import HOME, Process, Town, a_process, a_town, an_ask

BLOCKED = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


async def test_a_clearing_and_an_explanation_at_the_same_moment_are_both_kept(postgres_url: str, key: str) -> None:
    """On PostgreSQL transactions run in parallel: the later one must not write back what it read before."""
    town = a_town("", signing_key=signing_key(), DATABASE_URL=postgres_url, ENCRYPTION_KEYS=key)
    async with a_process(town) as process:
        await _explained(process)
        town.dimo.switch_off("devices")  # its history would restore the first explanation
        question = await process.services.codes.requests.ask_to_clear(an_ask())
        assert isinstance(question, AskedToClear)
        async with _another_explanation(town):
            confirm = process.services.confirmation.confirm(an_ask(), question.prompt.id, message=None)
            clearing = asyncio.create_task(confirm)
            await _somebody_waits(process.db)
        await clearing
        row = await process.db.read(lambda tx: _newest(tx, town))
    assert row.cleared_at is not None
    assert row.details.entries[0].description == "Explained anew."


async def test_codes_that_another_process_took_out_of_the_line_are_not_brought_a_second_time(
    tmp_path: Path,
) -> None:
    """They waited behind other codes of the car until their lease ended, and another process sends them now."""
    town = a_town(str(tmp_path), signing_key=signing_key())
    async with a_process(town) as process:
        gate = asyncio.Event()
        town.dimo.fail("devices", "submit_codes", slow(gate))
        await process.services.codes.requests.submit(an_ask(), "P0301")
        await town.dimo.wait_arrived("devices", "submit_codes")
        town.clock.advance(1)
        await process.services.codes.requests.submit(an_ask(), "P0420")
        town.clock.advance(LEASE.total_seconds() + 1)
        await process.db.run(lambda tx: code_queries.put(tx, begun(_newest(tx, town), now=town.clock.now())))
        gate.set()
        await process.rests()
        assert _brought(town) == ["P0301"]


async def test_codes_whose_lease_ran_out_in_line_are_brought_if_nobody_else_took_them(tmp_path: Path) -> None:
    town = a_town(str(tmp_path), signing_key=signing_key())
    async with a_process(town) as process:
        gate = asyncio.Event()
        town.dimo.fail("devices", "submit_codes", slow(gate))
        await process.services.codes.requests.submit(an_ask(), "P0301")
        await town.dimo.wait_arrived("devices", "submit_codes")
        town.clock.advance(1)
        await process.services.codes.requests.submit(an_ask(), "P0420")
        town.clock.advance(LEASE.total_seconds() + 1)
        gate.set()
        await process.rests()
        assert _brought(town) == ["P0301", "P0420"]


async def test_codes_of_a_process_that_died_after_the_other_one_went_to_sleep_are_brought_soon(
    tmp_path: Path,
) -> None:
    """Hosts start the new process before they stop the old one, which gets the updates until then."""
    town = a_town(str(tmp_path), signing_key=signing_key())
    async with a_process(town) as new:
        delivering = asyncio.create_task(new.services.codes.delivery.keep_delivering())
        await town.clock.until_asleep("bringing error codes later")
        async with a_process(town) as old:
            town.dimo.fail("devices", "submit_codes", slow(asyncio.Event()))
            await old.services.codes.requests.submit(an_ask(), "P0301")
            await town.dimo.wait_arrived("devices", "submit_codes")
        town.clock.advance(LEASE.total_seconds() + 61)
        await town.dimo.wait_arrived("devices", "submit_codes", 2)
        await new.rests()
        delivering.cancel()
        assert _brought(town) == ["P0301"]


def _brought(town: Town) -> list[str]:
    """Return the codes that DIMO was asked about."""
    return sorted(code for query in town.car.code_queries for code, _ in query.codes)


async def _explained(process: Process) -> None:
    view = await process.services.codes.requests.submit(an_ask(), "P0301")
    assert isinstance(view, CodesView)
    await process.rests()


@asynccontextmanager
async def _another_explanation(town: Town) -> AsyncIterator[None]:
    """Write an explanation in another process during the block, and commit it at its end."""
    written, may_commit = Event(), Event()

    def write(tx: Tx) -> None:
        row = _newest(tx, town)
        details = replace(row.details, entries=(CodeEntry("P0301", "Explained anew."),))
        code_queries.put(tx, replace(row, details=details))
        written.set()
        may_commit.wait(10)

    with closing(Database.open(town.url, town.vault)) as other:
        writing = asyncio.create_task(other.run(write))
        await asyncio.to_thread(written.wait, 10)
        try:
            yield
        finally:
            may_commit.set()
            await writing


async def _somebody_waits(database: Database) -> None:
    """Return once a transaction waits for another one."""
    async with asyncio.timeout(10):
        while not await database.read(lambda tx: tx.connection.execute(BLOCKED).scalar_one()):
            pass


def _newest(tx: Tx, town: Town) -> CodeQuery:
    row = newest_codes(tx, HOME, town.car_id)
    assert row is not None
    return row
