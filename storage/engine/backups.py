"""Copies of SQLite's file, made before a migration changes it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

_MARK = ".before-"


def make_copy(file: Path, revision: str) -> Path:
    """Copy the committed state of the file beside it, named for the revision that is about to run."""
    copy = file.with_name(f"{file.name}{_MARK}{revision}")
    copy.unlink(missing_ok=True)
    copy.touch(mode=0o600)
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def copies_of(file: Path) -> Iterator[Path]:
    """List the copies that stand beside the file."""
    return (path for path in file.parent.iterdir() if path.name.startswith(f"{file.name}{_MARK}"))
