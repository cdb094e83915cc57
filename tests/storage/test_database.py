import asyncio
import os
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from storage.encryption.vault import Vault
from storage.engine.database import ATTEMPTS, Database, DatabaseFault, Tx
from storage.engine.engines import BadDatabaseUrl, engines_for
from storage.repositories import handled_updates, key_values
from tests.support.records import NOW
from tests.support.threads import race


def put(tx: Tx, value: str = "value") -> None:
    key_values.put(tx, "name", value, now=NOW)


def get(tx: Tx) -> str | None:
    return key_values.get(tx, "name")


async def test_work_is_committed(database: Database) -> None:
    await database.run(put)
    assert await database.read(get) == "value"


async def test_failed_work_is_rolled_back(database: Database) -> None:
    def fail(tx: Tx) -> None:
        put(tx)
        raise LookupError("half way")

    with pytest.raises(LookupError, match="half way"):
        await database.run(fail)
    assert await database.read(get) is None


async def test_work_of_a_cancelled_caller_is_committed(
    database: Database, open_database: Callable[[], Database]
) -> None:
    other = open_database()
    started, may_go_on = threading.Event(), threading.Event()

    def slow(tx: Tx) -> None:
        put(tx)
        started.set()
        may_go_on.wait()

    task = asyncio.create_task(database.run(slow))
    await asyncio.to_thread(started.wait)
    task.cancel()
    may_go_on.set()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.to_thread(database.close)
    assert await other.read(get) == "value"


async def test_reader_does_not_wait_for_a_writer(database: Database) -> None:
    await database.run(partial(put, value="old"))
    writing, may_end = threading.Event(), threading.Event()

    def slow(tx: Tx) -> None:
        put(tx, "new")
        writing.set()
        may_end.wait()

    task = asyncio.create_task(database.run(slow))
    await asyncio.to_thread(writing.wait)
    assert await database.read(get) == "old"
    may_end.set()
    await task
    assert await database.read(get) == "new"


async def test_reading_work_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)read.?only"):
        await database.read(put)
    assert await database.read(get) is None


def test_writers_in_two_processes_lose_no_work(database: Database, open_database: Callable[[], Database]) -> None:
    def count_up(tx: Tx) -> None:
        if tx.dialect == "postgresql":
            tx.connection.exec_driver_sql("LOCK TABLE facts IN EXCLUSIVE MODE")
        put(tx, str(int(get(tx) or 0) + 1))

    other = open_database()
    race([partial(db.run_now, count_up) for db in (database, other) * 8])
    assert database.run_now(get) == "16"


class Locked(Exception):
    """The error that SQLite's driver raises when another process writes for too long."""

    sqlite_errorname = "SQLITE_BUSY"


def test_work_is_retried_when_the_database_asks_for_it(database: Database) -> None:
    attempts = []

    def unlucky(tx: Tx) -> str:
        attempts.append(handled_updates.first_time(tx, "tap:1", now=NOW))
        if len(attempts) < ATTEMPTS:
            raise OperationalError("statement", {}, Locked())
        return "done"

    assert database.run_now(unlucky) == "done"
    assert attempts == [True] * ATTEMPTS


def test_work_is_retried_a_few_times_only(database: Database) -> None:
    attempts = []

    def unlucky(_tx: Tx) -> None:
        attempts.append(1)
        raise OperationalError("statement", {}, Locked())

    with pytest.raises(DatabaseFault):
        database.run_now(unlucky)
    assert len(attempts) == ATTEMPTS


def test_a_deadlock_is_resolved_by_a_retry(postgres_database: Database) -> None:
    for name in ("a", "b"):
        postgres_database.run_now(partial(key_values.put, name=name, value="", now=NOW))
    meeting = threading.Barrier(2, timeout=20)
    first_tries = threading.Semaphore(2)

    def cross(one: str, two: str) -> Callable[[Tx], None]:
        def work(tx: Tx) -> None:
            tx.cursor.execute("SET LOCAL deadlock_timeout = '20ms'")
            key_values.put(tx, one, one, now=NOW)
            if first_tries.acquire(blocking=False):
                meeting.wait()
            key_values.put(tx, two, one, now=NOW)

        return work

    race(
        [
            lambda: postgres_database.run_now(cross("a", "b")),
            lambda: postgres_database.run_now(cross("b", "a")),
        ]
    )


def test_lost_connection_is_replaced(postgres_database: Database) -> None:
    kill = "SELECT pg_terminate_backend(pg_backend_pid())"
    with pytest.raises(Exception, match=r"terminat|lost"):
        postgres_database.run_now(lambda tx: tx.connection.exec_driver_sql(kill))
    with pytest.raises(DatabaseFault, match=r"terminat|lost"):
        postgres_database.run_now(lambda tx: tx.cursor.execute(kill))
    postgres_database.run_now(put)
    assert postgres_database.run_now(get) == "value"


def pragma(tx: Tx, name: str) -> object:
    return tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("busy_timeout", 5000),
        ("foreign_keys", 1),
        ("secure_delete", 1),
    ],
)
async def test_every_sqlite_connection_is_set_up(sqlite_database: Database, name: str, value: object) -> None:
    assert sqlite_database.run_now(lambda tx: pragma(tx, name)) == value
    assert await sqlite_database.read(lambda tx: pragma(tx, name)) == value


def test_sqlite_folder_and_files_belong_to_their_user_alone(tmp_path: Path, vault: Vault) -> None:
    folder = tmp_path / "new" / "data"
    mask = os.umask(0)
    try:
        with closing(Database.open(f"sqlite:///{folder}/bot.db", vault)) as database:
            database.run_now(lambda tx: tx.connection.exec_driver_sql("CREATE TABLE t (x)"))
            modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    finally:
        os.umask(mask)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert modes == {"bot.db": 0o600, "bot.db-wal": 0o600, "bot.db-shm": 0o600}


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgres_urls_of_hosts_are_accepted_with_their_query(scheme: str) -> None:
    url = engines_for(f"{scheme}://user:p%40ss@host:5433/name?sslmode=require").writer.url
    assert url.drivername == "postgresql+psycopg"
    assert (url.password, url.port, dict(url.query)) == ("p@ss", 5433, {"sslmode": "require"})


@pytest.mark.parametrize(
    "bad",
    ["sqlite://", "sqlite:///:memory:", "mysql://u:hunter2@h/d", "hunter2", "postgres://u:hunter2@h:x/d"],
)
def test_unusable_url_is_refused_without_quoting_it(bad: str) -> None:
    with pytest.raises(BadDatabaseUrl) as raised:
        engines_for(bad)
    assert "hunter2" not in str(raised.value)


def test_file_that_cannot_be_created_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadDatabaseUrl, match="can't be made"):
        engines_for(f"sqlite:///{tmp_path}/file/bot.db")


def test_errors_show_no_values(database: Database) -> None:
    statement = text("SELECT nonsense(CAST(:value AS VARCHAR))")
    with pytest.raises(DatabaseFault) as raised:
        database.run_now(lambda tx: tx.connection.execute(statement, {"value": "hunter2"}))
    assert "hunter2" not in str(raised.value)
