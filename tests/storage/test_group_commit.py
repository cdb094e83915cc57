"""Work that waits for a commit shares the next one; each piece has the same result as if it were alone."""

import asyncio
import threading
from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import Connection, event

from storage.engine.database import Database, Tx
from storage.repositories import key_values
from tests.support.records import NOW


def put(name: str) -> Callable[[Tx], str]:
    def work(tx: Tx) -> str:
        key_values.put(tx, name, "value", now=NOW)
        return name

    return work


def put_and_fail(name: str) -> Callable[[Tx], str]:
    def work(tx: Tx) -> str:
        key_values.put(tx, name, "value", now=NOW)
        raise LookupError(name)

    return work


def stored(database: Database, *names: str) -> list[str]:
    return [name for name in names if database.run_now(partial(key_values.get, name=name))]


async def held_up(database: Database, *works: Callable[[Tx], object]) -> list[object]:
    """Run these while a slow piece of work holds the only writer."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(_tx: Tx) -> None:
        begun.set()
        assert go_on.wait(10)

    first = asyncio.ensure_future(database.run(slow))
    await asyncio.to_thread(begun.wait, 10)
    others = [asyncio.ensure_future(database.run(work)) for work in works]
    await asyncio.sleep(0)
    go_on.set()
    await first
    return list(await asyncio.gather(*others, return_exceptions=True))


async def test_waiting_work_is_all_done(database: Database) -> None:
    names = [f"fact {number}" for number in range(200)]
    assert await held_up(database, *(put(name) for name in names)) == names
    assert stored(database, *names) == names


async def test_failed_work_undoes_its_own_changes_only(database: Database) -> None:
    ends = await held_up(database, put("one"), put_and_fail("two"), put("three"))
    assert [ends[0], ends[2]] == ["one", "three"]
    assert isinstance(ends[1], LookupError)
    assert stored(database, "one", "two", "three") == ["one", "three"]


async def test_later_work_sees_what_earlier_work_in_the_same_commit_did(sqlite_database: Database) -> None:
    ends = await held_up(sqlite_database, put("one"), lambda tx: key_values.get(tx, "one"))
    assert ends == ["one", "value"]


async def test_waiting_work_of_a_cancelled_caller_is_still_committed(sqlite_database: Database) -> None:
    database = sqlite_database
    begun, go_on = threading.Event(), threading.Event()

    def slow(_tx: Tx) -> None:
        begun.set()
        assert go_on.wait(10)

    first = asyncio.ensure_future(database.run(slow))
    await asyncio.to_thread(begun.wait, 10)
    cancelled = asyncio.ensure_future(database.run(put("one")))
    await asyncio.sleep(0)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    last = asyncio.ensure_future(database.run(put("two")))
    go_on.set()
    await asyncio.gather(first, last)
    assert stored(database, "one", "two") == ["one", "two"]


async def test_waiting_work_shares_one_commit(sqlite_database: Database) -> None:
    commits: list[Connection] = []
    event.listen(sqlite_database.engine, "commit", commits.append)
    await held_up(sqlite_database, *(put(f"fact {number}") for number in range(50)))
    assert len(commits) == 2, "one for the slow work, and one for all the work that waited"
