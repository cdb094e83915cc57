"""After erasure no row names the person or holds their id."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from storage.engine.database import Database, Tx
from storage.records import ActionRow, NoteChoice
from storage.repositories import (
    access_changes,
    access_requests,
    code_queries,
    erasure,
    events,
    homes,
    invitations,
    journal,
    journal_pages,
    location_looks,
    login_states,
    members,
    note_choices,
    notes,
    panels,
    prompts,
    schedules,
    shared_chats,
)
from storage.tables import MEMBERS, PROMPTS
from tests.support.dumps import dump
from tests.support.records import (
    CAR,
    CHAT,
    GROUP,
    NOW,
    PERSON,
    a_choice,
    a_code_query,
    a_home,
    a_location_look,
    a_member,
    a_note,
    a_panel,
    a_prompt,
    a_schedule,
    a_shared_chat,
    an_access_change,
    an_access_request,
    an_action,
    an_event,
    an_invitation,
    some_query_details,
)

OTHER = PERSON + 1
CLEO = ("Cleo", "Cleo W.", "Cleo Wintergreen", "cleo")
BEN = ("Ben", "Ben W.", "Ben Wintergreen", "ben")

Names = tuple[str, str, str, str]


def did(action_id: str, person_id: int, name: str, **changes: Any) -> ActionRow:
    details = replace(an_action().details, person_name=name)
    return an_action(action_id, person_id=person_id, details=details, sent_at=NOW, **changes)


def live(tx: Tx, person_id: int, names: Names) -> None:
    """Store a row of the person, under several names, in every table that can hold one."""
    first, second, third, fourth = names
    mark = first[0]
    members.put(tx, a_member(person_id=person_id, name=first, role="owner"))
    members.put(tx, a_member(person_id=ord(mark), added_by=person_id, name="Dan"))
    invitations.add(tx, an_invitation(f"made by {mark}", created_by=person_id, name=first))
    invitations.add(tx, an_invitation(f"used by {mark}", used_at=NOW, used_by=person_id))
    access_changes.add(tx, an_access_change(f"joined {mark}", person_id=person_id, name=first))
    notes.put(tx, a_note(f"note of {mark}", person_id=person_id))
    note_choices.put(tx, NoteChoice(person_id, True))
    schedules.put(tx, a_schedule(f"schedule of {mark}", person_id=person_id, person_name=first))
    location_looks.add(tx, a_location_look(f"look of {mark}", person_id=person_id, name=third))
    request = an_access_request(home_chat_id=CHAT + 1, person_id=person_id, chat_id=person_id, name=second)
    access_requests.put(tx, request)
    prompts.add(tx, a_prompt(id=f"prompt of {mark}", person_id=person_id, chat_id=GROUP))
    about = a_prompt(id=f"prompt about {mark}", subject="remove", about=str(person_id), state="confirmed")
    prompts.add(tx, about)
    prompts.add(tx, a_prompt(id=f"prompt at {mark}'s home", home_chat_id=person_id))
    private = a_shared_chat(chat_id=person_id, kind="private", attached_by=person_id, title=first)
    shared_chats.attach(tx, private)
    shared_chats.attach(tx, a_shared_chat(chat_id=-ord(mark), attached_by=person_id))
    shared_chats.choose(tx, a_choice(chat_id=person_id, person_id=person_id))
    shared_chats.choose(tx, a_choice(chat_id=GROUP, person_id=person_id))
    panels.put(tx, a_panel(chat_id=person_id, person_id=person_id))
    login_states.add(tx, state_hash=f"hash of {mark}", chat_id=person_id, expires_at=NOW)
    journal.intend(tx, did(f"at home {mark}", person_id, third, chat_id=person_id, car_id=ord(mark)))
    journal.intend(tx, did(f"in a group {mark}", person_id, third, chat_id=GROUP, car_id=-ord(mark)))
    asked = some_query_details(person_name=fourth, cleared_by=None)
    code_queries.put(tx, a_code_query(f"asked by {mark}", person_id=person_id, details=asked))
    cleared = some_query_details(person_name="Ann", cleared_by=third)
    code_queries.put(tx, a_code_query(f"cleared by {mark}", clear_state="delivered", details=cleared))
    renamed = some_query_details(cleared_by=f"{mark}. once", cleared_by_id=person_id)
    elsewhere = a_code_query(chat_id=CHAT + person_id % 9, clear_state="delivered", details=renamed)
    code_queries.put(tx, elsewhere)
    looked_at = a_code_query(f"looked at by {mark}", shown_chat_id=person_id, message_id=5)
    code_queries.put(tx, looked_at)
    events.add(tx, an_event(f"elsewhere of {mark}", home_chat_id=CHAT + 8, details={"who": person_id}))
    told = {"by": fourth, "of": second, "person_id": person_id, "what": "frunk"}
    events.add(tx, an_event(f"event of {mark}", details=told))


@pytest.fixture
def lived(database: Database) -> Database:
    """Return a database with two people in a home; a namesake cleared a query in another home."""

    def fill(tx: Tx) -> None:
        homes.put(tx, a_home())
        namesake = some_query_details(person_name="Cleo", cleared_by="Cleo")
        elsewhere = a_code_query(chat_id=CHAT + 9, person_id=9, clear_state="delivered", details=namesake)
        code_queries.put(tx, elsewhere)
        live(tx, OTHER, BEN)

    database.run_now(fill)
    return database


def test_erasure_removes_the_person_everywhere_and_nobody_else(lived: Database) -> None:
    before = lived.run_now(dump)
    lived.run_now(lambda tx: live(tx, PERSON, CLEO))
    lived.run_now(lambda tx: erasure.forget(tx, PERSON))
    after = lived.run_now(dump)
    assert before < after
    left = {table for table, _ in after - before}
    named = {"access_changes", "events"}
    assert left == {"members", "invitations", "shared_chats", "actions", "code_queries", "location_looks"} | named
    told = str({row for row in after - before if row[0] not in named})
    assert str(PERSON) not in str(after - before)
    assert not [word for word in (str(PERSON), "Cleo", "cleo", "C. once") if word in told]


def test_what_the_person_did_stays_as_nobodys(lived: Database) -> None:
    def left(tx: Tx) -> list[object]:
        return [
            journal.get(tx, "at home C"),
            journal.get(tx, "in a group C"),
            code_queries.get(tx, CHAT, CAR, "asked by C"),
            code_queries.get(tx, CHAT, CAR, "cleared by C"),
            invitations.by_code(tx, "hash of used by C"),
            members.get(tx, CHAT, ord("C")),
            [shared for shared in shared_chats.of_home(tx, CHAT) if shared.chat_id == -ord("C")],
            [event.details for event in events.due(tx, now=NOW) if event.id == "event of C"],
        ]

    lived.run_now(lambda tx: live(tx, PERSON, CLEO))
    for _ in range(2):
        lived.run_now(lambda tx: erasure.forget(tx, PERSON))
        assert lived.run_now(left) == [
            did("at home C", 0, "", chat_id=CHAT, message_id=None, car_id=ord("C")),
            did("in a group C", 0, "", chat_id=GROUP, car_id=-ord("C")),
            a_code_query("asked by C", person_id=None, details=some_query_details(person_name=None, cleared_by=None)),
            a_code_query(
                "cleared by C",
                clear_state="delivered",
                details=some_query_details(person_name="Ann", cleared_by=None),
            ),
            an_invitation("used by C", used_at=NOW, used_by=None),
            a_member(person_id=ord("C"), added_by=0, name="Dan"),
            [a_shared_chat(chat_id=-ord("C"), attached_by=0)],
            [{"by": "cleo", "of": "Cleo W.", "person_id": 0, "what": "frunk"}],
        ]


def test_the_journal_of_the_persons_home_is_deleted_except_actions_under_way(database: Database) -> None:
    def fill(tx: Tx) -> None:
        homes.put(tx, a_home(chat_id=PERSON))
        for number, name in enumerate(("over", "under way")):
            journal.intend(tx, did(name, OTHER, "Ben", home_chat_id=PERSON, car_id=number))
        journal.settle(tx, "over", expected=["sending"], state="accepted", now=NOW)

    def left(tx: Tx) -> list[str]:
        return [row.id for row in journal_pages.page(tx, home_chat_ids=[PERSON], limit=9)]

    database.run_now(fill)
    database.run_now(lambda tx: erasure.forget(tx, PERSON))
    assert database.run_now(left) == ["under way", "over"], "a home that still exists keeps its journal"
    database.run_now(lambda tx: homes.unlink(tx, PERSON))
    database.run_now(lambda tx: erasure.forget(tx, PERSON))
    assert database.run_now(left) == ["under way"]


def test_the_persons_actions_and_those_in_their_home_are_under_way_until_they_have_an_outcome(
    database: Database,
) -> None:
    def under_way(tx: Tx) -> list[bool]:
        return [erasure.is_under_way(tx, person) for person in (PERSON, OTHER, CHAT, GROUP)]

    database.run_now(lambda tx: journal.intend(tx, did("action", PERSON, "Cleo")))
    assert database.run_now(under_way) == [True, False, True, False]
    database.run_now(lambda tx: journal.settle(tx, "action", expected=["sending"], state="accepted", now=NOW))
    assert database.run_now(under_way) == [False, False, False, False]


def test_a_row_that_does_not_open_does_not_prevent_erasure(sqlite_database: Database) -> None:
    def fill(tx: Tx) -> None:
        live(tx, PERSON, CLEO)
        tx.connection.execute(update(MEMBERS).where(MEMBERS.c.person_id == PERSON).values(sealed=bytes(80)))

    sqlite_database.run_now(fill)
    sqlite_database.run_now(lambda tx: erasure.forget(tx, PERSON))
    assert sqlite_database.run_now(lambda tx: members.homes_of(tx, PERSON)) == []
    row = sqlite_database.run_now(lambda tx: journal.get(tx, "in a group C"))
    assert row == did("in a group C", 0, "", chat_id=GROUP, car_id=-ord("C"))


def test_erasure_reads_no_prompts_of_homes_that_the_person_has_nothing_to_do_with(
    lived: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Reading a row that does not open is logged: here every prompt of another home is such a row."""

    def fill(tx: Tx) -> None:
        live(tx, PERSON, CLEO)
        for number in range(20):
            prompts.add(tx, a_prompt(id=f"elsewhere {number}", home_chat_id=CHAT + 99, person_id=OTHER, about="7"))
        tx.connection.execute(update(PROMPTS).where(PROMPTS.c.home_chat_id == CHAT + 99).values(sealed=bytes(80)))

    lived.run_now(fill)
    lived.run_now(lambda tx: erasure.forget(tx, PERSON))
    assert "does not open" not in caplog.text


def test_a_denial_for_good_survives_erasure(lived: Database) -> None:
    """Otherwise whoever was denied would ask again, and the owner would not know them."""
    denied = an_access_request(home_chat_id=CHAT + 1, person_id=PERSON, state="denied_for_good", name="Cleo")
    lived.run_now(lambda tx: access_requests.put(tx, denied))
    lived.run_now(lambda tx: erasure.forget(tx, PERSON))
    assert lived.run_now(lambda tx: access_requests.get(tx, CHAT + 1, PERSON)) == denied


def test_erasing_an_unknown_person_changes_nothing(lived: Database) -> None:
    before = lived.run_now(dump)
    lived.run_now(lambda tx: erasure.forget(tx, PERSON))
    assert lived.run_now(dump) == before
