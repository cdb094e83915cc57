"""The open database: one transaction per piece of work, in a worker thread."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine, Executable
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from storage.encryption.vault import Vault
from storage.engine.backups import copies_of
from storage.engine.engines import CONNECTIONS, READERS, Engines, engines_for, remember
from storage.engine.faults import Trouble, trouble_of
from storage.engine.group_commit import GroupCommit
from storage.engine.statements import Row, Statement, Values

logger = logging.getLogger(__name__)

T = TypeVar("T")


Waited: TypeAlias = Callable[[Literal["read", "write"], float], None]
"""Is told how many seconds a caller waited for a piece of work, also for one that failed."""

COPIES_KEPT_SECONDS = 7 * 24 * 3600.0
ATTEMPTS = 4

# The database undid the whole transaction and asks for another try: PostgreSQL's serialization_failure and
# deadlock_detected, and SQLite's two ways of saying that another process is writing.
_TRY_AGAIN = frozenset({"40001", "40P01", "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT"})


@dataclass(frozen=True, slots=True)
class Tx:
    """An open transaction, and the vault for its sealed columns; whoever opened it ends it.

    `one`, `all` and `change` remember each statement for ever; one that is built for a single use goes to `connection`.
    """

    connection: Connection
    vault: Vault
    cursor: DBAPICursor
    _statements: dict[Executable, Statement]

    @property
    def dialect(self) -> str:
        """The name of the database's dialect: sqlite or postgresql."""
        return self.connection.dialect.name

    def one(self, statement: Executable, values: Values | None = None) -> Row | None:
        """Run the statement and return its first row, if there is one."""
        rows = self.all(statement, values)
        return rows[0] if rows else None

    def value(self, statement: Executable, values: Values | None = None) -> Any | None:  # noqa: ANN401 - of the column's type
        """Run the statement and return the only column of its first row, or None if there is no row."""
        row = self.one(statement, values)
        return None if row is None else next(iter(row.values()))

    def all(self, statement: Executable, values: Values | None = None) -> list[Row]:
        """Run the statement and return its rows."""
        return self._run(statement, values or {}).rows(self.cursor)

    def change(self, statement: Executable, values: Values | None = None) -> int:
        """Run the statement and return how many rows it changed."""
        self._run(statement, values or {})
        return self.cursor.rowcount

    def _run(self, statement: Executable, values: Values) -> Statement:
        known = self._statements.get(statement)
        if known is None:
            known = self._statements.setdefault(statement, Statement(statement, self.connection.dialect))
        known.execute(self.cursor, values)
        return known


class DatabaseFault(Exception):
    """The database failed; the text is the driver's message, without values of the statement."""

    def __init__(self, said: str, *, trouble: Trouble = Trouble.OTHER, asks_for_another_try: bool = False) -> None:
        super().__init__(said)
        self.trouble = trouble
        self.asks_for_another_try = asks_for_another_try

    @property
    def is_outage(self) -> bool:
        """Whether all work fails alike; the beginning and the end are logged here, so that nobody else has to."""
        return self.trouble is not Trouble.OTHER and not self.asks_for_another_try


