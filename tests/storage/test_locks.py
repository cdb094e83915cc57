from collections.abc import Callable
from functools import partial

from storage.engine import locks
from storage.engine.database import Database, Tx
from storage.repositories import key_values
from tests.support.records import NOW
from tests.support.threads import race


def add_if_few(tx: Tx, *, name: str) -> bool:
    """Keep one fact more if there are fewer than three: a rule that counts rows which are not there yet."""
    locks.hold(tx, "person 5")
    if sum(key_values.get(tx, f"fact {number}") is not None for number in range(16)) >= 3:
        return False
    key_values.put(tx, name, "", now=NOW)
    return True


def test_transactions_that_hold_the_same_name_count_one_after_the_other(
    database: Database, open_database: Callable[[], Database]
) -> None:
    other = open_database()
    runners = [
        partial(db.run_now, partial(add_if_few, name=f"fact {number}"))
        for number, db in enumerate((database, other) * 8)
    ]
    assert sorted(race(runners)) == [False] * 13 + [True] * 3
