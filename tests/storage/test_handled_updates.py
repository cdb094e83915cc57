import hashlib
import re
from collections.abc import Callable
from contextlib import closing
from functools import partial

from sqlalchemy import select

from storage.encryption.vault import Vault, new_key
from storage.engine.database import Database
from storage.repositories import handled_updates
from storage.tables import HANDLED
from tests.support.records import NOW
from tests.support.threads import race


def test_first_time_is_true_once(database: Database) -> None:
    answers = [database.run_now(lambda tx: handled_updates.first_time(tx, "tap:1", now=NOW)) for _ in range(3)]
    assert answers == [True, False, False]


def test_each_key_has_its_own_first_time(database: Database) -> None:
    database.run_now(lambda tx: handled_updates.first_time(tx, "tap:1", now=NOW))
    assert database.run_now(lambda tx: handled_updates.first_time(tx, "tap:2", now=NOW))


def test_handled_keys_are_recognised_after_the_encryption_key_changed(
    sqlite_url: str, key: str, sqlite_database: Database
) -> None:
    sqlite_database.run_now(lambda tx: handled_updates.first_time(tx, "tap:1", now=NOW))
    both = Vault.from_keys([new_key(), key])
    with closing(Database.open(sqlite_url, both)) as database:
        for tap, is_first in (("tap:1", False), ("tap:2", True), ("tap:2", False)):
            assert database.run_now(partial(handled_updates.first_time, key=tap, now=NOW)) is is_first


def test_the_stored_fingerprint_identifies_nobody(sqlite_database: Database) -> None:
    """The key of a message in a private chat begins with the person's id."""
    sqlite_database.run_now(lambda tx: handled_updates.first_time(tx, "message:7000000001:5", now=NOW))
    (kept,) = sqlite_database.run_now(lambda tx: tx.connection.execute(select(HANDLED.c.key)).scalars().all())
    assert re.fullmatch("[0-9a-f]{64}", kept)
    guessed = hashlib.sha256(b"message:7000000001:5").hexdigest()
    assert kept != guessed


def test_of_many_simultaneous_deliveries_in_two_processes_one_is_first(
    database: Database, open_database: Callable[[], Database]
) -> None:
    other = open_database()
    runners = [
        partial(db.run_now, lambda tx: handled_updates.first_time(tx, "tap:1", now=NOW)) for db in (database, other) * 8
    ]
    assert sorted(race(runners)) == [False] * 15 + [True]
