import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Table, inspect, text

from storage import migrations, partial_indexes
from storage.encryption.sealed_tables import SealedTable
from storage.encryption.vault import Vault, WrongKeys, new_key
from storage.engine.database import Database, Tx
from storage.maintenance import schema
from storage.maintenance.key_check import check_keys
from storage.maintenance.schema import HEAD, MIGRATIONS, SchemaTooNew
from storage.migrations import known_revisions
from storage.records import Home
from storage.repositories import (
    cars,
    code_queries,
    code_watches,
    homes,
    invitations,
    journal,
    journal_pages,
    key_values,
    members,
    prompts,
    shared_chats,
    tokens,
)
from storage.repositories.sealed_records import SealedRecords
from storage.tables import ACTIONS, CARS, CODE_QUERIES, HOMES, METADATA, PROMPTS
from tests.support.records import (
    CAR,
    CHAT,
    MINUTE,
    NOW,
    a_car,
    a_code_query,
    a_code_watch,
    a_home,
    a_member,
    a_prompt,
    a_shared_chat,
    a_token,
    an_action,
    an_invitation,
    newest_codes,
)
from tests.support.threads import race

UPGRADE = """
import sys
from storage import Database, Vault, upgrade
database = Database.open(sys.argv[1], Vault.from_keys([sys.argv[2]]))
sys.stdin.readline()
print(upgrade(database))
database.close()
"""