class Database:
    """The database of this process; opened once, closed at the end."""

    def __init__(self, engines: Engines, vault: Vault, memory: Path | None = None) -> None:
        self._engines = engines
        self._memory = memory
        self._opened_at, self._opened = time.time(), time.monotonic()
        self.vault = vault
        self._identity = None if engines.file is None else _identity(engines.file)
        self._statements: dict[Executable, Statement] = {}
        self.is_away = False
        """Whether the last work met an outage."""
        self.waited: Waited | None = None
        self._driver_error: type[Exception] = engines.writer.dialect.loaded_dbapi.Error
        self._writers = ThreadPoolExecutor(engines.writers, thread_name_prefix="storage-write")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="storage-read")
        # Group commit is for SQLite: a database with several writers lets their commits wait for the disk together.
        self._group = GroupCommit(self._writers, self._write) if engines.writers == 1 else None

    @classmethod
    def open(cls, url: str, vault: Vault, *, memory: Path | None = None, connections: int = CONNECTIONS) -> "Database":
        """Prepare the engines, and SQLite's folder and file; runs no migration. Raises BadDatabaseUrl.

        With a file as `memory`, it refuses to make a SQLite file anew where an earlier run had one. `connections` is
        for PostgreSQL: how many this process has at most.
        """
        return cls(engines_for(url, memory, connections=connections), vault, memory)

    def remember(self) -> None:
        """Note for the next runs that SQLite's file holds something, if a memory was given."""
        if self._memory is not None and self.file is not None:
            remember(self.file, self._memory)

    @property
    def file(self) -> Path | None:
        """SQLite's file; None on PostgreSQL."""
        return self._engines.file

    @property
    def is_in_place(self) -> bool:
        """Whether SQLite's file is still the one that was opened: a deleted one goes on working until the end."""
        return self.file is None or (self._identity is not None and _identity(self.file) == self._identity)

    @property
    def engine(self) -> Engine:
        """The engine that writes, for callers that need a connection of their own."""
        return self._engines.writer

    async def run(self, work: Callable[[Tx], T]) -> T:
        """Commit the work as one write transaction, or roll all of it back.

        Cancelling the caller does not cancel the commit: cancelled work may have happened. The work is run again
        when the database asks for that, so it must have no effect outside the transaction.
        """
        future = self._writers.submit(self._write, work) if self._group is None else self._group.submit(work)
        with self._measured("write"):
            return await asyncio.shield(asyncio.wrap_future(future))

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Run work that only reads; it does not wait for writers."""
        with self._measured("read"):
            return await asyncio.wrap_future(self._readers.submit(self._transact, self._engines.reader, work))

    @contextmanager
    def _measured(self, kind: Literal["read", "write"]) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            if self.waited is not None:
                self.waited(kind, time.perf_counter() - began)

    def run_now(self, work: Callable[[Tx], T]) -> T:
        """Do the same as `run`, for callers without an event loop; never call it inside other work."""
        return self._writers.submit(self._write, work).result()

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Open a transaction that only reads, and sees one moment; blocks, and has no limit of time."""
        with self._by_hand(self._engines.reader, is_snapshot=True) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that is committed at the end of the block; blocks, and has no limit of time."""
        with self._by_hand(self._engines.writer) as connection:
            yield connection

    @contextmanager
    def _by_hand(self, engine: Engine, *, is_snapshot: bool = False) -> Iterator[Connection]:
        is_postgres = self.file is None
        if is_postgres and is_snapshot:
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        try:
            with engine.begin() as connection, ExitStack() as stack:
                if is_postgres:
                    from storage.engine.postgres import unhurried

                    stack.enter_context(unhurried(connection))
                yield connection
        except (SQLAlchemyError, self._driver_error) as error:
            raise _fault(error) from None

    def truncate_wal(self) -> None:
        """Remove deleted rows from the files beside SQLite's own; blocks, and does nothing on PostgreSQL.

        Empties the write-ahead log and removes the copies that migrations made.
        """
        if self._engines.file is not None:
            self._writers.submit(self._truncate, self._engines.file).result()

    def drop_copies(self) -> None:
        """Delete the copies that earlier runs made before a migration, and after seven days those of this one; blocks.

        Called once this run has turned out to work.
        """
        is_over = time.monotonic() - self._opened > COPIES_KEPT_SECONDS
        for copy in () if self._engines.file is None else copies_of(self._engines.file):
            with suppress(FileNotFoundError):
                if is_over or copy.stat().st_mtime < self._opened_at:
                    copy.unlink()

    def close(self) -> None:
        """Finish the work under way, then close all connections."""
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self._engines.reader.dispose()
        self._engines.writer.dispose()

    def _write(self, work: Callable[[Tx], T]) -> T:
        for _ in range(ATTEMPTS - 1):
            try:
                return self._transact(self._engines.writer, work)
            except DatabaseFault as fault:
                if not fault.asks_for_another_try:
                    raise
        return self._transact(self._engines.writer, work)

    def _transact(self, engine: Engine, work: Callable[[Tx], T]) -> T:
        try:
            with engine.begin() as connection, closing(connection.connection.cursor()) as cursor:
                done = work(Tx(connection, self.vault, cursor, self._statements))
        except (SQLAlchemyError, self._driver_error) as error:
            fault = _fault(error)
            self._note(fault)
            # Not chained to the driver's own error, which quotes values.
            raise fault from None
        self._note(None)
        return done

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Turn what the driver raises within the block, on a connection of one's own, into a DatabaseFault."""
        try:
            yield
        except (SQLAlchemyError, self._driver_error) as error:
            fault = _fault(error)
            self._note(fault)
            raise fault from None

    def _note(self, fault: DatabaseFault | None) -> None:
        """Log once that an outage has begun, and once that it is over."""
        if fault is None and self.is_away:
            self.is_away = False
            logger.info("The database can be used again")
        elif fault is not None and fault.is_outage and not self.is_away:
            self.is_away = True
            logger.error("The database can't be used: %s. %s", fault, fault.trouble)

    def _truncate(self, file: Path) -> None:
        with closing(self._engines.writer.raw_connection()) as raw, closing(raw.cursor()) as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            ((busy, *_),) = cursor.fetchall()
        if busy:
            logger.warning("The write-ahead log is in use: deleted rows stay in it until the next checkpoint")
        for copy in copies_of(file):
            copy.unlink(missing_ok=True)


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _fault(error: Exception) -> DatabaseFault:
    """Build the fault from the first line that the driver says; the lines after it quote values."""
    cause = error.orig or error if isinstance(error, DBAPIError) else error
    said = str(cause).strip().partition("\n")[0] or type(cause).__name__
    name = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    return DatabaseFault(said, trouble=trouble_of(cause), asks_for_another_try=name in _TRY_AGAIN)
