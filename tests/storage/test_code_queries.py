import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update

from storage.encryption.vault import Tampered
from storage.engine.database import Database, DatabaseFault, Tx
from storage.records import CodeEntry, CodeQuery
from storage.repositories import code_queries
from storage.tables import CODE_QUERIES
from tests.support.records import CAR, CHAT, MINUTE, NOW, OWNER, a_code_query, some_query_details
from tests.support.threads import race

MOMENT = timedelta(microseconds=1)
MESSAGE = 4_000_000_000

FULL = a_code_query(
    state="delivered",
    dimo_at=NOW + MINUTE,
    cleared_at=NOW + 2 * MINUTE,
    clear_state="refused",
    tries=3,
    next_try_at=NOW + 3 * MINUTE,
    shown_chat_id=-CHAT,
    message_id=MESSAGE,
)
EMPTY = a_code_query(
    person_id=None, details=some_query_details(entries=(), person_name=None, cleared_by=None, reason=None)
)
ODD = a_code_query(
    details=some_query_details(
        entries=(CodeEntry("", ""), CodeEntry("x" * 5000, "\x00 <b>\ud800 ž🚗"), CodeEntry("P0301"))
    )
)
HISTORY = [
    a_code_query("c", asked_at=NOW),
    a_code_query("a", asked_at=NOW + MOMENT, state="delivered"),
    a_code_query("b", asked_at=NOW + MOMENT, state="refused"),
    a_code_query("0", asked_at=NOW + MINUTE),
]
OTHERS = [
    a_code_query("draft-1", asked_at=NOW - MINUTE, state="draft"),
    a_code_query("draft-2", asked_at=NOW + MOMENT, state="draft"),
    a_code_query("draft-3", asked_at=NOW + 2 * MINUTE, state="draft"),
    a_code_query("1", asked_at=NOW + 3 * MINUTE, car_id=CAR + 1),
    a_code_query("2", asked_at=NOW + 3 * MINUTE, chat_id=CHAT + 1),
]


def put(database: Database, *queries: CodeQuery) -> None:
    for query in queries:
        database.run_now(partial(code_queries.put, record=query))


def get(database: Database, query_id: str = "query-1", *, chat_id: int = CHAT, car_id: int = CAR) -> object:
    return database.run_now(lambda tx: code_queries.get(tx, chat_id, car_id, query_id))


def add_new(database: Database, query: CodeQuery) -> bool:
    return database.run_now(lambda tx: code_queries.add_new(tx, query))


def listed(database: Database, limit: int = 100) -> list[CodeQuery]:
    return database.run_now(lambda tx: code_queries.list_for(tx, CHAT, CAR, limit=limit))


def due(database: Database) -> list[str]:
    return [query.id for query in database.run_now(lambda tx: code_queries.due(tx, now=NOW))]


def spoil(database: Database, query_id: str) -> None:
    """Change the row's ciphertext."""
    change = update(CODE_QUERIES).where(CODE_QUERIES.c.id == query_id).values(sealed=bytes(80))
    database.run_now(lambda tx: tx.connection.execute(change))


@pytest.fixture
def asked(database: Database) -> Database:
    put(database, *HISTORY, *OTHERS)
    return database


@pytest.mark.parametrize("query", [FULL, EMPTY, ODD], ids=["full", "empty", "odd"])
def test_query_comes_back_as_it_was_kept(database: Database, query: CodeQuery) -> None:
    put(database, query)
    assert get(database) == query
    assert listed(database) == [query]


def test_putting_again_replaces_the_whole_query(database: Database) -> None:
    put(database, FULL, EMPTY)
    assert get(database) == EMPTY


def test_unknown_query_is_none(asked: Database) -> None:
    assert get(asked, "nobody") is None
    assert get(asked, "c", chat_id=CHAT + 1) is None
    assert get(asked, "c", car_id=CAR + 1) is None


def test_queries_of_two_cars_may_have_the_same_id(database: Database) -> None:
    other = a_code_query(car_id=CAR + 1, tries=5)
    put(database, a_code_query(), other)
    assert get(database) == a_code_query()
    assert get(database, car_id=CAR + 1) == other


def test_new_query_does_not_replace_the_one_with_its_key(database: Database) -> None:
    assert add_new(database, FULL)
    assert not add_new(database, EMPTY)
    assert get(database) == FULL


def test_new_query_with_the_id_of_another_cars_is_added(database: Database) -> None:
    put(database, a_code_query(car_id=CAR + 1))
    assert add_new(database, a_code_query())


