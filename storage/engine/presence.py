"""Presence: each running process holds a number, so that another can tell whether it is still alive.

What a process holds here goes by itself when it dies, whatever the reason.
"""

import fcntl
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from storage.engine.database import Database

_BITS = 62


class _Holds(Protocol):
    def hold(self, number: int) -> None: ...
    def is_held(self, number: int) -> bool: ...
    def renew(self, number: int) -> None: ...
    def release(self) -> None: ...


class Presence:
    """The number of this process, held until `close` or death."""

    def __init__(self, holds: _Holds) -> None:
        self._holds = holds
        self.number = secrets.randbits(_BITS)
        holds.hold(self.number)

    @classmethod
    def open(cls, database: Database) -> "Presence":
        """Take a new number and hold it where all processes of this database can see it."""
        if database.file is not None:
            return cls(_FileLocks(database.file))
        return cls(_AdvisoryLocks(database.engine))

    def renew(self) -> None:
        """Make sure that the number is still held; a database connection may have been lost. Blocks."""
        self._holds.renew(self.number)

    def is_alive(self, number: int) -> bool:
        """Tell whether a process holds this number."""
        return self._holds.is_held(number)

    def close(self) -> None:
        """Let the number go; it is never taken again."""
        self._holds.release()


class _FileLocks:
    """A locked file per process beside SQLite's file.

    flock, because a POSIX byte-range lock is lost as soon as the same process closes any other handle of
    the file.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._held: tuple[Path, int] | None = None

    def hold(self, number: int) -> None:
        self._sweep()
        path = self._path(number)
        while self._held is None:
            handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(handle, fcntl.LOCK_EX)
            if _is_at(path, handle):
                self._held = (path, handle)
            else:  # another process swept the file away before it was locked
                os.close(handle)

    def renew(self, number: int) -> None:
        """Do nothing: a lock on a file stays for as long as the process lives."""

    def is_held(self, number: int) -> bool:
        return _is_locked(self._path(number))

    def release(self) -> None:
        if self._held is not None:
            path, handle = self._held
            path.unlink(missing_ok=True)
            os.close(handle)
            self._held = None

    def _sweep(self) -> None:
        """Remove the files of processes that died without letting go."""
        for path in self._file.parent.glob(f"{self._file.name}.alive-*"):
            if not _is_locked(path):
                path.unlink(missing_ok=True)

    def _path(self, number: int) -> Path:
        return self._file.with_name(f"{self._file.name}.alive-{number}")


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


_LET_GO = text("SELECT pg_advisory_unlock_all()")


class _AdvisoryLocks:
    """An advisory lock of a session of its own on PostgreSQL."""

    _HOLD = text("SELECT pg_advisory_lock(:number)")
    # PostgreSQL shows a 64-bit key as two halves.
    _IS_HELD = text(
        "SELECT count(*) > 0 FROM pg_locks"
        " WHERE locktype = 'advisory' AND granted AND objsubid = 1"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND (classid::bigint << 32) | objid::bigint = :number"
    )

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def hold(self, number: int) -> None:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        # Out of the pool: the lock lives as long as this very session.
        connection.detach()
        connection.execute(self._HOLD, {"number": number})
        self._connection = connection

    def renew(self, number: int) -> None:
        """Take the lock again where its session was lost."""
        if self._connection is not None and _answers(self._connection):
            return
        self.release()
        self.hold(number)

    def is_held(self, number: int) -> bool:
        with self._engine.connect() as connection:
            return bool(connection.execute(self._IS_HELD, {"number": number}).scalar_one())

    def release(self) -> None:
        if self._connection is not None:
            # By name and not only by the session's end, which the server comes to in its own time.
            with suppress(SQLAlchemyError):
                self._connection.execute(_LET_GO)
            with suppress(SQLAlchemyError):
                self._connection.close()
            self._connection = None


def _answers(connection: Connection) -> bool:
    try:
        connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True
