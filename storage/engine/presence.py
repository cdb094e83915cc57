"""Presence: each running process has a number, by which others see whether it is still alive.

On SQLite a locked file says so, which the system unlocks when the process dies; on PostgreSQL a heartbeat does.
"""

import fcntl
import os
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

from storage.engine.database import Database

_BITS = 62


def new_number() -> int:
    """Return a number that no process has had."""
    return secrets.randbits(_BITS)


class Presence(ABC):
    """The number of this process, held until `close` or death; no other process ever has it."""

    def __init__(self) -> None:
        self.number = new_number()
        """It changes if the process was declared dead."""

    @staticmethod
    def open(database: Database) -> "Presence":
        """Take a new number and hold it where all processes of this database can see it. Blocks."""
        if database.file is not None:
            return _FilePresence(database.file)
        from storage.engine.heartbeat import Heartbeat

        return Heartbeat(database.engine)

    @staticmethod
    def is_in_use(database: Database) -> bool:
        """Return whether a process holds a number of this database; blocks, and raises DatabaseFault."""
        if database.file is not None:
            return any(map(is_locked, _files_beside(database.file)))
        from storage.engine.heartbeat import is_any_new

        return database.run_now(lambda tx: is_any_new(tx.connection))

    @abstractmethod
    def holds(self, number: int) -> bool:
        """Return whether this process has the number, and nobody can have declared it dead; costs nothing."""

    @abstractmethod
    def is_alive(self, number: int) -> bool:
        """Return whether a process holds this number, as far as is known; blocks."""

    @abstractmethod
    def living(self) -> int:
        """Return how many processes live, with this one; costs next to nothing, and may be seconds old."""

    @abstractmethod
    def close(self) -> None:
        """Release the number. Blocks."""


class LockedFile:
    """A file that is locked for as long as its process lives.

    The lock is flock's: a POSIX byte-range lock is lost as soon as the same process closes any other handle of the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        handle = None
        while handle is None:
            handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
            fcntl.flock(handle, fcntl.LOCK_EX)
            if not _is_at(path, handle):  # another process swept the file away before it was locked
                os.close(handle)
                handle = None
        self._handle: int | None = handle

    def close(self) -> None:
        """Remove the file, and unlock it."""
        if self._handle is not None:
            self.path.unlink(missing_ok=True)
            os.close(self._handle)
            self._handle = None


def _is_at(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def is_locked(path: Path) -> bool | None:
    """Return whether a process locks the file; None if there is none, or it is somebody else's."""
    try:
        handle = os.open(path, os.O_RDWR)
    except (FileNotFoundError, PermissionError):
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _files_beside(database_file: Path) -> Iterator[Path]:
    return database_file.parent.glob(f"{database_file.name}.alive-*")


class _FilePresence(Presence):
    """A locked file for each process beside SQLite's file."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._database_file = file
        # Remove the files of processes that died.
        for left in _files_beside(file):
            if not is_locked(left):
                left.unlink(missing_ok=True)
        self._file = LockedFile(self._path(self.number))

    def holds(self, number: int) -> bool:
        return number == self.number

    def is_alive(self, number: int) -> bool:
        return is_locked(self._path(number)) is True

    def living(self) -> int:
        return 1  # whoever wants several processes to share the work uses PostgreSQL

    def close(self) -> None:
        self._file.close()

    def _path(self, number: int) -> Path:
        return self._database_file.with_name(f"{self._database_file.name}.alive-{number}")