def test_of_many_that_add_one_key_in_two_processes_one_does(
    database: Database, open_database: Callable[[], Database]
) -> None:
    databases = (database, open_database()) * 8
    runners = [partial(add_new, each, a_code_query(tries=number + 1)) for number, each in enumerate(databases)]
    answers = race(runners)
    assert sorted(answers) == [False] * 15 + [True]
    assert get(database) == a_code_query(tries=answers.index(True) + 1)


def test_what_is_read_to_be_changed_is_changed_by_one_at_a_time(
    database: Database, open_database: Callable[[], Database]
) -> None:
    """Without the lock two would read the same count, and one of their changes would be lost."""

    def count_up(tx: Tx) -> None:
        query = code_queries.get_for_update(tx, CHAT, CAR, "query-1")
        assert query is not None
        code_queries.put(tx, replace(query, tries=query.tries + 1))

    put(database, a_code_query())
    race([partial(each.run_now, count_up) for each in (database, open_database()) * 8])
    assert get(database) == a_code_query(tries=16)


def test_unknown_query_to_be_changed_is_none(database: Database) -> None:
    assert database.run_now(lambda tx: code_queries.get_for_update(tx, CHAT, CAR, "query-1")) is None


def test_queries_are_listed_newest_first_without_drafts(asked: Database) -> None:
    assert listed(asked) == HISTORY[::-1]


def test_a_list_has_a_limit(asked: Database) -> None:
    assert listed(asked, limit=2) == HISTORY[:1:-1]


def test_car_with_drafts_alone_has_no_list(database: Database) -> None:
    put(database, a_code_query(state="draft"))
    assert listed(database) == []


@pytest.mark.parametrize(
    ("query", "neighbours"),
    [
        (HISTORY[0], (None, "a")),
        (HISTORY[1], ("c", "b")),
        (HISTORY[2], ("a", "0")),
        (HISTORY[3], ("b", None)),
        (a_code_query("draft-2", asked_at=NOW + MOMENT), ("b", "0")),
    ],
    ids=["oldest", "first of two at once", "second of two at once", "newest", "draft"],
)
def test_neighbours_are_the_next_in_the_list(
    asked: Database, query: CodeQuery, neighbours: tuple[str | None, str | None]
) -> None:
    assert asked.run_now(lambda tx: code_queries.neighbours(tx, query)) == neighbours


def test_only_query_of_a_car_has_no_neighbours(database: Database) -> None:
    put(database, a_code_query(), *OTHERS)
    assert database.run_now(lambda tx: code_queries.neighbours(tx, a_code_query())) == (None, None)


def test_due_are_those_whose_next_try_has_come_the_oldest_first(database: Database) -> None:
    put(
        database,
        a_code_query("younger", asked_at=NOW - MINUTE, next_try_at=NOW - MINUTE),
        a_code_query("older", asked_at=NOW - 2 * MINUTE, next_try_at=NOW),
        a_code_query("elsewhere", asked_at=NOW - 3 * MINUTE, next_try_at=NOW, chat_id=CHAT + 1),
        a_code_query("later", next_try_at=NOW + MOMENT),
        a_code_query("settled", next_try_at=None),
    )
    assert due(database) == ["elsewhere", "older", "younger"]


def test_next_due_is_the_soonest_next_try(database: Database) -> None:
    put(database, a_code_query("settled"), a_code_query("later", next_try_at=NOW + MINUTE))
    put(database, a_code_query("soon", next_try_at=NOW))
    assert database.run_now(code_queries.next_due) == NOW
    assert database.run_now(lambda tx: code_queries.next_due(tx, after=NOW)) == NOW + MINUTE


def test_next_due_without_anything_to_try_is_none(database: Database) -> None:
    put(database, a_code_query())
    assert database.run_now(code_queries.next_due) is None


def shown(database: Database) -> set[str]:
    """Return the queries that a message shows; a query without a chat has no message either."""
    columns = (CODE_QUERIES.c.id, CODE_QUERIES.c.shown_chat_id, CODE_QUERIES.c.message_id)
    rows = database.run_now(lambda tx: tx.connection.execute(select(*columns)).all())
    assert all((chat is None) == (message is None) for _, chat, message in rows)
    return {query_id for query_id, _, message in rows if message is not None}


