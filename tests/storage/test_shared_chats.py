from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import update

from storage.engine.database import Database, DatabaseFault, Tx
from storage.records import ChatChoice, SharedChat
from storage.repositories import access_requests, code_queries, journal, prompts, shared_chats
from storage.tables import SHARED_CHATS
from tests.support.records import (
    CAR,
    CHAT,
    GROUP,
    MINUTE,
    NOW,
    PERSON,
    a_choice,
    a_code_query,
    a_prompt,
    a_shared_chat,
    an_access_request,
    an_action,
)
from tests.support.threads import race

NEW = GROUP - 1_000_000_000_000
ELSEWHERE = GROUP - 5


def attach(database: Database, *those: SharedChat) -> None:
    for shared in those:
        database.run_now(partial(shared_chats.attach, record=shared))


def choose(database: Database, *those: ChatChoice) -> None:
    for choice in those:
        database.run_now(partial(shared_chats.choose, choice=choice))


def all_of_chat(tx: Tx, chat_id: int) -> list[SharedChat]:
    """Return what the chat is attached to, ordered by home."""
    homes = shared_chats.homes_of_chat(tx, chat_id)
    return [shared for home in homes for shared in shared_chats.of_home(tx, home) if shared.chat_id == chat_id]


def of_chat(database: Database, chat_id: int = GROUP) -> list[SharedChat]:
    return database.run_now(lambda tx: all_of_chat(tx, chat_id))


def choice(database: Database, chat_id: int = GROUP, person_id: int = PERSON) -> ChatChoice | None:
    return database.run_now(lambda tx: shared_chats.choice(tx, chat_id, person_id))


def move(database: Database, old: int = GROUP, new: int = NEW) -> None:
    database.run_now(lambda tx: shared_chats.move(tx, old, new))


def test_attached_chats_are_found_by_chat_and_by_home(database: Database) -> None:
    private = a_shared_chat(chat_id=PERSON, kind="private", title="", attached_at=NOW - MINUTE)
    second_home = a_shared_chat(home_chat_id=CHAT + 1, title="Tea party")
    attach(database, second_home, a_shared_chat(title="Old title"), private, a_shared_chat())
    assert of_chat(database) == [a_shared_chat(), second_home]
    assert database.run_now(lambda tx: shared_chats.of_home(tx, CHAT)) == [private, a_shared_chat()]
    assert database.run_now(lambda tx: shared_chats.homes_of_chat(tx, GROUP)) == [CHAT, CHAT + 1]
    assert of_chat(database, ELSEWHERE) == []
    assert database.run_now(lambda tx: shared_chats.homes_of_chat(tx, ELSEWHERE)) == []


def test_the_last_choice_of_a_car_counts(sqlite_database: Database) -> None:
    assert choice(sqlite_database) is None
    choose(sqlite_database, a_choice(chat_id=ELSEWHERE), a_choice(), a_choice(home_chat_id=CHAT + 1, car_id=7))
    assert choice(sqlite_database) == a_choice(home_chat_id=CHAT + 1, car_id=7)
    assert choice(sqlite_database, ELSEWHERE) == a_choice(chat_id=ELSEWHERE)
    assert choice(sqlite_database, person_id=PERSON + 1) is None


def test_detaching_a_home_deletes_the_choice_of_its_car(database: Database) -> None:
    attach(database, a_shared_chat(), a_shared_chat(home_chat_id=CHAT + 1), a_shared_chat(chat_id=ELSEWHERE))
    choose(database, a_choice(home_chat_id=CHAT + 1), a_choice(chat_id=ELSEWHERE))

    def detach(home_chat_id: int) -> bool:
        return database.run_now(lambda tx: shared_chats.detach(tx, GROUP, home_chat_id))

    assert [detach(CHAT), detach(CHAT)] == [True, False]
    assert choice(database) == a_choice(home_chat_id=CHAT + 1)
    assert detach(CHAT + 1)
    assert (of_chat(database), choice(database)) == ([], None)
    assert of_chat(database, ELSEWHERE) == [a_shared_chat(chat_id=ELSEWHERE)]
    assert choice(database, ELSEWHERE) == a_choice(chat_id=ELSEWHERE)


def test_deleted_chat_is_detached_from_all_its_homes(database: Database) -> None:
    attach(database, a_shared_chat(home_chat_id=CHAT + 1), a_shared_chat(), a_shared_chat(chat_id=ELSEWHERE))
    choose(database, a_choice())
    assert database.run_now(lambda tx: shared_chats.detach_chat(tx, GROUP)) == [CHAT, CHAT + 1]
    assert database.run_now(lambda tx: shared_chats.detach_chat(tx, GROUP)) == []
    assert (of_chat(database), choice(database)) == ([], None)
    assert of_chat(database, ELSEWHERE) == [a_shared_chat(chat_id=ELSEWHERE)]


