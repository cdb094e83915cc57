"""A presence on PostgreSQL: who does not renew it is declared dead, knows it before anybody else, and begins anew."""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from sqlalchemy import text

from storage.engine import heartbeat
from storage.engine.database import Database
from storage.engine.heartbeat import DEAD_SECONDS, HELD_SECONDS, Heartbeat
from storage.engine.presences import is_in_use, open_presence

_ROWS = text("SELECT count(*) FROM facts WHERE name LIKE 'process:%'")


class Steady:
    """The steady clock of all processes of a test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> Steady:
    steady = Steady()
    monkeypatch.setattr(heartbeat, "_steady", steady)
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 3600.0)
    return steady


@pytest.fixture
def process(postgres_database: Database, steady: Steady) -> Iterator[Callable[[], Heartbeat]]:
    """Begin a process whose beats the test does by hand, and whose end no other one sees in its file."""
    begun: list[Heartbeat] = []
    assert heartbeat._steady is steady

    def begin() -> Heartbeat:
        one = Heartbeat(postgres_database.engine)
        assert one._file is not None
        one._file.path.unlink()
        begun.append(one)
        return one

    yield begin
    for one in begun:
        one.close()


def beat(steady: Steady, seconds: float, *living: Heartbeat) -> None:
    """Let time pass in which these processes live."""
    for _ in range(int(seconds)):
        steady.now += 1
        for one in living:
            one.beat()


def test_a_process_that_beats_is_alive_for_ever(process: Callable[[], Heartbeat], steady: Steady) -> None:
    one, other = process(), process()
    numbers = one.number, other.number
    beat(steady, 10 * DEAD_SECONDS, one, other)
    assert (one.number, other.number) == numbers
    assert one.holds(one.number)
    assert other.is_alive(one.number)
    assert one.living() == other.living() == 2


def test_a_paused_process_loses_its_number_before_it_is_declared_dead_and_gets_another(
    process: Callable[[], Heartbeat], steady: Steady
) -> None:
    paused, other = process(), process()
    old = paused.number
    beat(steady, HELD_SECONDS, paused, other)
    beat(steady, HELD_SECONDS, other)
    assert not paused.holds(old)
    assert other.is_alive(old), "it is not declared dead as long as it may still be sending"
    beat(steady, DEAD_SECONDS - HELD_SECONDS + 1, other)
    assert not other.is_alive(old)
    assert other.living() == 1
    paused.beat()
    assert paused.number != old
    assert paused.holds(paused.number)
    assert not paused.holds(old)
    assert not paused.is_alive(old)
    assert other.is_alive(paused.number)


def test_a_paused_process_that_nobody_declared_dead_keeps_its_number(
    process: Callable[[], Heartbeat], steady: Steady
) -> None:
    alone = process()
    number = alone.number
    beat(steady, 1, alone)
    steady.now += 10 * DEAD_SECONDS
    assert not alone.holds(number)
    alone.beat()
    assert alone.number == number
    assert alone.holds(number)


def test_nobody_is_declared_dead_after_a_gap_that_all_had(process: Callable[[], Heartbeat], steady: Steady) -> None:
    """The database was away, or the whole computer was suspended."""
    one, other = process(), process()
    beat(steady, 3, one, other)
    steady.now += 10 * DEAD_SECONDS
    one.beat()
    assert one.is_alive(other.number)
    other.beat()
    beat(steady, 2 * DEAD_SECONDS, one, other)
    assert one.living() == other.living() == 2


def test_a_new_process_looks_for_long_enough_before_it_declares_others_dead(
    process: Callable[[], Heartbeat], steady: Steady
) -> None:
    dead = process()
    steady.now += 1000
    new = process()
    beat(steady, DEAD_SECONDS, new)
    assert new.is_alive(dead.number)
    beat(steady, 1, new)
    assert not new.is_alive(dead.number)


def test_a_process_that_died_on_the_same_computer_is_dead_at_once(
    postgres_database: Database, process: Callable[[], Heartbeat]
) -> None:
    one, died = process(), Heartbeat(postgres_database.engine)
    died._closing.set()
    died._thread.join()
    assert died._file is not None
    path = died._file.path
    one.beat()
    assert one.is_alive(died.number)
    assert one.living() == 2
    path.unlink()
    path.touch()  # as a file whose process has died
    assert not one.is_alive(died.number)
    one.beat()
    assert one.living() == 1
    assert not path.exists()
    died.close()


def test_a_row_that_is_being_renewed_is_neither_removed_nor_waited_for(
    process: Callable[[], Heartbeat], postgres_database: Database, steady: Steady
) -> None:
    slow, other = process(), process()
    other.beat()
    with postgres_database.engine.connect() as renewing:
        renewing.execute(
            text("UPDATE facts SET updated_at = clock_timestamp() WHERE name = :name"),
            {"name": f"process:{slow.number}"},
        )
        beat(steady, DEAD_SECONDS + 2, other)
        renewing.commit()
    assert other.is_alive(slow.number)


def test_a_closed_presence_leaves_nothing(postgres_database: Database) -> None:
    with closing(open_presence(postgres_database)):
        assert is_in_use(postgres_database)
    assert not is_in_use(postgres_database)
    assert postgres_database.run_now(lambda tx: tx.connection.execute(_ROWS).scalar_one()) == 0


def test_what_was_left_behind_long_ago_does_not_use_the_database(
    process: Callable[[], Heartbeat], postgres_database: Database
) -> None:
    process()
    old = text("UPDATE facts SET updated_at = clock_timestamp() - interval '1 minute' WHERE name LIKE 'process:%'")
    postgres_database.run_now(lambda tx: tx.connection.execute(old))
    assert not is_in_use(postgres_database)


def test_a_database_without_tables_is_not_in_use(empty_postgres: str, vault: object) -> None:
    from storage.encryption.vault import Vault

    assert isinstance(vault, Vault)
    with closing(Database.open(empty_postgres, vault)) as database:
        assert not is_in_use(database)


def test_a_presence_beats_by_itself(postgres_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own timeout is the limit."""
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.01)
    with closing(open_presence(postgres_database)) as one, closing(open_presence(postgres_database)):
        while one.living() < 2:
            pass
