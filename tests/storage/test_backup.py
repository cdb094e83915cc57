"""Backups, their return, and moves from one kind of database to the other: whole, private, and never over anything."""

import shutil
import sqlite3
import stat
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from storage import Database, Vault, WrongKeys, new_key
from storage.engine.presences import open_presence
from storage.maintenance import transfer
from storage.maintenance.backup import back_up, copy_to, restore
from storage.maintenance.schema import HEAD
from storage.maintenance.transfer import MoveFault
from storage.repositories import homes, key_values
from storage.tables import FACTS, METADATA
from tests.support.clocks import START
from tests.support.records import a_home

HOMES = 25


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "_BATCH", 10)


@pytest.fixture
def filled(database: Database) -> Database:
    for chat in range(1, HOMES + 1):
        database.run_now(partial(homes.put, record=a_home(chat_id=chat)))
    # Names that a locale sorts otherwise than their bytes.
    for place, name in enumerate(("b", "B", "ä", "a-b", "ab", "Z")):
        at = START + timedelta(microseconds=place)
        database.run_now(partial(key_values.put, name=name, value="value", now=at))
    return database


@pytest.fixture
def other(request: pytest.FixtureRequest, tmp_path: Path, vault: Vault) -> Iterator[Database]:
    """A database of the other kind, without tables."""
    url = (
        f"sqlite:///{tmp_path}/other/bot.db"
        if "postgresql" in request.node.callspec.id
        else request.getfixturevalue("empty_postgres")
    )
    with closing(Database.open(url, vault)) as database:
        yield database


def everything(database: Database) -> dict[str, list[object]]:
    with database.snapshot() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in METADATA.sorted_tables
        }


def put_fact(database: Database, value: str) -> None:
    database.run_now(lambda tx: key_values.put(tx, "fact", value, now=START))


def test_a_backup_holds_everything_and_comes_back(filled: Database, tmp_path: Path) -> None:
    file, before = tmp_path / "backup.db", everything(filled)
    count = back_up(filled, file)
    assert count == sum(map(len, before.values())) >= HOMES + 6
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    put_fact(filled, "later")
    kept = restore(filled, file)
    assert everything(_reopened(filled)) == before
    assert kept is not None
    assert kept.exists()
    assert {path.name for path in tmp_path.glob("backup.db*")} - {kept.name} == {"backup.db"}


def _reopened(database: Database) -> Database:
    """SQLite's connections still hold the file that was replaced."""
    if database.file is None:
        return database
    database.close()
    return Database.open(f"sqlite:///{database.file}", database.vault)


def test_what_a_backup_replaced_can_be_put_back(filled: Database, tmp_path: Path) -> None:
    back_up(filled, tmp_path / "backup.db")
    put_fact(filled, "later")
    later = everything(filled)
    kept = restore(filled, tmp_path / "backup.db")
    assert kept is not None
    there = _reopened(filled)
    restore(there, kept)
    assert everything(_reopened(there)) == later


def test_everything_moves_to_the_other_kind_of_database(filled: Database, other: Database, tmp_path: Path) -> None:
    before = everything(filled)
    count = copy_to(filled, other)
    assert everything(other) == before
    assert count == sum(map(len, before.values()))
    back_up(other, tmp_path / "backup.db")
    restore(filled, tmp_path / "backup.db")
    assert everything(_reopened(filled)) == before


def test_data_is_never_copied_over_data(filled: Database, other: Database) -> None:
    copy_to(filled, other)
    put_fact(other, "its own")
    before = everything(other)
    with pytest.raises(MoveFault, match="has data already"):
        copy_to(filled, other)
    assert everything(other) == before


