"""Adoption of the actions of a dead process: by one process, and only if they are unchanged since it looked."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from storage.engine.database import Database
from storage.repositories import journal
from storage.tables import ACTIONS
from tests.support.records import CAR, MINUTE, NOW, OWNER, an_action
from tests.support.threads import race

DEAD, TAKER, ANOTHER = 1, 2, 3


def adopt(database: Database, action_id: str, *, state: str, instance: int = TAKER) -> bool:
    return database.run_now(lambda tx: journal.adopt(tx, action_id, was=DEAD, state=state, instance=instance))


def settle(database: Database, action_id: str, state: str) -> None:
    database.run_now(lambda tx: journal.settle(tx, action_id, expected=["sending"], state=state, now=NOW))


def instance_of(database: Database, action_id: str) -> int | None:
    row = database.run_now(lambda tx: journal.get(tx, action_id))
    assert row is not None
    return row.instance


@pytest.fixture
def left(database: Database) -> Database:
    """Return a database with one sending action, of a process that died."""
    database.run_now(lambda tx: journal.intend(tx, an_action(instance=DEAD)))
    return database


def test_an_unchanged_action_is_adopted(left: Database) -> None:
    assert adopt(left, "action-1", state="sending")
    assert instance_of(left, "action-1") == TAKER


def test_an_action_that_was_settled_meanwhile_is_not_adopted(left: Database) -> None:
    """Its process was not dead after all, and has stored the outcome."""
    settle(left, "action-1", "accepted")
    assert not adopt(left, "action-1", state="sending")
    assert instance_of(left, "action-1") == DEAD


def test_a_queued_action_that_began_meanwhile_is_not_adopted(left: Database) -> None:
    """Otherwise it would be reported as never sent while its own process is sending it."""
    later = an_action("action-2", instance=DEAD, requested_at=NOW + timedelta(seconds=1))
    left.run_now(lambda tx: journal.intend(tx, later))
    settle(left, "action-1", "accepted")
    left.run_now(lambda tx: journal.begin(tx, "action-2", instance=DEAD, now=NOW + MINUTE))
    assert not adopt(left, "action-2", state="queued")
    assert instance_of(left, "action-2") == DEAD


def test_an_action_that_another_process_has_taken_is_not_adopted(left: Database) -> None:
    assert adopt(left, "action-1", state="sending", instance=ANOTHER)
    assert not adopt(left, "action-1", state="sending")
    assert instance_of(left, "action-1") == ANOTHER


def test_of_many_simultaneous_adoptions_in_two_processes_one_succeeds(
    left: Database, open_database: Callable[[], Database]
) -> None:
    databases = (left, open_database()) * 8
    takers = [
        partial(adopt, database, "action-1", state="sending", instance=10 + number)
        for number, database in enumerate(databases)
    ]
    assert sorted(race(takers)) == [False] * 15 + [True]


def test_a_row_that_does_not_open_is_left_out_of_every_list_of_actions(left: Database) -> None:
    """The other rows are still listed."""
    other = an_action("action-2", car_id=CAR + 1, instance=DEAD)
    left.run_now(lambda tx: journal.intend(tx, other))
    change = ACTIONS.update().where(ACTIONS.c.id == "action-1").values(sealed=b"\x01" + bytes(80))
    left.run_now(lambda tx: tx.connection.execute(change))
    lists = [
        left.run_now(lambda tx: journal.open_ends(tx, now=NOW, since=NOW - MINUTE)),
        left.run_now(lambda tx: journal.recent_by_person(tx, OWNER, since=NOW - MINUTE)),
    ]
    assert [[row.id for row in rows] for rows in lists] == [["action-2"]] * 2
