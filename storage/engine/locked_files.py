"""Presence on SQLite: a locked file for each process, which the system unlocks when the process dies."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from storage.engine.presence import Presence


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


def files_beside(database_file: Path) -> Iterator[Path]:
    """Return the files of all processes on SQLite's file, with those of processes that died."""
    return database_file.parent.glob(f"{database_file.name}.alive-*")


class FilePresence(Presence):
    """A locked file for each process beside SQLite's file."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._database_file = file
        # Remove the files of processes that died.
        for left in files_beside(file):
            if not is_locked(left):
                left.unlink(missing_ok=True)
        self._file = LockedFile(self._path(self.number))

    def holds(self, number: int) -> bool:
        """Return whether it is this process's number."""
        return number == self.number

    def is_alive(self, number: int) -> bool:
        """Return whether a process locks the file of the number."""
        return is_locked(self._path(number)) is True

    def living(self) -> int:
        """Return 1: whoever wants several processes to share the work uses PostgreSQL."""
        return 1

    def close(self) -> None:
        """Remove the file."""
        self._file.close()

    def _path(self, number: int) -> Path:
        return self._database_file.with_name(f"{self._database_file.name}.alive-{number}")
