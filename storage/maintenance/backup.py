"""Backups: one SQLite file each, of either database; and their return into either.

A dump by PostgreSQL's own tools would be a second format, which only a server of the same or a newer version reads.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from storage.encryption.vault import Vault
from storage.engine.backups import copies_of
from storage.engine.database import Database
from storage.engine.engines import BESIDE
from storage.engine.presences import is_in_use
from storage.maintenance.key_check import refuse_wrong_keys
from storage.maintenance.schema import is_newest, upgrade
from storage.maintenance.transfer import MoveFault, count_rows, refuse_rows, replace_rows
from storage.repositories import key_values

_PAGES = 1000
"""Pages of 4 KiB that are copied at once."""

_PAUSE = 0.005
"""Seconds between two steps, for the disk of a bot that runs meanwhile."""


_NO_BACKUP = "That file is no backup of this bot, or it is damaged. Nothing was changed."


BACKED_UP = "backed_up"
"""The fact when the last backup was made."""


def note_backup(database: Database, *, now: datetime) -> None:
    """Note in the database that a backup was made."""
    database.run_now(lambda tx: key_values.put(tx, BACKED_UP, now.isoformat(timespec="seconds"), now=now))


def back_up(database: Database, file: Path) -> int:
    """Write everything to a new file that only its user can read, read it back, and return the number of rows.

    The bot may run meanwhile: the file holds one moment. Raises MoveFault, DatabaseFault, WrongKeys and SchemaTooNew.
    """
    with _new_file(file) as part:
        _write(database, part)
        with closing(_migrated(part, database.vault)) as copy, copy.snapshot() as connection:
            total = sum(count_rows(connection).values())
        _make_one_file(part)
    return total


def restore(database: Database, file: Path) -> Path | None:
    """Put a backup in the place of a database; return where the data that it replaces is kept, if there was any.

    SQLite's file is replaced, PostgreSQL's rows are. Raises MoveFault, DatabaseFault, WrongKeys and SchemaTooNew.
    """
    refuse_use(database)
    where = database.file or file
    part, kept = _beside(where, "part"), _beside(where, f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    try:
        _read_backup(file, part)
        with closing(_migrated(part, database.vault)) as copy:
            if database.file is None:
                upgrade(database)
                with _new_file(kept) as old:
                    _write(database, old)
                    _make_one_file(old)
                with copy.snapshot() as source, database.writing() as target:
                    replace_rows(source, target)
                return kept
        _make_one_file(part)
        return _take_the_place(part, database.file, kept)
    finally:
        _remove(part)


def copy_to(source: Database, target: Database) -> int:
    """Copy everything to an empty database and compare them row by row; return the number of rows.

    Raises MoveFault, DatabaseFault, WrongKeys and SchemaTooNew.
    """
    for database in (source, target):
        refuse_use(database)
    _refuse_old(source)
    upgrade(target)
    with source.snapshot() as original, target.writing() as copy:
        refuse_rows(copy)
        return replace_rows(original, copy)


def refuse_use(database: Database) -> None:
    """Raise MoveFault if a process holds the database."""
    if is_in_use(database):
        raise MoveFault("A bot runs with this database. Nothing was changed: stop the bot first.")


def _refuse_old(database: Database) -> None:
    if not database.run_now(is_newest):
        raise MoveFault("The database is older than this program. First run: python -m bot migrate")


def _write(database: Database, part: Path) -> None:
    """Write everything to a file and look for damage in it; the keys that it is encrypted under do not matter."""
    if database.file is not None:
        _copy_pages(database.file, part)
    else:
        _refuse_old(database)
        copy = Database.open(f"sqlite:///{part}", database.vault)
        with closing(copy), database.snapshot() as source:
            upgrade(copy)
            with copy.writing() as target:
                replace_rows(source, target)
    _refuse_damage(part, "The database is empty or damaged, so there is no backup of it.")


@contextmanager
def _new_file(file: Path) -> Iterator[Path]:
    """Make a file that appears under its name only once it is whole; an existing one is never overwritten."""
    if file.exists():
        raise MoveFault(f"{file} is there already, and was not changed. Name a new file.")
    part = _beside(file, "part")
    try:
        _remove(part)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield part
        part.replace(file)
        _flush_folder(file.parent)
    except OSError as error:
        raise MoveFault(f"{file} can't be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            _remove(part)


def _copy_pages(file: Path, part: Path) -> None:
    """Copy the file as it is at this moment, a few pages at a time; a bot goes on writing meanwhile."""
    with closing(sqlite3.connect(file, isolation_level=None)) as source, closing(sqlite3.connect(part)) as target:
        # An open read transaction keeps this moment; without it every write of others would start the copy again.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(target, pages=_PAGES, progress=lambda *_: time.sleep(_PAUSE))


def _read_backup(file: Path, part: Path) -> None:
    """Copy a backup, with what lies in a write-ahead log beside it."""
    if not file.is_file():
        raise MoveFault(f"{file} is not there. Nothing was changed.")
    try:
        _remove(part)
        part.touch(mode=0o600)
        _copy_pages(file, part)
    except OSError as error:
        raise MoveFault(f"{file} can't be copied: {error.strerror}. Nothing was changed.") from error
    except sqlite3.Error:
        raise MoveFault(_NO_BACKUP) from None
    _refuse_damage(part, _NO_BACKUP)


def _refuse_damage(part: Path, said: str) -> None:
    """Raise MoveFault with these words if a file is not a whole database of this bot."""
    try:
        with closing(sqlite3.connect(part)) as connection:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
            is_ours = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'canaries'").fetchone()
    except sqlite3.DatabaseError:
        found, is_ours = "", None
    if found != "ok" or not is_ours:
        raise MoveFault(said)


def _migrated(part: Path, vault: Vault) -> Database:
    """Open a copy with the tables of this version; raises WrongKeys and SchemaTooNew."""
    copy = Database.open(f"sqlite:///{part}", vault)
    try:
        upgrade(copy)
        copy.run_now(refuse_wrong_keys)
    except BaseException:
        copy.close()
        raise
    return copy


def _make_one_file(part: Path) -> None:
    """End the write-ahead log, so that the file is whole by itself."""
    with closing(sqlite3.connect(part, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    with part.open("rb") as written:
        os.fsync(written.fileno())


def _take_the_place(part: Path, file: Path, kept: Path) -> Path | None:
    """Replace a file and what lay beside it: an old write-ahead log would undo or damage the new file."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(file)) as old:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for end in BESIDE:
        with suppress(FileNotFoundError):
            file.with_name(file.name + end).rename(kept.with_name(kept.name + end))
    file.rename(kept)
    part.rename(file)
    _flush_folder(file.parent)
    if kept.stat().st_size:
        return kept
    kept.unlink()
    return None


def _beside(file: Path, word: str) -> Path:
    return file.with_name(f"{file.name}.{word}")


def _remove(file: Path) -> None:
    """Remove a file and what SQLite and a migration put beside it."""
    for copy in copies_of(file):
        copy.unlink()
    for end in ("", *BESIDE):
        file.with_name(file.name + end).unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    """Make a new name in a folder survive a power cut."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
