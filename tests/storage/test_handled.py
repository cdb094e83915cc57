from collections.abc import Callable
from functools import partial

from storage import handled
from storage.database import Database
from tests.storage.builders import NOW
from tests.storage.racing import race


def test_first_time_is_true_once(database: Database) -> None:
    answers = [database.run_now(lambda tx: handled.first_time(tx, "tap:1", now=NOW)) for _ in range(3)]
    assert answers == [True, False, False]


def test_other_keys_are_their_own_first_time(database: Database) -> None:
    database.run_now(lambda tx: handled.first_time(tx, "tap:1", now=NOW))
    assert database.run_now(lambda tx: handled.first_time(tx, "tap:2", now=NOW))


def test_of_many_deliveries_in_two_processes_one_is_first(
    database: Database, open_database: Callable[[], Database]
) -> None:
    other = open_database()
    runners = [
        partial(db.run_now, lambda tx: handled.first_time(tx, "tap:1", now=NOW))
        for db in (database, other) * 8
    ]
    assert sorted(race(runners)) == [False] * 15 + [True]