def test_a_difference_undoes_the_copy(filled: Database, other: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoiled(source: Connection, target: Connection) -> int:
        target.execute(FACTS.delete().where(FACTS.c.name == "ä"))
        return compare(source, target)

    compare = transfer.compare_rows
    monkeypatch.setattr(transfer, "compare_rows", spoiled)
    with pytest.raises(MoveFault, match="facts"):
        copy_to(filled, other)
    assert not any(everything(other).values())


@pytest.mark.parametrize("verb", ["restore", "copy away", "copy here"])
def test_nothing_moves_while_a_bot_runs(filled: Database, other: Database, tmp_path: Path, verb: str) -> None:
    file = tmp_path / "backup.db"
    back_up(filled, file)
    before = everything(filled)
    work: dict[str, Callable[[], object]] = {
        "restore": lambda: restore(filled, file),
        "copy away": lambda: copy_to(filled, other),
        "copy here": lambda: copy_to(other, filled),
    }
    with closing(open_presence(filled)), pytest.raises(MoveFault, match="stop the bot first"):
        work[verb]()
    assert everything(filled) == before


def test_a_file_is_never_overwritten(filled: Database, tmp_path: Path) -> None:
    file = tmp_path / "precious"
    file.write_text("mine")
    with pytest.raises(MoveFault, match="there already"):
        back_up(filled, file)
    assert file.read_text() == "mine"
    assert [path.name for path in tmp_path.glob("precious*")] == ["precious"]


def test_a_folder_that_is_not_there_is_named(filled: Database, tmp_path: Path) -> None:
    with pytest.raises(MoveFault, match="nowhere"):
        back_up(filled, tmp_path / "nowhere" / "backup.db")


def test_only_a_whole_backup_under_our_keys_comes_back(filled: Database, tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    back_up(filled, good)
    before = everything(filled)
    content = bytearray(good.read_bytes())
    content[4096 * 3 : 4096 * 6] = bytes(4096 * 3)
    for spoiled in (b"", b"text" * 2000, bytes(content), good.read_bytes()[:-8192]):
        bad.write_bytes(spoiled)
        with pytest.raises(MoveFault, match=r"no backup|damaged"):
            restore(filled, bad)
    with pytest.raises(MoveFault, match="is not there"):
        restore(filled, tmp_path / "nowhere")
    stranger = Database.open(f"sqlite:///{filled.file or tmp_path / 'x.db'}", Vault.from_keys([new_key()]))
    with closing(stranger), pytest.raises(WrongKeys):
        restore(stranger, good)
    assert everything(filled) == before


def test_an_older_backup_is_brought_up_to_date(url: str, tmp_path: Path) -> None:
    keys = [urlsafe_b64encode(bytes(range(start, start + 32))).decode() for start in (0, 32)]
    with closing(Database.open(url, Vault.from_keys(keys))) as database:
        restore(database, Path(shutil.copy(Path(__file__).parent / "old_database" / "bot.db", tmp_path / "old.db")))
        there = _reopened(database)
    assert not list(tmp_path.glob("**/*part*"))
    with closing(there), there.snapshot() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one() == HEAD


def test_an_old_write_ahead_log_does_not_undo_a_backup(sqlite_url: str, vault: Vault, tmp_path: Path) -> None:
    """As after a power cut: the log lies beside the file, and belongs to the data that is replaced."""
    database = Database.open(sqlite_url, vault)
    assert database.file is not None
    put_fact(database, "old")
    back_up(database, tmp_path / "backup.db")
    put_fact(database, "new")
    log = database.file.with_name("bot.db-wal").read_bytes()
    assert log
    database.close()
    database.file.with_name("bot.db-wal").write_bytes(log)
    with closing(Database.open(sqlite_url, vault)) as unopened:
        restore(unopened, tmp_path / "backup.db")
    with closing(Database.open(sqlite_url, vault)) as after:
        assert after.run_now(lambda tx: key_values.get(tx, "fact")) == "old"


def test_a_bot_writes_on_while_its_database_is_copied(
    sqlite_url: str, vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step of the copy is followed by a write, which must neither wait for the copy nor start it again."""
    monkeypatch.setattr("storage.maintenance.backup._PAGES", 2)
    with closing(Database.open(sqlite_url, vault)) as database:
        put_fact(database, "first")
        steps: list[str] = []

        def write(_: float) -> None:
            steps.append("write")
            put_fact(database, f"write {len(steps)}")

        monkeypatch.setattr("time.sleep", write)
        worker = threading.Thread(target=back_up, args=(database, tmp_path / "backup.db"))
        worker.start()
        worker.join()
        assert len(steps) > 10
    with closing(sqlite3.connect(tmp_path / "backup.db")) as copy:
        assert copy.execute("SELECT value FROM facts WHERE name = 'fact'").fetchone() == ("first",)
