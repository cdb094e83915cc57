"""Counters: each caller gets another number, and a new window begins at one."""

from datetime import timedelta

from storage import Database
from storage.repositories import counters
from tests.support.clocks import START
from tests.support.threads import race

MINUTE = timedelta(minutes=1)


def count(database: Database, subject: int = 1, after: timedelta = timedelta()) -> int:
    return database.run_now(lambda tx: counters.count(tx, "looks", subject, now=START + after, window=MINUTE))


def test_simultaneous_callers_get_different_numbers(database: Database) -> None:
    seen = race([lambda: count(database) for _ in range(20)])
    assert sorted(seen) == list(range(1, 21))


def test_subjects_are_counted_apart(database: Database) -> None:
    assert [count(database, subject) for subject in (1, 2, 1, -1)] == [1, 1, 2, 1]


def test_a_window_begins_with_its_first_count_and_ends_on_time(database: Database) -> None:
    found = [count(database, after=timedelta(seconds=at)) for at in (0, 59, 60, 61, 119, 120)]
    assert found == [1, 2, 1, 2, 3, 1]
