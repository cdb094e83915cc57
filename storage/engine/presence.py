"""Presence: each running process holds a number, by which others see whether it is still alive.

The number is released by itself when the process dies, whatever the reason.
"""

import fcntl
import os
import secrets
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from storage.engine.database import Database

_BITS = 62

# PostgreSQL shows a 64-bit key as two halves.
_HELD = (
    "SELECT count(*) > 0 FROM pg_locks"
    " WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_ANY_IS_HELD = text(_HELD)
_IS_HELD = text(f"{_HELD} AND (classid::bigint << 32) | objid::bigint = :number")


class Presence(ABC):
    """The number of this process, held until `close` or death; it is never used again."""

    def __init__(self) -> None:
        self.number = secrets.randbits(_BITS)

    @staticmethod
    def open(database: Database) -> "Presence":
        """Take a new number and hold it where all processes of this database can see it."""
        return _Session(database) if database.file is None else _LockedFile(database.file)

    @staticmethod
    def is_in_use(database: Database) -> bool:
        """Return whether a process holds a number of this database; blocks, and raises DatabaseFault."""
        if database.file is not None:
            return any(_is_locked(one) for one in database.file.parent.glob(f"{database.file.name}.alive-*"))
        return database.run_now(lambda tx: bool(tx.connection.execute(_ANY_IS_HELD).scalar_one()))

    @abstractmethod
    def renew(self) -> None:
        """Make sure that the number is still held; its connection may have been lost. Blocks; raises DatabaseFault."""

    @abstractmethod
    def is_alive(self, number: int) -> bool:
        """Return whether a process holds this number; raises DatabaseFault."""

    @abstractmethod
    def close(self) -> None:
        """Release the number."""


class _LockedFile(Presence):
    """A locked file for each process beside SQLite's file.

    The lock is flock's: a POSIX byte-range lock is lost as soon as the same process closes any other handle of the file.
    """

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._database_file = file
        # Remove the files of processes that died.
        for left in file.parent.glob(f"{file.name}.alive-*"):
            if not _is_locked(left):
                left.unlink(missing_ok=True)
        path, handle = self._path(self.number), None
        while handle is None:
            handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(handle, fcntl.LOCK_EX)
            if not _is_at(path, handle):  # another process swept the file away before it was locked
                os.close(handle)
                handle = None
        self._handle: int | None = handle

    def renew(self) -> None:
        """Do nothing: the lock is held for as long as the process lives."""

    def is_alive(self, number: int) -> bool:
        return _is_locked(self._path(number))

    def close(self) -> None:
        if self._handle is not None:
            self._path(self.number).unlink(missing_ok=True)
            os.close(self._handle)
            self._handle = None

    def _path(self, number: int) -> Path:
        return self._database_file.with_name(f"{self._database_file.name}.alive-{number}")


def _is_at(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _is_locked(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


class _Session(Presence):
    """An advisory lock on PostgreSQL, held by a session of its own."""

    _HOLD = text("SELECT pg_advisory_lock(:number)")

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database
        self._connection: Connection | None = self._hold()

    def renew(self) -> None:
        """Take the lock again if its session was lost."""
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.exec_driver_sql("SELECT 1")
                return
        self.close()
        self._connection = self._hold()

    def is_alive(self, number: int) -> bool:
        with self._database.faults(), self._database.engine.connect() as connection:
            return bool(connection.execute(_IS_HELD, {"number": number}).scalar_one())

    def close(self) -> None:
        if self._connection is not None:
            # Unlock explicitly: the server may notice only later that the session has ended.
            with suppress(SQLAlchemyError):
                self._connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
            with suppress(SQLAlchemyError):
                self._connection.close()
            self._connection = None

    def _hold(self) -> Connection:
        with self._database.faults():
            connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            # Detached from the pool: the lock lives only as long as this session.
            connection.detach()
            connection.execute(self._HOLD, {"number": self.number})
        return connection
