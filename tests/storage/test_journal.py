from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from storage.engine.database import Database, DatabaseFault, Tx
from storage.records import ActionRow
from storage.repositories import journal, journal_pages
from storage.tables import ACTIONS
from tests.support.plans import plans
from tests.support.records import CAR, CHAT, MINUTE, NOW, OWNER, an_action, unfinished
from tests.support.threads import race

SENDING = an_action(sent_at=NOW)


class UndoneError(Exception):
    pass


def intend_one(database: Database, row: ActionRow) -> ActionRow:
    return database.run_now(lambda tx: journal.intend(tx, row))


def intend(database: Database, *rows: ActionRow) -> list[ActionRow]:
    return [intend_one(database, row) for row in rows]


def settle(database: Database, action_id: str, state: str, *, expected: str = "sending") -> ActionRow | None:
    return database.run_now(
        lambda tx: journal.settle(tx, action_id, expected=[expected], state=state, now=NOW + MINUTE)
    )


def begin(database: Database, action_id: str) -> ActionRow | None:
    return database.run_now(lambda tx: journal.begin(tx, action_id, instance=2, now=NOW + MINUTE))


def get(database: Database, action_id: str) -> ActionRow | None:
    return database.run_now(lambda tx: journal.get(tx, action_id))


def test_intent_on_a_free_car_is_sending(database: Database) -> None:
    assert intend(database, an_action()) == [SENDING]
    assert get(database, "action-1") == SENDING


def test_intent_on_a_busy_car_is_queued(database: Database) -> None:
    _, second = intend(database, an_action(), an_action("action-2"))
    assert second == an_action("action-2", state="queued")
    assert get(database, "action-2") == second


def test_intent_behind_a_queued_action_is_queued_although_none_is_sending(database: Database) -> None:
    intend(database, an_action(), an_action("action-2"))
    settle(database, "action-1", "accepted")
    assert [row.state for row in intend(database, an_action("action-3"))] == ["queued"]


def test_actions_of_other_cars_do_not_wait(database: Database) -> None:
    _, other = intend(database, an_action(), an_action("action-2", car_id=CAR + 1))
    assert other.state == "sending"


def test_intent_with_a_taken_id_is_an_error(database: Database) -> None:
    intend(database, an_action())
    with pytest.raises(Exception, match=r"(?i)unique"):
        intend(database, an_action(car_id=CAR + 1))


def test_of_many_simultaneous_intents_in_two_processes_one_is_sending(
    database: Database, open_database: Callable[[], Database]
) -> None:
    other = open_database()
    runners = [
        partial(intend_one, db, an_action(f"action-{number}")) for number, db in enumerate((database, other) * 8)
    ]
    assert sorted(row.state for row in race(runners)) == ["queued"] * 15 + ["sending"]


def test_queued_action_begins_when_its_car_is_free(database: Database) -> None:
    intend(database, an_action(), an_action("action-2"))
    settle(database, "action-1", "accepted")
    begun = an_action("action-2", state="sending", instance=2, sent_at=NOW + MINUTE)
    assert begin(database, "action-2") == begun


def test_queued_action_does_not_begin_while_another_is_sending(database: Database) -> None:
    intend(database, an_action(), an_action("action-2"))
    assert begin(database, "action-2") is None


def test_queued_actions_begin_in_their_order(database: Database) -> None:
    rows = [an_action(f"action-{n}", requested_at=NOW + n * MINUTE) for n in (1, 2, 3)]
    intend(database, *rows)
    settle(database, "action-1", "accepted")
    assert begin(database, "action-3") is None
    assert begin(database, "action-2") is not None


def test_settled_action_never_begins_again(database: Database) -> None:
    intend(database, an_action())
    settle(database, "action-1", "unknown")
    assert begin(database, "action-1") is None


def test_queued_action_begins_in_one_of_two_processes(
    database: Database, open_database: Callable[[], Database]
) -> None:
    intend(database, an_action(), an_action("action-2"))
    settle(database, "action-1", "accepted")
    other = open_database()
    begun = race([partial(begin, db, "action-2") for db in (database, other) * 4])
    assert len([row for row in begun if row is not None]) == 1


@pytest.mark.parametrize("attempt", range(5))
def test_a_simultaneous_intent_and_begin_leave_one_sending(
    database: Database, open_database: Callable[[], Database], attempt: int
) -> None:
    intend(database, an_action(), an_action("action-2"))
    settle(database, "action-1", "accepted")
    other = open_database()
    race(
        [
            lambda: begin(database, "action-2"),
            lambda: settle(other, "action-2", "refused", expected="queued"),
            lambda: intend(other, an_action("action-3")),
            lambda: intend(database, an_action("action-4")),
        ]
    )
    states = [row.state for row in database.run_now(unfinished)]
    assert states.count("sending") <= 1, attempt


