from collections.abc import Callable
from functools import partial

from storage.engine import locks
from storage.engine.database import Database, Tx
from storage.repositories import key_values
from tests.support.records import NOW
from tests.support.threads import race


def add_if_few(tx: Tx, *, name: str) -> bool:
    """Store one more value if there are fewer than three: a rule about rows that do not exist yet."""
    locks.hold(tx, "person 5")
    if sum(key_values.get(tx, f"fact {number}") is not None for number in range(16)) >= 3:
        return False
    key_values.put(tx, name, "", now=NOW)
    return True


def test_transactions_with_the_same_lock_run_one_after_the_other(
    database: Database, open_database: Callable[[], Database]
) -> None:
    other = open_database()
    runners = [
        partial(db.run_now, partial(add_if_few, name=f"fact {number}"))
        for number, db in enumerate((database, other) * 8)
    ]
    assert sorted(race(runners)) == [False] * 13 + [True] * 3
