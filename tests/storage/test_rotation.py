from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import update

from storage.encryption.sealed_tables import SEALED_TABLES
from storage.encryption.vault import Tampered, Vault, WrongKeys, key_id_of, new_key
from storage.engine.database import Database, Tx
from storage.maintenance.key_check import check_keys
from storage.maintenance.rotation import BATCH, Unrotated, rotate, unrotated
from storage.repositories import homes, key_values
from storage.tables import TOKENS
from tests.support.dumps import dump
from tests.support.records import CHAT, NOW, a_home, store_one_of_each

HOMES = BATCH + 10
OTHERS = 22


class StoppedError(Exception):
    pass


@pytest.fixture(scope="module")
def newer() -> str:
    return new_key()


@pytest.fixture
def filled(database: Database) -> Database:
    def fill(tx: Tx) -> None:
        for chat_id in range(CHAT, CHAT + HOMES):
            homes.put(tx, a_home(chat_id=chat_id))
        store_one_of_each(tx)

    database.run_now(fill)
    return database


@pytest.fixture
def both(filled: Database, url: str, newer: str, key: str) -> Iterator[Database]:
    """Open the filled database with a new first key and the old one as the second."""
    assert filled.run_now(homes.all_homes)
    with closing(Database.open(url, Vault.from_keys([newer, key]))) as database:
        yield database


def key_ids(tx: Tx) -> set[bytes]:
    return {
        key_id_of(row["sealed"])
        for sealed in SEALED_TABLES
        for row in tx.connection.execute(sealed.table.select()).mappings()
    }


def test_rotation_seals_every_row_with_the_first_key(both: Database, newer: str) -> None:
    assert rotate(both, lambda *_: None) == HOMES + OTHERS
    assert both.run_now(key_ids) == {Vault.from_keys([newer]).current_key_id}


def test_old_key_is_not_needed_afterwards(both: Database, url: str, newer: str) -> None:
    before = both.run_now(dump)
    rotate(both, lambda *_: None)
    with closing(Database.open(url, Vault.from_keys([newer]))) as only_new:
        only_new.run_now(check_keys)
        assert only_new.run_now(dump) == before


def test_a_home_is_found_by_its_wallet_before_while_and_after_the_key_changes(
    both: Database, url: str, newer: str
) -> None:
    wallet = a_home().wallet
    assert wallet is not None

    def found(tx: Tx) -> int:
        return len(homes.holding(tx, wallet))

    assert both.run_now(found) == HOMES
    both.run_now(lambda tx: homes.put(tx, a_home(chat_id=CHAT - 1)))
    assert both.run_now(found) == HOMES + 1
    rotate(both, lambda *_: None)
    with closing(Database.open(url, Vault.from_keys([newer]))) as only_new:
        assert only_new.run_now(found) == HOMES + 1


def test_a_hidden_value_is_known_before_while_and_after_the_key_changes(
    both: Database, filled: Database, url: str, newer: str
) -> None:
    def hides(tx: Tx) -> tuple[bool, bool]:
        return key_values.hides(tx, "operator", "12"), key_values.hides(tx, "operator", "13")

    filled.run_now(lambda tx: key_values.hide(tx, "operator", "12", now=NOW))
    assert both.run_now(hides) == (True, False)
    assert both.run_now(unrotated) == Unrotated(HOMES + OTHERS + 1, 1)
    assert rotate(both, lambda *_: None) == HOMES + OTHERS + 1
    assert both.run_now(unrotated) == Unrotated(0, 0)
    with closing(Database.open(url, Vault.from_keys([newer]))) as only_new:
        assert only_new.run_now(hides) == (True, False)


def test_old_key_is_refused_afterwards(both: Database, filled: Database) -> None:
    rotate(both, lambda *_: None)
    with pytest.raises(WrongKeys):
        filled.run_now(check_keys)


def test_progress_is_reported_for_each_table(both: Database) -> None:
    told: list[tuple[str, int, int]] = []
    rotate(both, lambda *progress: told.append(progress))
    assert told == [
        ("homes", BATCH, HOMES),
        ("homes", HOMES, HOMES),
        ("tokens", 1, 1),
        ("cars", 1, 1),
        ("landings", 1, 1),
        ("link_permissions", 1, 1),
        ("link_consents", 1, 1),
        ("inbox", 1, 1),
        ("prompts", 1, 1),
        ("actions", 1, 1),
        ("code_queries", 1, 1),
        ("code_watches", 1, 1),
        ("members", 1, 1),
        ("invitations", 1, 1),
        ("shared_chats", 1, 1),
        ("access_changes", 1, 1),
        ("location_looks", 1, 1),
        ("schedules", 1, 1),
        ("note_watches", 1, 1),
        ("notes", 1, 1),
        ("note_choices", 1, 1),
        ("access_requests", 1, 1),
        ("home_settings", 1, 1),
        ("events", 1, 1),
    ]


def test_interrupted_rotation_resumes_where_it_stopped(both: Database, filled: Database) -> None:
    def stop(*_: object) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        rotate(both, stop)
    assert len(both.run_now(key_ids)) == 2
    filled.run_now(lambda tx: homes.put(tx, a_home(chat_id=CHAT + HOMES)))
    assert rotate(both, lambda *_: None) == HOMES - BATCH + 1 + OTHERS


def test_what_is_left_to_rotate_is_counted(both: Database) -> None:
    """Before a rotation the old key's rows need it; after it nothing does."""
    before = both.run_now(unrotated)
    rotate(both, lambda *_: None)
    assert (before, both.run_now(unrotated)) == (Unrotated(HOMES + OTHERS, 1), Unrotated(0, 0))


def test_rotating_twice_changes_nothing(both: Database) -> None:
    rotate(both, lambda *_: None)
    assert rotate(both, lambda *_: None) == 0


def test_old_key_stays_registered_where_another_process_still_seals_with_it(both: Database, filled: Database) -> None:
    def seal_with_the_old_key(table: str, *_: int) -> None:
        if table == "events":
            filled.run_now(lambda tx: homes.put(tx, a_home(chat_id=CHAT + HOMES)))

    rotate(both, seal_with_the_old_key)
    assert both.run_now(unrotated) == Unrotated(1, 1)


def test_row_that_does_not_open_stops_the_rotation_and_stays(both: Database) -> None:
    both.run_now(lambda tx: tx.connection.execute(update(TOKENS).values(sealed=b"\x01broken")))
    with pytest.raises((Tampered, WrongKeys)):
        rotate(both, lambda *_: None)
    kept = both.run_now(lambda tx: tx.connection.execute(TOKENS.select()).mappings().one())
    assert kept["sealed"] == b"\x01broken"


@pytest.mark.usefixtures("filled")
def test_rotation_without_the_old_key_is_refused(url: str) -> None:
    with closing(Database.open(url, Vault.from_keys([new_key()]))) as stranger, pytest.raises(WrongKeys):
        rotate(stranger, lambda *_: None)
