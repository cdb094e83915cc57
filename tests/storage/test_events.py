from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import update

from storage.engine.database import Database, DatabaseFault
from storage.records import Event
from storage.repositories import events
from storage.tables import EVENTS
from tests.support.records import CHAT, DAY, MINUTE, NOW, PERSON, an_event
from tests.support.threads import race

DETAILS = {"text": "ž🚗", "count": 7_000_000_000, "share": 0.5, "is_open": False, "nothing": None}


def add(database: Database, *those: Event) -> None:
    for event in those:
        database.run_now(partial(events.add, record=event))


def due(database: Database) -> list[Event]:
    return database.run_now(lambda tx: events.due(tx, now=NOW))


def delete(database: Database, *ids: str) -> list[str]:
    return database.run_now(lambda tx: events.delete(tx, ids))


def test_due_events_are_listed_home_by_home_soonest_first(database: Database) -> None:
    those = [
        an_event("c", due_at=NOW - MINUTE, details=DETAILS),
        an_event("b", created_at=NOW - MINUTE),
        an_event("a", details={}),
        an_event("z", home_chat_id=CHAT + 1, due_at=NOW - DAY),
    ]
    add(database, an_event("later", due_at=NOW + MINUTE), *those[::-1])
    assert due(database) == those
    assert database.run_now(events.next_due) == NOW - DAY
    assert database.run_now(lambda tx: events.next_due(tx, after=NOW)) == NOW + MINUTE
    assert database.run_now(lambda tx: events.next_due(tx, after=NOW + MINUTE)) is None


def test_a_second_event_with_the_same_id_is_an_error(database: Database) -> None:
    add(database, an_event())
    with pytest.raises(DatabaseFault, match=r"(?i)unique"):
        add(database, an_event(kind="ended"))


def test_deleting_events_returns_those_that_existed(sqlite_database: Database) -> None:
    add(sqlite_database, an_event("a"), an_event("b"), an_event("c"))
    assert delete(sqlite_database, "c", "a", "nobody") == ["a", "c"]
    assert delete(sqlite_database, "c") == delete(sqlite_database) == []
    assert due(sqlite_database) == [an_event("b")]


def test_of_many_simultaneous_deletions_in_two_processes_one_gets_each_event(
    database: Database, open_database: Callable[[], Database]
) -> None:
    ids = [f"event-{number}" for number in range(10)]
    add(database, *map(an_event, ids))
    databases = (database, open_database()) * 8
    # Half of them pass the ids in the opposite order: locking in the given order would end in a deadlock.
    taken = race([partial(delete, each, *ids[:: (-1) ** number]) for number, each in enumerate(databases)])
    assert sorted(event_id for part in taken for event_id in part) == ids


def test_a_postponed_event_is_due_later(database: Database) -> None:
    add(database, an_event("a", details=DETAILS), an_event("b"))
    seen, _ = due(database)
    assert database.run_now(lambda tx: events.postpone(tx, seen, until=NOW + DAY))
    assert not database.run_now(lambda tx: events.postpone(tx, seen, until=NOW + MINUTE))
    assert not database.run_now(lambda tx: events.postpone(tx, an_event("gone"), until=NOW + MINUTE))
    assert due(database) == [an_event("b")]
    later = database.run_now(lambda tx: events.due(tx, now=NOW + DAY))
    assert later == [an_event("b"), an_event("a", details=DETAILS, due_at=NOW + DAY)]


def test_what_a_process_was_announcing_is_released_and_nothing_else(database: Database) -> None:
    add(database, *map(an_event, ("a", "b", "c", "d")))
    for number, seen in zip((1, 1, 2, None), due(database), strict=True):
        database.run_now(partial(events.postpone, event=seen, until=NOW + DAY, by=number))
    assert sorted(database.run_now(events.claimers)) == [1, 2]
    database.run_now(lambda tx: events.release(tx, 1, now=NOW))
    assert due(database) == [an_event("a"), an_event("b")]
    assert database.run_now(events.claimers) == [2]


def test_of_many_simultaneous_postponements_in_two_processes_one_succeeds(
    database: Database, open_database: Callable[[], Database]
) -> None:
    add(database, an_event())
    (seen,) = due(database)
    take = partial(events.postpone, event=seen, until=NOW + MINUTE)
    taken = race([partial(each.run_now, take) for each in (database, open_database()) * 8])
    assert sorted(taken) == [False] * 15 + [True]


def test_forgetting_a_number_keeps_the_names_that_a_home_is_still_to_be_told(database: Database) -> None:
    mine = {"by": "Cleo", "id": PERSON, "count": 1, "what": "Cleo's car", "is_open": True, "nothing": None}
    elsewhere = an_event("elsewhere", home_chat_id=CHAT + 1, details=mine)
    namesake = an_event("namesake", home_chat_id=CHAT + 2, details={**mine, "id": PERSON + 1})
    spoilt = an_event("spoilt")
    add(database, an_event(details=mine), elsewhere, namesake, spoilt)
    spoil = update(EVENTS).where(EVENTS.c.id == "spoilt").values(sealed=bytes(80))
    database.run_now(lambda tx: tx.connection.execute(spoil))
    unnumbered = {**mine, "id": 0}
    for _ in range(2):
        database.run_now(lambda tx: events.forget_number(tx, PERSON))
        elsewhere = an_event("elsewhere", home_chat_id=CHAT + 1, details=unnumbered)
        assert due(database) == [an_event(details=unnumbered), elsewhere, namesake]