def test_database_itself_refuses_two_sending_actions_on_one_car(database: Database) -> None:
    intend(database, an_action(), an_action("action-2"))
    update = ACTIONS.update().values(state="sending")
    with pytest.raises(DatabaseFault):
        database.run_now(lambda tx: tx.connection.execute(update))


def test_database_refuses_an_unknown_state(database: Database) -> None:
    intend(database, an_action())
    update = ACTIONS.update().values(state="fine")
    with pytest.raises(DatabaseFault, match="ck_actions_state"):
        database.run_now(lambda tx: tx.connection.execute(update))


def test_settling_keeps_the_details_that_are_not_given(database: Database) -> None:
    intend(database, an_action())
    database.run_now(
        lambda tx: journal.settle(
            tx,
            "action-1",
            expected=["sending"],
            state="accepted",
            now=NOW + MINUTE,
            watch_until=NOW + 6 * MINUTE,
            request_id="request-7",
        )
    )
    settled = settle(database, "action-1", "confirmed", expected="accepted")
    assert settled == replace(
        SENDING,
        state="confirmed",
        settled_at=NOW + MINUTE,
        watch_until=None,
        version=2,
        details=replace(SENDING.details, request_id="request-7"),
    )
    assert get(database, "action-1") == settled


def test_settling_from_an_unexpected_state_changes_nothing(database: Database) -> None:
    intend(database, an_action())
    assert settle(database, "action-1", "confirmed", expected="accepted") is None
    assert get(database, "action-1") == SENDING


def test_settling_an_unknown_action_returns_none(database: Database) -> None:
    assert settle(database, "action-1", "confirmed") is None


def test_of_many_simultaneous_settlements_in_two_processes_one_succeeds(
    database: Database, open_database: Callable[[], Database]
) -> None:
    intend(database, an_action())
    other = open_database()
    settled = race([partial(settle, db, "action-1", "unknown") for db in (database, other) * 8])
    assert len([row for row in settled if row is not None]) == 1


def show(database: Database, row: ActionRow, *, message: int = 4_000_000_000) -> bool:
    return database.run_now(lambda tx: journal.mark_shown(tx, row, message_id=message))


def test_what_was_shown_is_stored(database: Database) -> None:
    row = intend_one(database, an_action())
    assert show(database, row)
    shown = replace(SENDING, message_id=4_000_000_000, shown_state="sending", shown_version=0)
    assert get(database, "action-1") == shown


def test_an_older_version_that_is_shown_late_changes_nothing(database: Database) -> None:
    older = intend_one(database, an_action())
    newer = settle(database, "action-1", "accepted")
    assert newer is not None
    assert show(database, newer, message=7)
    assert not show(database, replace(older, message_id=7), message=7)
    found = get(database, "action-1")
    assert found is not None
    assert (found.version, found.shown_version, found.shown_state) == (1, 1, "accepted")


def test_a_message_of_somebody_who_was_forgotten_is_not_noted(database: Database) -> None:
    row = intend_one(database, an_action())
    database.run_now(lambda tx: journal.anonymise(tx, row.person_id))
    assert not show(database, row)


def test_readings_are_stored_with_their_moments(database: Database) -> None:
    intend(database, an_action())
    settled = database.run_now(
        lambda tx: journal.settle(
            tx,
            "action-1",
            expected=["sending"],
            state="confirmed",
            now=NOW,
            reading_value=1.0,
            reading_at=NOW + MINUTE,
            still_open=("trunk_open",),
            opening_until=NOW + 3 * MINUTE,
        )
    )
    assert settled is not None
    assert settled.details == replace(
        SENDING.details,
        reading_value=1.0,
        reading_at=NOW + MINUTE,
        still_open=("trunk_open",),
        opening_until=NOW + 3 * MINUTE,
    )
    assert get(database, "action-1") == settled


def test_open_ends_are_unfinished_watched_or_not_shown(database: Database) -> None:
    names = ("queued", "watched", "unshown", "shown", "long ago")
    for number, name in enumerate(names):
        age = 10 * MINUTE if name == "long ago" else 0 * MINUTE
        intend(database, an_action(name, car_id=CAR + number, requested_at=NOW - age))
    settle(database, "unshown", "unknown")
    settle(database, "long ago", "unknown")
    settled = settle(database, "shown", "refused")
    assert settled is not None
    show(database, settled)
    until = NOW + 6 * MINUTE
    watched = database.run_now(
        lambda tx: journal.settle(tx, "watched", expected=["sending"], state="accepted", now=NOW, watch_until=until)
    )
    assert watched is not None
    show(database, watched)
    found = database.run_now(lambda tx: journal.open_ends(tx, now=NOW, since=NOW - MINUTE))
    assert sorted(row.id for row in found) == ["queued", "unshown", "watched"]


