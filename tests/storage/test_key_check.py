from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import update

from storage.encryption.vault import Vault, WrongKeys, new_key
from storage.engine.database import Database
from storage.maintenance.key_check import check_keys
from storage.repositories import homes
from storage.tables import CANARIES
from tests.support.records import a_home


def test_right_keys_pass_repeatedly(database: Database) -> None:
    database.run_now(check_keys)
    database.run_now(check_keys)


def test_other_keys_are_refused(url: str) -> None:
    with (
        closing(Database.open(url, Vault.from_keys([new_key()]))) as stranger,
        pytest.raises(WrongKeys, match="ENCRYPTION_KEYS does not hold the key"),
    ):
        stranger.run_now(check_keys)


def test_refused_keys_do_not_change_the_file(sqlite_url: str, vault: Vault) -> None:
    with closing(Database.open(sqlite_url, vault)) as database:
        database.run_now(lambda tx: homes.put(tx, a_home()))
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    before = file.read_bytes()
    with (
        closing(Database.open(sqlite_url, Vault.from_keys([new_key()]))) as stranger,
        pytest.raises(WrongKeys),
    ):
        stranger.run_now(check_keys)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_new_first_key_beside_the_old_one_passes(url: str, key: str) -> None:
    newer = new_key()
    with closing(Database.open(url, Vault.from_keys([newer, key]))) as both:
        both.run_now(check_keys)
    with closing(Database.open(url, Vault.from_keys([newer]))) as only_new, pytest.raises(WrongKeys):
        only_new.run_now(check_keys)


def test_a_key_that_does_not_open_its_canary_is_refused(database: Database) -> None:
    database.run_now(lambda tx: tx.connection.execute(update(CANARIES).values(sealed=b"something else")))
    with pytest.raises(WrongKeys):
        database.run_now(check_keys)