@pytest.mark.parametrize(
    ("but", "left"),
    [(None, {"next", "there"}), ("second", {"second", "next", "there"}), ("nobody", {"next", "there"})],
)
def test_a_message_that_shows_something_else_is_forgotten(database: Database, but: str | None, left: set[str]) -> None:
    put(
        database,
        a_code_query("first", shown_chat_id=CHAT, message_id=MESSAGE),
        a_code_query("second", shown_chat_id=CHAT, message_id=MESSAGE, car_id=CAR + 1),
        a_code_query("next", shown_chat_id=CHAT, message_id=MESSAGE + 1),
        a_code_query("there", shown_chat_id=OWNER, message_id=MESSAGE),
        a_code_query("unshown"),
    )
    database.run_now(lambda tx: code_queries.forget_message(tx, shown_chat_id=CHAT, message_id=MESSAGE, but=but))
    assert shown(database) == left


def named(query_id: str, asked_by: str | None, cleared_by: str | None, **changes: Any) -> CodeQuery:
    details = some_query_details(person_name=asked_by, cleared_by=cleared_by)
    return a_code_query(query_id, details=details, clear_state="delivered", **changes)


def test_a_person_is_taken_out_of_what_they_asked_and_of_what_they_cleared(database: Database) -> None:
    """Older rows have only the name of the person who cleared: the same name in another home stays."""
    put(
        database,
        named("asked", "Ann", "Cleo"),
        named("cleared before a change of names", "Cleo", "Ann", person_id=1),
        named("cleared", "Cleo", "Ben", person_id=1),
        named("both", "Ann", "Ben", car_id=CAR + 1),
        named("elsewhere", "Anna", "Ben", chat_id=CHAT + 1),
        named("namesake", "Ann", "Ann", person_id=1, chat_id=CHAT + 1),
    )
    for names in ({"Ann", "Anna"}, set()):
        anonymise = partial(code_queries.anonymise, person_id=OWNER, names={"Ben"}, home_chat_ids=[CHAT])
        assert database.run_now(anonymise) == names
        assert everything(database) == [
            named("asked", None, "Cleo", person_id=None),
            named("cleared", "Cleo", None, person_id=1),
            named("cleared before a change of names", "Cleo", None, person_id=1),
            named("both", None, None, person_id=None, car_id=CAR + 1),
            named("elsewhere", None, "Ben", person_id=None, chat_id=CHAT + 1),
            named("namesake", "Ann", "Ann", person_id=1, chat_id=CHAT + 1),
        ]


def everything(database: Database) -> list[CodeQuery]:
    keys = (CODE_QUERIES.c.chat_id, CODE_QUERIES.c.car_id, CODE_QUERIES.c.id)

    def read(tx: Tx) -> list[CodeQuery]:
        found = [code_queries.get(tx, *key) for key in tx.connection.execute(select(*keys).order_by(*keys))]
        return [query for query in found if query is not None]

    return database.run_now(read)


@pytest.mark.parametrize(
    "target",
    [a_code_query(car_id=CAR + 1), a_code_query(chat_id=CHAT + 1), a_code_query("query-2")],
    ids=["another car", "another chat", "another query"],
)
def test_what_is_copied_into_another_row_does_not_open(database: Database, target: CodeQuery) -> None:
    def attack(tx: Tx) -> None:
        code_queries.put(tx, a_code_query())
        sealed = tx.connection.execute(select(CODE_QUERIES.c.sealed)).scalar_one()
        code_queries.put(tx, target)
        tx.connection.execute(update(CODE_QUERIES).values(sealed=sealed))

    database.run_now(attack)
    assert get(database) == a_code_query()
    with pytest.raises(Tampered):
        get(database, target.id, chat_id=target.chat_id, car_id=target.car_id)


def test_a_query_that_does_not_open_is_left_out_of_lists_and_stays(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    put(database, a_code_query("good", next_try_at=NOW), a_code_query("spoilt", next_try_at=NOW))
    spoil(database, "spoilt")
    with caplog.at_level(logging.ERROR):
        assert [query.id for query in listed(database)] == ["good"]
        assert due(database) == ["good"]
    assert [record.getMessage() for record in caplog.records] == [
        "A row of code_queries does not open and is left as it is"
    ] * 2
    with pytest.raises(Tampered):
        get(database, "spoilt")
    assert database.run_now(lambda tx: len(tx.connection.execute(CODE_QUERIES.select()).all())) == 2


@pytest.mark.parametrize("wrong", [{"state": "asked"}, {"clear_state": "draft"}])
def test_the_database_refuses_a_state_that_there_is_not(database: Database, wrong: dict[str, str]) -> None:
    with pytest.raises(DatabaseFault, match=rf"ck_code_queries_{next(iter(wrong))}"):
        put(database, a_code_query(**wrong))


def test_nothing_private_is_in_a_records_text() -> None:
    told = repr(FULL)
    assert not [word for word in ("P0301", "U0100", "misfire", "Wintergreen") if word in told]
