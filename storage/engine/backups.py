"""Copies of SQLite's file, made before a migration changes it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

_MARK = ".before-"


def make_copy(file: Path, revision: str) -> Path:
    """Copy the file's committed state to a file beside it, named after the revision to which it will be upgraded."""
    copy = file.with_name(f"{file.name}{_MARK}{revision}")
    copy.unlink(missing_ok=True)
    copy.touch(mode=0o600)
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def copies_of(file: Path) -> Iterator[Path]:
    """Return the copies beside the file."""
    return (path for path in file.parent.iterdir() if path.name.startswith(f"{file.name}{_MARK}"))
