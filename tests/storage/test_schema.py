import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from storage import homes, schema
from storage.canaries import check_keys
from storage.database import Database, Tx
from storage.migrations import known_revisions
from storage.schema import HEAD, MIGRATIONS, SchemaTooNew
from storage.tables import METADATA
from storage.vault import Vault, WrongKeys, new_key
from tests.storage.builders import CHAT, a_home
from tests.storage.racing import race

UPGRADE = """
import sys
from storage import schema
from storage.database import Database
from storage.vault import Vault
database = Database.open(sys.argv[1], Vault.from_keys([sys.argv[2]]))
sys.stdin.readline()
print(schema.upgrade(database))
database.close()
"""


@pytest.fixture
def older(url: str, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name a database at a revision from which there is something to do."""
    with closing(Database.open(url, vault)) as database:
        database.run_now(lambda tx: homes.put(tx, a_home()))
    monkeypatch.setattr(schema, "HEAD", "later")
    return url


def set_revision(tx: Tx, revision: str) -> None:
    statement = text("UPDATE alembic_version SET version_num = :revision")
    tx.connection.execute(statement, {"revision": revision})


def test_first_upgrade_makes_all_tables(empty_url: str, vault: Vault) -> None:
    with closing(Database.open(empty_url, vault)) as database:
        assert schema.upgrade(database)
        made = database.run_now(lambda tx: set(inspect(tx.connection).get_table_names()))
    assert made == set(METADATA.tables) | {"alembic_version"}


def test_second_upgrade_changes_nothing(database: Database) -> None:
    assert not schema.upgrade(database)


def test_head_is_the_newest_revision() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD
    assert HEAD in known_revisions()


def test_models_say_what_the_migrations_made(database: Database) -> None:
    def differences(tx: Tx) -> list[object]:
        context = MigrationContext.configure(tx.connection, opts={"compare_type": True})
        return list(compare_metadata(context, METADATA))

    assert database.run_now(differences) == []


def test_two_processes_upgrade_at_once_and_one_does_the_work(empty_url: str, key: str) -> None:
    processes = [
        subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, "-W", "error", "-c", UPGRADE, empty_url, key],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    answers = [out for out, _ in race([partial(process.communicate, "go\n") for process in processes])]
    assert sorted(answers) == ["False\n", "True\n"]
    assert [process.returncode for process in processes] == [0, 0]


def test_threads_that_upgrade_at_once_do_the_work_once(empty_url: str, vault: Vault) -> None:
    databases = [Database.open(empty_url, vault) for _ in range(4)]
    answers = race([partial(schema.upgrade, db) for db in databases])
    for database in databases:
        database.close()
    assert sorted(answers) == [False, False, False, True]


def test_newer_database_is_refused_and_left_alone(database: Database) -> None:
    database.run_now(lambda tx: set_revision(tx, "9999"))
    with pytest.raises(SchemaTooNew, match="revision 9999"):
        schema.upgrade(database)
    assert not database.run_now(homes.all_homes)


def test_wrong_keys_are_refused_before_anything_is_migrated(older: str) -> None:
    with closing(Database.open(older, Vault.from_keys([new_key()]))) as stranger, pytest.raises(WrongKeys):
        schema.upgrade(stranger)


def test_upgrade_of_an_existing_database_keeps_its_rows(older: str, vault: Vault) -> None:
    with closing(Database.open(older, vault)) as database:
        schema.upgrade(database)
        database.run_now(check_keys)
        assert database.run_now(lambda tx: homes.get(tx, CHAT)) == a_home()


def test_file_is_copied_before_its_schema_changes(
    sqlite_url: str, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Database.open(sqlite_url, vault)) as database:
        database.run_now(lambda tx: homes.put(tx, a_home()))
        monkeypatch.setattr(schema, "HEAD", "later")
        schema.upgrade(database)
    copy = Path(f"{sqlite_url.removeprefix('sqlite:///')}.before-later")
    assert copy.stat().st_mode & 0o777 == 0o600
    monkeypatch.undo()
    with closing(Database.open(f"sqlite:///{copy}", vault)) as copied:
        assert not schema.upgrade(copied)
        assert copied.run_now(lambda tx: homes.get(tx, CHAT)) == a_home()


def test_start_without_anything_to_migrate_does_not_import_alembic(sqlite_url: str, key: str) -> None:
    script = f"{UPGRADE}\nassert 'alembic' not in sys.modules"
    subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-W", "error", "-c", script, sqlite_url, key], input="\n", text=True, check=True
    )
