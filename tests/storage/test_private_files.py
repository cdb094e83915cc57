"""SQLite's files are readable for their user only, also those of earlier versions, and copies are deleted."""

import os
import time
from contextlib import closing
from pathlib import Path

import pytest

from storage import BadDatabaseUrl, Database, Vault
from storage.engine import database as module
from storage.engine.backups import make_copy


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if ".before-" in path.name}


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o666, 0o604, 0o777])
def test_files_that_others_may_use_are_tightened(sqlite_url: str, vault: Vault, mode: int) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    with closing(Database.open(sqlite_url, vault)) as first:
        first.run_now(lambda tx: tx.connection.exec_driver_sql("CREATE TABLE extra (x)"))
        make_copy(file, "0009")
        left = [path for path in file.parent.iterdir() if path.name.startswith("bot.db")]
        assert {path.name for path in left} == {"bot.db", "bot.db-wal", "bot.db-shm", "bot.db.before-0009"}
        for path in left:
            path.chmod(mode)
        with closing(Database.open(sqlite_url, vault)):
            assert {path.stat().st_mode & 0o077 for path in left} == {0}


def test_a_file_that_cannot_be_tightened_is_refused(
    sqlite_url: str, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    Path(sqlite_url.removeprefix("sqlite:///")).chmod(0o644)
    monkeypatch.setattr(Path, "chmod", refuse)
    with pytest.raises(BadDatabaseUrl, match="others may read"):
        Database.open(sqlite_url, vault)


def test_a_copy_is_deleted_after_the_next_good_start(sqlite_url: str, vault: Vault) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    with closing(Database.open(sqlite_url, vault)) as migrating:
        earlier = make_copy(file, "0001")
        os.utime(earlier, (time.time() - 60,) * 2)
        make_copy(file, "0002")
        migrating.drop_copies()
        assert names(file.parent) == {"bot.db.before-0002"}
    os.utime(file.with_name("bot.db.before-0002"), (time.time() - 1,) * 2)
    with closing(Database.open(sqlite_url, vault)) as next_start:
        assert names(file.parent) == {"bot.db.before-0002"}
        next_start.drop_copies()
        assert names(file.parent) == set()


def test_a_copy_is_deleted_after_seven_days(sqlite_url: str, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    assert module.COPIES_KEPT_SECONDS == 7 * 24 * 3600
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    with closing(Database.open(sqlite_url, vault)) as database:
        make_copy(file, "0002")
        monkeypatch.setattr(module, "COPIES_KEPT_SECONDS", -1.0)
        database.drop_copies()
    assert names(file.parent) == set()


def test_on_a_server_there_are_no_copies(postgres_database: Database) -> None:
    postgres_database.drop_copies()
