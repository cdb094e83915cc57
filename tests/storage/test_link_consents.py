from collections.abc import Callable
from datetime import datetime
from functools import partial

import pytest
from sqlalchemy import select

from storage.engine.database import Database
from storage.records import LinkConsent
from storage.repositories import erasure, link_consents
from storage.tables import LINK_CONSENTS
from tests.support.dumps import dump
from tests.support.records import CHAT, MINUTE, NOW, PERSON, a_link_consent
from tests.support.threads import race

END = NOW + 15 * MINUTE
FIRST = a_link_consent()
SECOND = a_link_consent("consent-2", chat_id=PERSON + 1, expires_at=END + MINUTE)


@pytest.fixture
def two(database: Database) -> Database:
    for one in (FIRST, SECOND):
        database.run_now(partial(link_consents.add, record=one))
    return database


def take(
    database: Database, consent_id: str = "consent-1", *, by: int = CHAT, now: datetime = NOW
) -> LinkConsent | None:
    return database.run_now(lambda tx: link_consents.take(tx, consent_id, asked_chat_id=by, now=now))


def left(database: Database) -> set[str]:
    return set(database.run_now(lambda tx: tx.connection.execute(select(LINK_CONSENTS.c.id)).scalars().all()))


def test_a_link_is_taken_as_it_was_stored_once_and_leaves_nothing(two: Database) -> None:
    assert take(two) == FIRST
    assert take(two) is None
    assert left(two) == {"consent-2"}


@pytest.mark.parametrize("late", [END, END + MINUTE])
def test_only_the_asked_chat_takes_a_link_and_only_in_time(two: Database, late: datetime) -> None:
    assert take(two, by=PERSON) is None
    assert take(two, by=0) is None
    assert take(two, "another") is None
    assert take(two, now=late) is None
    assert take(two, now=END - MINUTE) == FIRST


def test_of_many_answers_in_two_processes_one_gets_the_link(
    two: Database, open_database: Callable[[], Database]
) -> None:
    answers = race([partial(take, each) for each in (two, open_database()) * 8])
    assert [one for one in answers if one is not None] == [FIRST]


def test_a_link_is_answered_where_it_was_asked_last(two: Database) -> None:
    two.run_now(lambda tx: link_consents.ask(tx, "consent-1", asked_chat_id=9))
    two.run_now(lambda tx: link_consents.set_message(tx, "consent-1", 77))
    assert take(two) is None
    assert take(two, by=9) == a_link_consent(asked_chat_id=9, message_id=77)
    assert take(two, "consent-2") == SECOND


def test_a_chat_waits_until_its_links_time_is_over(two: Database) -> None:
    def waits(chat_id: int, now: datetime) -> bool:
        return two.run_now(lambda tx: link_consents.is_waiting(tx, chat_id, now=now))

    assert [waits(PERSON, NOW), waits(PERSON, END), waits(PERSON + 1, END), waits(CHAT, NOW)] == [
        True,
        False,
        True,
        False,
    ]


def test_links_whose_time_is_over_are_taken_out_once(two: Database) -> None:
    def expired(now: datetime) -> list[LinkConsent]:
        return two.run_now(lambda tx: link_consents.take_expired(tx, now=now))

    assert two.run_now(link_consents.next_expiry) == END
    assert expired(END - MINUTE) == []
    assert (expired(END), expired(END)) == ([FIRST], [])
    assert two.run_now(link_consents.next_expiry) == END + MINUTE
    two.run_now(lambda tx: tx.connection.execute(LINK_CONSENTS.update().values(sealed=bytes(80))))
    assert expired(END + MINUTE) == []
    assert left(two) == set()
    assert two.run_now(link_consents.next_expiry) is None


def test_one_link_is_dropped_or_those_of_a_chat(two: Database) -> None:
    two.run_now(lambda tx: link_consents.drop(tx, "consent-1"))
    assert left(two) == {"consent-2"}
    two.run_now(lambda tx: link_consents.drop_of_chat(tx, PERSON))
    assert left(two) == {"consent-2"}
    two.run_now(lambda tx: link_consents.drop_of_chat(tx, PERSON + 1))
    assert left(two) == set()


def test_erasure_removes_the_link_of_a_person(two: Database) -> None:
    two.run_now(lambda tx: erasure.forget(tx, PERSON))
    assert left(two) == {"consent-2"}


def test_after_erasure_of_who_was_asked_nobody_can_answer(two: Database) -> None:
    two.run_now(lambda tx: erasure.forget(tx, CHAT))
    assert take(two) is None
    assert two.run_now(lambda tx: link_consents.take_expired(tx, now=END)) == [a_link_consent(asked_chat_id=0)]
    assert str(CHAT) not in str([row for row in two.run_now(dump) if "asked_chat_id" in row[1]])
