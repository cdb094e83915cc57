from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import update

from storage.encryption.vault import Tampered
from storage.engine.database import Database, DatabaseFault, Tx
from storage.records import AccessRequest
from storage.repositories import access_requests
from storage.tables import ACCESS_REQUESTS
from tests.support.records import CHAT, GROUP, MINUTE, NOW, PERSON, an_access_request
from tests.support.threads import race

ANSWERED = an_access_request(state="denied", answered_at=NOW + MINUTE, message_id=4_000_000_000, name="")


def put(database: Database, *requests: AccessRequest) -> None:
    for request in requests:
        database.run_now(partial(access_requests.put, record=request))


def add_new(database: Database, request: AccessRequest) -> bool:
    return database.run_now(lambda tx: access_requests.add_new(tx, request))


def get(database: Database, home_chat_id: int = CHAT, person_id: int = PERSON) -> AccessRequest | None:
    return database.run_now(lambda tx: access_requests.get(tx, home_chat_id, person_id))


def open_for(database: Database) -> list[AccessRequest]:
    return database.run_now(lambda tx: access_requests.open_for(tx, CHAT))


def test_request_is_read_as_last_stored(database: Database) -> None:
    assert get(database) is None
    put(database, an_access_request())
    assert get(database) == an_access_request()
    put(database, ANSWERED)
    assert get(database) == ANSWERED
    assert database.run_now(lambda tx: access_requests.get_for_update(tx, CHAT, PERSON)) == ANSWERED


def test_new_request_does_not_replace_one_that_was_answered(database: Database) -> None:
    assert add_new(database, ANSWERED)
    assert not add_new(database, an_access_request())
    assert get(database) == ANSWERED
    assert add_new(database, an_access_request(home_chat_id=CHAT + 1))
    assert add_new(database, an_access_request(person_id=PERSON + 1))


def test_of_many_simultaneous_requests_in_two_processes_one_is_stored(
    database: Database, open_database: Callable[[], Database]
) -> None:
    databases = (database, open_database()) * 8
    requests = [an_access_request(chat_id=GROUP - number) for number in range(16)]
    answers = race([partial(add_new, each, one) for each, one in zip(databases, requests, strict=True)])
    assert sorted(answers) == [False] * 15 + [True]
    assert get(database) == requests[answers.index(True)]


def test_reading_for_update_admits_one_transaction_at_a_time(
    database: Database, open_database: Callable[[], Database]
) -> None:
    """Without the lock two transactions would find the request open, and both would answer it."""

    def count_up(tx: Tx) -> None:
        request = access_requests.get_for_update(tx, CHAT, PERSON)
        assert request is not None
        access_requests.put(tx, replace(request, message_id=(request.message_id or 0) + 1))

    put(database, an_access_request())
    race([partial(each.run_now, count_up) for each in (database, open_database()) * 8])
    assert get(database) == an_access_request(message_id=16)


def test_open_requests_are_listed_oldest_first_without_those_that_do_not_open(database: Database) -> None:
    older = an_access_request(person_id=PERSON + 2, asked_at=NOW - MINUTE)
    states = ("allowed", "denied", "denied_for_good")
    answered = [an_access_request(person_id=number, state=state) for number, state in enumerate(states)]
    put(database, an_access_request(), older, an_access_request(home_chat_id=CHAT + 1), *answered)
    assert open_for(database) == [older, an_access_request()]
    spoil = update(ACCESS_REQUESTS).where(ACCESS_REQUESTS.c.person_id == PERSON).values(sealed=bytes(80))
    database.run_now(lambda tx: tx.connection.execute(spoil))
    assert open_for(database) == [older]
    with pytest.raises(Tampered):
        get(database)


def test_the_database_refuses_an_unknown_state(database: Database) -> None:
    with pytest.raises(DatabaseFault, match="ck_access_requests_state"):
        put(database, an_access_request(state="ignored"))