@pytest.fixture
def older(url: str, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URL of a database at a revision that is not the newest."""
    with closing(Database.open(url, vault)) as database:
        database.run_now(lambda tx: homes.put(tx, a_home()))
    monkeypatch.setattr(schema, "HEAD", "later")
    return url


def set_revision(tx: Tx, revision: str) -> None:
    statement = text("UPDATE alembic_version SET version_num = :revision")
    tx.connection.execute(statement, {"revision": revision})


def test_first_upgrade_creates_all_tables(empty_url: str, vault: Vault) -> None:
    with closing(Database.open(empty_url, vault)) as database:
        assert schema.upgrade(database)
        made = database.run_now(lambda tx: set(inspect(tx.connection).get_table_names()))
    assert made == set(METADATA.tables) | {"alembic_version"}


def test_second_upgrade_changes_nothing(database: Database) -> None:
    assert not schema.upgrade(database)


def test_head_is_the_newest_revision() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD
    assert HEAD in known_revisions()


def differences(tx: Tx) -> list[object]:
    """List the differences between the database and the tables that the code declares."""
    partial_indexes.declare()
    context = MigrationContext.configure(tx.connection, opts={"compare_type": True})
    return list(compare_metadata(context, METADATA))


def test_declared_tables_are_those_that_the_migrations_create(database: Database) -> None:
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


def test_newer_database_is_refused_and_not_changed(database: Database) -> None:
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


def upgrade_to(tx: Tx, revision: str) -> None:
    config = migrations._config()
    config.attributes["connection"] = tx.connection
    command.upgrade(config, revision)


def fill_as_of_the_first_revision(tx: Tx) -> None:
    """Write rows as that version did: without the device of a car, and without `about` of a prompt."""
    check_keys(tx)
    put_home(tx, a_home())
    tokens.put(tx, a_token())
    insert_without_topics(tx, ACTIONS, an_action(sent_at=NOW))
    car = asdict(a_car().details)
    del car["device_id"]
    insert_sealed(tx, CARS, a_car(), car)
    insert_sealed(tx, PROMPTS, a_prompt(), {"subject": a_prompt().subject})


def put_home(tx: Tx, home: Home) -> None:
    """Store a home as all versions did before homes were found by their wallet."""
    insert_sealed(tx, HOMES, home, {"owner_name": home.owner_name, "wallet": home.wallet})


def insert_sealed(tx: Tx, table: Table, record: object, content: Mapping[str, object]) -> None:
    made = {"sealed", *SealedTable(table).hashed}
    made |= {"thread_id", "is_stale"}
    plain = {column.name: getattr(record, column.name) for column in table.c if column.name not in made}
    sealed = SealedTable(table).seal(tx.vault, plain, content)
    insert_columns(tx, table, {**plain, "sealed": sealed})


def insert_columns(tx: Tx, table: Table, values: Mapping[str, object]) -> None:
    """Insert a row with these columns alone: later ones, which have defaults, are not there yet."""
    tx.connection.execute(
        sa.table(table.name, *(sa.column(name, table.c[name].type) for name in values)).insert(), values
    )


def insert_without_topics(tx: Tx, table: Table, record: object) -> None:
    """Store a record as all versions did before topics."""
    row = SealedRecords(table, type(record)).row(tx, record)
    later = {"thread_id", "shown_chat_id", "version", "shown_version", "is_stale", *SealedTable(table).hashed}
    insert_columns(tx, table, {name: value for name, value in row.items() if name not in later})


@pytest.fixture
def first(empty_url: str, vault: Vault) -> Iterator[Database]:
    """Open a database of the first revision that holds a row of each kind."""
    with closing(Database.open(empty_url, vault)) as database:
        database.run_now(lambda tx: upgrade_to(tx, "0001"))
        database.run_now(fill_as_of_the_first_revision)
        yield database


def test_tables_of_error_codes_are_added_to_a_database_in_use(first: Database) -> None:
    assert first.run_now(differences) != []
    assert schema.upgrade(first)
    assert first.run_now(differences) == []


def test_rows_of_the_first_revision_are_read_by_the_newest(first: Database) -> None:
    schema.upgrade(first)
    assert first.run_now(homes.all_homes) == [a_home()]
    assert first.run_now(lambda tx: tokens.get(tx, CHAT, "user")) == a_token()
    assert first.run_now(lambda tx: journal.get(tx, "action-1")) == an_action(sent_at=NOW)
    unlocked = first.run_now(lambda tx: journal_pages.page(tx, home_chat_ids=[CHAT], action="unlock", limit=9))
    assert unlocked == [an_action(sent_at=NOW)], "a kind of action is found by its hash"
    assert first.run_now(lambda tx: cars.get(tx, CHAT, CAR)) == a_car()
    assert first.run_now(lambda tx: prompts.get(tx, "prompt-1")) == a_prompt()


def test_error_codes_are_stored_after_the_upgrade(first: Database) -> None:
    def keep(tx: Tx) -> None:
        code_queries.put(tx, a_code_query())
        code_watches.put(tx, a_code_watch())

    schema.upgrade(first)
    first.run_now(keep)
    assert first.run_now(lambda tx: newest_codes(tx, CHAT, CAR)) == a_code_query()
    assert first.run_now(lambda tx: code_watches.get(tx, CHAT, CAR)) == a_code_watch()


def fill_as_of_the_second_revision(tx: Tx) -> None:
    """Write a row of each kind; this version writes them as that one did."""
    check_keys(tx)
    put_home(tx, a_home())
    tokens.put(tx, a_token())
    cars.replace_all(tx, CHAT, [a_car()])
    insert_without_topics(tx, ACTIONS, an_action(sent_at=NOW))
    insert_without_topics(tx, PROMPTS, a_prompt(about="query-1"))
    insert_without_topics(tx, CODE_QUERIES, a_code_query())
    code_watches.put(tx, a_code_watch())


def test_a_family_is_stored_in_an_upgraded_database_of_the_second_revision(empty_url: str, vault: Vault) -> None:
    def invite(tx: Tx) -> None:
        members.put(tx, a_member())
        invitations.add(tx, an_invitation())
        shared_chats.attach(tx, a_shared_chat())

    def read(tx: Tx) -> list[object]:
        return [
            *homes.all_homes(tx),
            tokens.get(tx, CHAT, "user"),
            *cars.list_for(tx, CHAT),
            *journal_pages.page(tx, home_chat_ids=[CHAT], limit=9),
            prompts.get(tx, "prompt-1"),
            newest_codes(tx, CHAT, CAR),
            code_watches.get(tx, CHAT, CAR),
            *members.list_for(tx, CHAT),
            *invitations.open_for(tx, CHAT, now=NOW),
            *shared_chats.of_home(tx, CHAT),
        ]

    with closing(Database.open(empty_url, vault)) as database:
        database.run_now(lambda tx: upgrade_to(tx, "0002"))
        database.run_now(fill_as_of_the_second_revision)
        assert schema.upgrade(database)
        assert database.run_now(differences) == []
        database.run_now(invite)
        assert database.run_now(read) == [
            a_home(),
            a_token(),
            a_car(),
            an_action(sent_at=NOW),
            a_prompt(about="query-1"),
            a_code_query(),
            a_code_watch(),
            a_member(),
            an_invitation(),
            a_shared_chat(),
        ]


def test_whoever_linked_earliest_is_noted_and_all_homes_are_found_by_their_wallet(empty_url: str, vault: Vault) -> None:
    wallet = a_home().wallet
    assert wallet is not None

    def fill(tx: Tx) -> None:
        check_keys(tx)
        put_home(tx, a_home(chat_id=1, owner_id=11))
        put_home(tx, a_home(chat_id=2, owner_id=12, linked_at=NOW - MINUTE))
        put_home(tx, a_home(chat_id=3, owner_id=13, linked_at=NOW - MINUTE))
        put_home(tx, a_home(chat_id=4, owner_id=14, wallet=None))
        tx.connection.execute(HOMES.update().where(HOMES.c.chat_id == 3).values(sealed=bytes(80)))

    with closing(Database.open(empty_url, vault)) as database:
        database.run_now(lambda tx: upgrade_to(tx, "0003"))
        database.run_now(fill)
        assert schema.upgrade(database)
        assert database.run_now(differences) == []
        assert database.run_now(lambda tx: key_values.get(tx, "operator")) == "12"
        assert [home.chat_id for home in database.run_now(lambda tx: homes.holding(tx, wallet))] == [2, 1]


def test_in_a_database_without_homes_nobody_is_noted(database: Database) -> None:
    assert database.run_now(lambda tx: key_values.get(tx, "operator")) is None
