"""Each fault of a database is identified, so that each has its own remedy."""

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from storage import BadDatabaseUrl, Database, DatabaseFault, Trouble, Vault, upgrade
from storage.engine.faults import trouble_of

OF_SQLITE = {
    Trouble.NO_FILE,
    Trouble.NO_FOLDER,
    Trouble.NOT_OURS,
    Trouble.READ_ONLY_DISK,
    Trouble.DAMAGED,
    Trouble.IN_USE,
    Trouble.DISK_FAILS,
    Trouble.DISK_FULL,
}


@pytest.mark.parametrize("trouble", sorted(OF_SQLITE))
def test_a_file_gets_no_advice_about_servers(trouble: Trouble) -> None:
    assert "server" not in trouble
    assert "host" not in trouble


@pytest.mark.parametrize(
    ("number", "trouble"),
    [
        (errno.EACCES, Trouble.NOT_OURS),
        (errno.EROFS, Trouble.READ_ONLY_DISK),
        (errno.ENOSPC, Trouble.DISK_FULL),
        (errno.ENOTDIR, Trouble.NO_FOLDER),
        (errno.EMFILE, Trouble.NO_FILE),
    ],
)
def test_a_file_that_cannot_be_made_says_why(
    tmp_path: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch, number: int, trouble: Trouble
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(BadDatabaseUrl) as caught:
        Database.open(f"sqlite:///{tmp_path}/bot.db", vault)
    assert caught.value.remedy == trouble


@pytest.mark.parametrize(("path", "trouble"), [("a/b.db", Trouble.NO_FOLDER), ("folder", Trouble.NO_FILE)])
def test_a_wrong_path_says_why(tmp_path: Path, vault: Vault, path: str, trouble: Trouble) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(BadDatabaseUrl) as caught:
        Database.open(f"sqlite:///{tmp_path}/{path}", vault)
    assert caught.value.remedy == trouble


def test_a_file_that_is_no_database_needs_its_backup(tmp_path: Path, vault: Vault) -> None:
    (tmp_path / "bot.db").write_bytes(b"nothing that SQLite wrote " * 100)
    with closing(Database.open(f"sqlite:///{tmp_path}/bot.db", vault)) as database:
        with pytest.raises(DatabaseFault) as caught:
            upgrade(database)
        assert caught.value.trouble is Trouble.DAMAGED


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "full.db")) as database:
        database.execute("CREATE TABLE t (x)")
        database.execute("PRAGMA max_page_count = 3")
        with pytest.raises(sqlite3.OperationalError) as caught:
            database.execute("INSERT INTO t VALUES (zeroblob(100000))")
    assert trouble_of(caught.value) is Trouble.DISK_FULL


@pytest.mark.parametrize(
    ("name", "trouble"),
    [
        ("SQLITE_READONLY_DIRECTORY", Trouble.NOT_OURS),
        ("SQLITE_CANTOPEN_ISDIR", Trouble.NO_FILE),
        ("SQLITE_BUSY", Trouble.IN_USE),
        ("SQLITE_CORRUPT_INDEX", Trouble.DAMAGED),
        ("SQLITE_IOERR_WRITE", Trouble.DISK_FAILS),
        ("SQLITE_ERROR", Trouble.OTHER),
    ],
)
def test_sqlites_names_are_known(name: str, trouble: Trouble) -> None:
    error = sqlite3.OperationalError("in other words")
    error.sqlite_errorname = name
    assert trouble_of(error) is trouble


@pytest.mark.parametrize(
    ("url", "trouble"),
    [
        ("postgresql://bot:x@no-such-host.invalid/bot", Trouble.NO_HOST),
        ("postgresql://bot:x@127.0.0.1:1/bot", Trouble.NO_SERVER),
        ("postgresql:///bot?host=/nowhere", Trouble.NO_SERVER),
        ("postgresql://postgres@127.0.0.1:5432/test_of_nobody", Trouble.NO_DATABASE),
        ("postgresql://postgres@127.0.0.1:5432/postgres?sslmode=require", Trouble.WRONG_SSL),
    ],
)
@pytest.mark.usefixtures("postgres")
def test_a_server_that_cannot_be_used_says_why(vault: Vault, url: str, trouble: Trouble) -> None:
    with closing(Database.open(url, vault)) as database:
        with pytest.raises(DatabaseFault) as caught:
            upgrade(database)
        assert caught.value.trouble is trouble


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        ('FATAL:  password authentication failed for user "bot"', Trouble.WRONG_LOGIN),
        ('FATAL:  role "bot" does not exist', Trouble.WRONG_LOGIN),
        ("fe_sendauth: no password supplied", Trouble.WRONG_LOGIN),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "bot", no encryption', Trouble.NOT_ALLOWED),
        ("FATAL:  sorry, too many clients already", Trouble.TOO_MANY),
        ("FATAL:  remaining connection slots are reserved", Trouble.TOO_MANY),
        ("FATAL:  the database system is starting up", Trouble.STARTING),
        ("server does not support SSL, but SSL was required", Trouble.WRONG_SSL),
        ("SSL error: certificate verify failed", Trouble.WRONG_SSL),
        ("connection timeout expired", Trouble.SILENT),
        ("Connection timed out", Trouble.SILENT),
        ("the server did not answer in time", Trouble.SILENT),
        ("could not extend file: No space left on device", Trouble.DISK_FULL),
        ("cannot execute INSERT in a read-only transaction", Trouble.STANDBY),
        ("permission denied for schema public", Trouble.NO_RIGHT),
        ("something else", Trouble.OTHER),
    ],
)
def test_what_a_server_says_is_known(said: str, trouble: Trouble) -> None:
    assert trouble_of(psycopg.OperationalError(said)) is trouble