def test_open_ends_begin_with_queued_and_sending_actions_oldest_first(database: Database) -> None:
    done = an_action("done", car_id=CAR + 1)
    later = an_action("later", requested_at=NOW + MINUTE)
    intend(database, done, an_action(), later)
    settle(database, "done", "accepted")
    found = database.run_now(unfinished)
    assert [(row.id, row.state) for row in found] == [("action-1", "sending"), ("later", "queued")]


@pytest.mark.parametrize(
    ("state", "is_watched"),
    [("accepted", True), ("not_confirmed", True), ("confirmed", False), ("unknown", False)],
)
def test_open_ends_contain_actions_that_the_car_may_still_confirm(
    database: Database, state: str, is_watched: bool
) -> None:
    intend(database, an_action())
    until = NOW + 6 * MINUTE
    row = database.run_now(
        lambda tx: journal.settle(tx, "action-1", expected=["sending"], state=state, now=NOW, watch_until=until)
    )
    assert row is not None
    show(database, row)
    assert len(database.run_now(lambda tx: journal.open_ends(tx, now=NOW, since=NOW - MINUTE))) == is_watched
    left = database.run_now(lambda tx: journal.open_ends(tx, now=until, since=NOW - MINUTE))
    assert [one.state for one in left] == ["accepted"] * (state == "accepted")


def test_recent_actions_of_a_person_are_listed_newest_first(database: Database) -> None:
    intend(
        database,
        an_action("old", requested_at=NOW - MINUTE),
        an_action("first"),
        an_action("second", requested_at=NOW + MINUTE, car_id=CAR + 1),
        an_action("somebody", person_id=OWNER + 1),
    )
    recent = database.run_now(lambda tx: journal.recent_by_person(tx, OWNER, since=NOW))
    assert [row.id for row in recent] == ["second", "first"]


def test_recent_actions_on_a_car_are_everybodys_newest_first(database: Database) -> None:
    intend(
        database,
        an_action("old", requested_at=NOW - MINUTE),
        an_action("first"),
        an_action("another car", car_id=CAR + 1),
        an_action("somebody", person_id=OWNER + 1, requested_at=NOW + MINUTE),
    )
    recent = database.run_now(lambda tx: journal.recent_on_car(tx, CAR, since=NOW))
    assert [row.id for row in recent] == ["somebody", "first"]


def pages(database: Database, *home_chat_ids: int, limit: int, person_id: int | None = None) -> list[list[str]]:
    """Read pages until one is not full."""
    found: list[list[str]] = []
    before = None
    while not found or len(found[-1]) == limit:
        read = partial(journal_pages.page, home_chat_ids=home_chat_ids, person_id=person_id, before=before, limit=limit)
        rows = database.run_now(read)
        found.append([row.id for row in rows])
        before = (rows[-1].requested_at, rows[-1].id) if rows else None
    return found


# Actions of one moment are ordered by their ids; most locales order "a" and "B" the other way round.
PAGED = [
    an_action("newest", requested_at=NOW + MINUTE),
    an_action("b", home_chat_id=CHAT + 1),
    an_action("a", person_id=OWNER + 1),
    an_action("B"),
    an_action("A", home_chat_id=CHAT + 1),
    an_action("-"),
    an_action("oldest", requested_at=NOW - MINUTE, home_chat_id=CHAT + 1, person_id=OWNER + 1),
]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_contain_every_action_of_the_homes_once_newest_first(database: Database, limit: int) -> None:
    intend(database, *PAGED[::-1], an_action("elsewhere", home_chat_id=CHAT + 2))
    found = pages(database, CHAT, CHAT + 1, CHAT, limit=limit)
    assert [name for page in found for name in page] == [row.id for row in PAGED]
    assert {len(page) for page in found[:-1]} <= {limit}
    assert pages(database, CHAT, CHAT + 1, limit=100, person_id=OWNER + 1) == [["a", "oldest"]]
    assert pages(database, CHAT + 1, limit=100, person_id=OWNER) == [["b", "A"]]
    assert pages(database, limit=100) == pages(database, CHAT + 3, limit=100) == [[]]


def test_pages_are_the_same_in_every_locale(postgres_database: Database) -> None:
    """Most servers order "a" before "B", but pages of several homes are merged with "B" first."""

    def read(tx: Tx) -> None:
        tx.connection.execute(text('ALTER TABLE actions ALTER COLUMN id TYPE varchar COLLATE "en-x-icu"'))
        for row in PAGED:
            journal.intend(tx, row)
        first = journal_pages.page(tx, home_chat_ids=[CHAT], limit=2)
        rest = journal_pages.page(tx, home_chat_ids=[CHAT], before=(NOW, "a"), limit=9)
        assert [row.id for row in first + rest] == ["newest", "a", "B", "-"]
        raise UndoneError

    with pytest.raises(UndoneError):
        postgres_database.run_now(read)


