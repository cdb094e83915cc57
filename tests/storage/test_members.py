from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

import pytest
from sqlalchemy import update

from storage.encryption.vault import Tampered
from storage.engine.database import Database, DatabaseFault, Tx
from storage.records import Member
from storage.repositories import members
from storage.tables import MEMBERS
from tests.support.records import CHAT, DAY, MINUTE, NOW, OWNER, PERSON, a_member
from tests.support.threads import race

FULL = a_member(role="guest", until=NOW + DAY, last_used_at=NOW + MINUTE, end_told_at=NOW + 2 * DAY, name="")


def put(database: Database, *those: Member) -> None:
    for member in those:
        database.run_now(partial(members.put, record=member))


def get(database: Database, home_chat_id: int = CHAT, person_id: int = PERSON) -> Member | None:
    return database.run_now(lambda tx: members.get(tx, home_chat_id, person_id))


def listed(database: Database, home_chat_id: int = CHAT) -> list[Member]:
    return database.run_now(lambda tx: members.list_for(tx, home_chat_id))


def ended(database: Database, now: datetime = NOW) -> list[Member]:
    return database.run_now(lambda tx: members.ended_untold(tx, now=now))


def told(database: Database, *, until: datetime = NOW) -> bool:
    return database.run_now(lambda tx: members.mark_end_told(tx, CHAT, PERSON, until=until, now=NOW + MINUTE))


def test_member_is_read_as_last_stored(database: Database) -> None:
    for member in (a_member(), FULL):
        put(database, member)
        assert get(database) == member
        assert listed(database) == [member]
    assert database.run_now(lambda tx: members.get_for_update(tx, CHAT, PERSON)) == FULL


def test_members_are_found_by_person_and_home(sqlite_database: Database) -> None:
    later = a_member(person_id=OWNER, added_at=NOW + MINUTE, role="owner")
    same_moment = a_member(person_id=PERSON + 1)
    elsewhere = a_member(home_chat_id=CHAT + 1, role="guest")
    put(sqlite_database, later, same_moment, elsewhere, a_member())
    assert listed(sqlite_database) == [a_member(), same_moment, later]
    assert listed(sqlite_database, CHAT + 1) == [elsewhere]
    assert get(sqlite_database, CHAT + 1) == elsewhere
    assert get(sqlite_database, CHAT + 1, OWNER) is None
    assert sqlite_database.run_now(lambda tx: members.homes_of(tx, PERSON)) == [CHAT, CHAT + 1]
    assert sqlite_database.run_now(lambda tx: members.homes_of(tx, PERSON + 9)) == []


def test_removing_a_member_keeps_the_others(database: Database) -> None:
    others = [a_member(person_id=PERSON + 1), a_member(home_chat_id=CHAT + 1)]
    put(database, a_member(), *others)
    assert database.run_now(lambda tx: members.remove(tx, CHAT, PERSON))
    assert not database.run_now(lambda tx: members.remove(tx, CHAT, PERSON))
    assert listed(database) + listed(database, CHAT + 1) == others


def test_use_is_stored_for_that_member_only(sqlite_database: Database) -> None:
    put(sqlite_database, a_member(), a_member(person_id=PERSON + 1), a_member(home_chat_id=CHAT + 1))
    sqlite_database.run_now(lambda tx: members.touch(tx, CHAT, PERSON, now=NOW + DAY))
    assert listed(sqlite_database) == [a_member(last_used_at=NOW + DAY), a_member(person_id=PERSON + 1)]
    assert listed(sqlite_database, CHAT + 1) == [a_member(home_chat_id=CHAT + 1)]


def test_only_ends_that_came_and_were_not_announced_are_listed(database: Database) -> None:
    over = [
        a_member(home_chat_id=CHAT + 1, until=NOW - DAY),
        a_member(until=NOW - MINUTE),
        a_member(person_id=PERSON + 1, until=NOW),
    ]
    soon = a_member(person_id=PERSON + 2, until=NOW + MINUTE)
    told_before = a_member(person_id=PERSON + 3, until=NOW - 2 * DAY, end_told_at=NOW)
    put(database, *over[::-1], soon, told_before, a_member(person_id=PERSON + 4))
    assert ended(database) == over
    assert database.run_now(members.next_end) == NOW - DAY
    assert database.run_now(lambda tx: members.next_end(tx, after=NOW)) == NOW + MINUTE
    assert database.run_now(lambda tx: members.next_end(tx, after=NOW + MINUTE)) is None


def test_an_end_is_announced_once_and_a_later_end_again(database: Database) -> None:
    put(database, a_member(until=NOW), a_member(home_chat_id=CHAT + 1, until=NOW))
    assert [told(database), told(database)] == [True, False]
    assert get(database) == a_member(until=NOW, end_told_at=NOW + MINUTE)
    assert ended(database) == [a_member(home_chat_id=CHAT + 1, until=NOW)]
    put(database, a_member(until=NOW + DAY))
    assert not told(database), "it is no longer the end that was seen"
    assert told(database, until=NOW + DAY)


def test_an_end_is_announced_by_one_of_two_processes(database: Database, open_database: Callable[[], Database]) -> None:
    put(database, a_member(until=NOW))
    answers = race([partial(told, each) for each in (database, open_database()) * 8])
    assert sorted(answers) == [False] * 15 + [True]


def test_reading_for_update_admits_one_transaction_at_a_time(
    database: Database, open_database: Callable[[], Database]
) -> None:
    """Without the lock two transactions would read the same end, and one of their extensions would be lost."""

    def extend(tx: Tx) -> None:
        member = members.get_for_update(tx, CHAT, PERSON)
        assert member is not None
        assert member.until is not None
        members.put(tx, replace(member, until=member.until + MINUTE))

    put(database, a_member(until=NOW))
    race([partial(each.run_now, extend) for each in (database, open_database()) * 8])
    assert get(database) == a_member(until=NOW + 16 * MINUTE)


def test_a_member_that_does_not_open_is_left_out_of_lists_and_stays(sqlite_database: Database) -> None:
    other = a_member(person_id=PERSON + 1, until=NOW)
    put(sqlite_database, a_member(until=NOW), other)
    spoil = update(MEMBERS).where(MEMBERS.c.person_id == PERSON).values(sealed=bytes(80))
    sqlite_database.run_now(lambda tx: tx.connection.execute(spoil))
    assert listed(sqlite_database) == ended(sqlite_database) == [other]
    with pytest.raises(Tampered):
        get(sqlite_database)
    assert sqlite_database.run_now(lambda tx: members.homes_of(tx, PERSON)) == [CHAT]


def test_the_database_refuses_an_unknown_role(database: Database) -> None:
    with pytest.raises(DatabaseFault, match="ck_members_role"):
        put(database, a_member(role="operator"))