def fill(tx: Tx, chat_id: int) -> None:
    """Store the chat's id in every table that can hold it."""
    shared_chats.attach(tx, a_shared_chat(chat_id=chat_id))
    shared_chats.attach(tx, a_shared_chat(chat_id=chat_id, home_chat_id=CHAT + 1))
    shared_chats.choose(tx, a_choice(chat_id=chat_id))
    prompts.add(tx, a_prompt(id=f"prompt {chat_id}", chat_id=chat_id, message_id=5))
    car = CAR - chat_id
    journal.intend(tx, an_action(f"action {chat_id}", chat_id=chat_id, car_id=car, sent_at=NOW))
    code_queries.put(tx, a_code_query(f"query {chat_id}", shown_chat_id=chat_id, message_id=5))
    access_requests.put(tx, an_access_request(person_id=PERSON - chat_id, chat_id=chat_id, message_id=5))


def everything(database: Database, chat_id: int, was: int) -> list[object]:
    """Read all rows that `fill` stored for a chat, which may have another id now."""

    def read(tx: Tx) -> list[object]:
        return [
            all_of_chat(tx, chat_id),
            shared_chats.choice(tx, chat_id, PERSON),
            prompts.get(tx, f"prompt {was}"),
            journal.get(tx, f"action {was}"),
            code_queries.get(tx, CHAT, CAR, f"query {was}"),
            access_requests.get(tx, CHAT, PERSON - was),
        ]

    return database.run_now(read)


def kept(chat_id: int, was: int, message_id: int | None, action_message_id: int | None) -> list[object]:
    action = an_action(f"action {was}", car_id=CAR - was, sent_at=NOW)
    return [
        [a_shared_chat(chat_id=chat_id), a_shared_chat(chat_id=chat_id, home_chat_id=CHAT + 1)],
        a_choice(chat_id=chat_id),
        a_prompt(id=f"prompt {was}", chat_id=chat_id, message_id=message_id),
        replace(action, chat_id=chat_id, message_id=action_message_id),
        a_code_query(f"query {was}", shown_chat_id=chat_id, message_id=message_id),
        an_access_request(person_id=PERSON - was, chat_id=chat_id, message_id=5),
    ]


def test_a_chats_id_is_replaced_everywhere_and_its_old_messages_are_forgotten(database: Database) -> None:
    """In the new chat other messages have their numbers; the message about a request is in another chat."""
    database.run_now(lambda tx: fill(tx, GROUP))
    database.run_now(lambda tx: fill(tx, ELSEWHERE))
    for _ in range(2):
        move(database)
        assert everything(database, NEW, GROUP) == kept(NEW, GROUP, None, None)
    assert (of_chat(database), choice(database)) == ([], None)
    assert everything(database, ELSEWHERE, ELSEWHERE) == kept(ELSEWHERE, ELSEWHERE, 5, 11)


def test_simultaneous_moves_in_two_processes_move_once(
    database: Database, open_database: Callable[[], Database]
) -> None:
    database.run_now(lambda tx: fill(tx, GROUP))
    race([partial(move, each) for each in (database, open_database()) * 4])
    assert everything(database, NEW, GROUP) == kept(NEW, GROUP, None, None)
    assert (of_chat(database), choice(database)) == ([], None)


def test_moving_to_the_same_id_changes_nothing(sqlite_database: Database) -> None:
    sqlite_database.run_now(lambda tx: fill(tx, GROUP))
    move(sqlite_database, GROUP, GROUP)
    assert everything(sqlite_database, GROUP, GROUP) == kept(GROUP, GROUP, 5, 11)


def test_rows_that_already_have_the_new_id_stay(database: Database) -> None:
    there = a_shared_chat(chat_id=NEW, title="New title")
    attach(database, there, a_shared_chat(), a_shared_chat(home_chat_id=CHAT + 1))
    choose(database, a_choice(chat_id=NEW, car_id=7), a_choice())
    move(database)
    assert of_chat(database, NEW) == [there, a_shared_chat(chat_id=NEW, home_chat_id=CHAT + 1)]
    assert choice(database, NEW) == a_choice(chat_id=NEW, car_id=7)
    assert (of_chat(database), choice(database)) == ([], None)


def test_a_row_that_does_not_open_is_not_moved_and_stays(sqlite_database: Database) -> None:
    """Sealed again for the new id, content that an attacker copied here would open there."""
    attach(sqlite_database, a_shared_chat(), a_shared_chat(home_chat_id=CHAT + 1))
    spoil = update(SHARED_CHATS).where(SHARED_CHATS.c.home_chat_id == CHAT).values(sealed=bytes(80))
    sqlite_database.run_now(lambda tx: tx.connection.execute(spoil))
    move(sqlite_database)
    assert of_chat(sqlite_database, NEW) == [a_shared_chat(chat_id=NEW, home_chat_id=CHAT + 1)]
    assert sqlite_database.run_now(lambda tx: shared_chats.homes_of_chat(tx, GROUP)) == [CHAT]


def test_the_database_refuses_an_unknown_kind(database: Database) -> None:
    with pytest.raises(DatabaseFault, match="ck_shared_chats_kind"):
        attach(database, a_shared_chat(kind="channel"))