def test_people_of_a_home_are_listed_by_their_last_action(database: Database) -> None:
    def keep(tx: Tx) -> None:
        for number, person in enumerate((OWNER, 1, 2, OWNER, 3, 0)):
            at, home = NOW + number * MINUTE, CHAT if person != 2 else CHAT + 1
            row = an_action(f"{number}", person_id=person, home_chat_id=home, requested_at=at)
            journal.intend(tx, row)

    database.run_now(keep)
    assert database.run_now(lambda tx: journal_pages.people(tx, CHAT)) == [3, OWNER, 1]
    assert database.run_now(lambda tx: journal_pages.people(tx, CHAT + 9)) == []


def test_a_page_is_filled_beyond_rows_that_do_not_open(sqlite_database: Database) -> None:
    """A page that is not full is the last one: actions behind the damaged row would never be shown."""
    intend(sqlite_database, *PAGED)
    spoil = ACTIONS.update().where(ACTIONS.c.id.in_(["a", "B"])).values(sealed=bytes(80))
    sqlite_database.run_now(lambda tx: tx.connection.execute(spoil))
    assert pages(sqlite_database, CHAT, limit=2) == [["newest", "-"], []]


@pytest.mark.parametrize(
    ("parts", "index"),
    [
        ({}, "ix_actions_home (home_chat_id=? AND requested_at<?)"),
        ({"person_id": OWNER}, "ix_actions_home_person (home_chat_id=? AND person_id=? AND requested_at<?)"),
        ({"action": "unlock"}, "ix_actions_action (action_hash=? AND requested_at<?)"),
        ({"action": "unlock", "person_id": OWNER}, "ix_actions_action (action_hash=? AND requested_at<?)"),
    ],
)
def test_a_page_is_read_from_an_index(sqlite_database: Database, parts: dict[str, Any], index: str) -> None:
    intend(sqlite_database, an_action())
    with plans() as seen:
        assert sqlite_database.run_now(lambda tx: journal_pages.page(tx, home_chat_ids=[CHAT], limit=9, **parts))
    assert index in list(seen.values())[-1]


def test_the_actions_of_one_kind_are_paged_over_days_and_homes(database: Database) -> None:
    """The hash of an action differs from home to home, and from day to day."""
    wanted = []
    for number in range(40):
        kind = "frunk" if number % 4 else "unlock"
        details = replace(an_action().details, action=kind)
        row = an_action(
            f"action-{number}",
            home_chat_id=CHAT + number % 3,
            person_id=OWNER + number % 5,
            car_id=number,
            requested_at=NOW - timedelta(hours=7 * number),
            details=details,
        )
        intend(database, row)
        wanted += [row.id] if kind == "unlock" and row.home_chat_id != CHAT + 2 else []
    found: list[ActionRow] = []
    while len(found) % 3 == 0:
        before = (found[-1].requested_at, found[-1].id) if found else None
        page = partial(journal_pages.page, home_chat_ids=[CHAT, CHAT + 1], action="unlock", before=before, limit=3)
        found += database.run_now(page)
    assert [row.id for row in found] == wanted
    theirs = partial(journal_pages.page, home_chat_ids=[CHAT, CHAT + 1], action="unlock", person_id=OWNER, limit=9)
    assert [row.id for row in database.run_now(theirs)] == [row.id for row in found if row.person_id == OWNER]
    assert database.run_now(lambda tx: journal_pages.page(tx, home_chat_ids=[CHAT], action="trunk", limit=9)) == []


def test_a_persons_actions_become_nobodys_and_all_others_stay(database: Database) -> None:
    private = an_action("in private", person_id=OWNER + 1, chat_id=OWNER + 1, home_chat_id=CHAT)
    group = an_action("in a group", person_id=OWNER + 1, chat_id=-5, home_chat_id=CHAT + 1)
    intend(database, an_action(), private, group)
    settle(database, "action-1", "accepted")
    before = [get(database, name) for name in ("action-1", "in private", "in a group")]
    for names in ({"Ann Wintergreen"}, set()):
        assert database.run_now(lambda tx: journal.anonymise(tx, OWNER + 1)) == names
        assert get(database, "action-1") == before[0]
        nameless = replace(an_action().details, person_name="")
        assert get(database, "in private") == replace(
            private, state="queued", person_id=0, chat_id=CHAT, message_id=None, details=nameless
        )
        assert get(database, "in a group") == replace(group, state="queued", person_id=0, details=nameless)
