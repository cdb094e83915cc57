from datetime import timedelta
from functools import partial

from sqlalchemy import func, select

from storage.engine.database import Database, Tx
from storage.maintenance import retention
from storage.repositories import (
    access_changes,
    access_requests,
    code_queries,
    code_watches,
    events,
    handled_updates,
    home_settings,
    invitations,
    journal,
    link_permissions,
    location_looks,
    login_states,
    members,
    prompts,
    shared_chats,
    tokens,
)
from storage.tables import (
    ACCESS_CHANGES,
    ACCESS_REQUESTS,
    ACTIONS,
    CODE_QUERIES,
    EVENTS,
    HANDLED,
    INVITATIONS,
    LINK_PERMISSIONS,
    LOCATION_LOOKS,
    LOGIN_STATES,
    PROMPTS,
    TOKENS,
)
from tests.support.records import (
    CAR,
    CHAT,
    DAY,
    GROUP,
    MINUTE,
    NOW,
    PERSON,
    a_choice,
    a_code_query,
    a_code_watch,
    a_link_permission,
    a_location_look,
    a_member,
    a_prompt,
    a_shared_chat,
    a_token,
    a_vehicle_token,
    an_access_change,
    an_access_request,
    an_action,
    an_event,
    an_invitation,
    unfinished,
)

TABLES = (
    HANDLED,
    PROMPTS,
    CODE_QUERIES,
    EVENTS,
    INVITATIONS,
    ACCESS_REQUESTS,
    LINK_PERMISSIONS,
    LOGIN_STATES,
    ACTIONS,
    ACCESS_CHANGES,
    LOCATION_LOOKS,
    TOKENS,
)
LOG = {"actions", "access_changes", "location_looks"}


def one_of_each(tx: Tx) -> None:
    """Store a row in each table that is no longer needed at NOW."""
    handled_updates.first_time(tx, "tap:1", now=NOW)
    prompts.add(tx, a_prompt(expires_at=NOW))
    code_queries.put(tx, a_code_query(state="draft"))
    events.add(tx, an_event())
    invitations.add(tx, an_invitation(expires_at=NOW))
    access_requests.put(tx, an_access_request(state="denied", answered_at=NOW))
    link_permissions.put(tx, a_link_permission())
    login_states.add(tx, state_hash="hash", chat_id=CHAT, expires_at=NOW)
    journal.intend(tx, an_action())
    access_changes.add(tx, an_access_change())
    location_looks.add(tx, a_location_look())
    tokens.put(tx, a_vehicle_token(expires_at=NOW))


def left_after(database: Database, age: timedelta) -> set[str]:
    database.run_now(one_of_each)
    database.run_now(lambda tx: retention.purge(tx, now=NOW + age))
    return database.run_now(lambda tx: {table.name for table in TABLES if count(tx, table)})


def count(tx: Tx, table: object) -> int:
    statement = select(func.count()).select_from(table)  # type: ignore[arg-type]  # one of TABLES
    return tx.connection.execute(statement).scalar_one()


def test_nothing_is_deleted_early(database: Database) -> None:
    assert left_after(database, timedelta()) == {table.name for table in TABLES}


def test_expired_vehicle_tokens_are_deleted_at_once(database: Database) -> None:
    assert "tokens" not in left_after(database, MINUTE)


def test_login_states_are_deleted_after_a_day(database: Database) -> None:
    left = {
        "handled",
        "prompts",
        "code_queries",
        "events",
        "invitations",
        "access_requests",
        "actions",
        "access_changes",
        "location_looks",
    }
    assert left_after(database, DAY + MINUTE) == left | {"link_permissions"}


def test_prompts_handled_keys_drafts_and_events_are_deleted_after_a_week(database: Database) -> None:
    left = {"invitations", "access_requests", "link_permissions"} | LOG
    assert left_after(database, 7 * DAY + MINUTE) == left


def test_invitations_and_answered_requests_are_deleted_after_a_month(database: Database) -> None:
    assert left_after(database, 30 * DAY + MINUTE) == LOG


def test_actions_are_deleted_after_half_a_year(database: Database) -> None:
    assert left_after(database, 180 * DAY + MINUTE) == set()


def test_actions_are_deleted_after_the_given_time(sqlite_database: Database) -> None:
    sqlite_database.run_now(one_of_each)
    for now, left in ((NOW + 2 * DAY, 1), (NOW + 2 * DAY + MINUTE, 0)):
        sqlite_database.run_now(partial(retention.purge, now=now, keep_actions=2 * DAY))
        assert sqlite_database.run_now(lambda tx: count(tx, ACTIONS)) == left


def test_actions_of_a_home_are_deleted_after_the_time_that_it_chose(database: Database) -> None:
    def keep(tx: Tx) -> None:
        for number in range(3):
            journal.intend(tx, an_action(f"at {number}", home_chat_id=number, car_id=number))

    def left(days: int) -> set[str]:
        now = NOW + days * DAY + MINUTE
        keeping = {0: 30 * DAY, 1: 365 * DAY}
        database.run_now(lambda tx: retention.purge(tx, now=now, keep_actions=90 * DAY, keep_actions_of=keeping))
        return {row.id for row in database.run_now(unfinished)}

    database.run_now(keep)
    assert left(29) == {"at 0", "at 1", "at 2"}
    assert left(30) == {"at 1", "at 2"}
    assert left(90) == {"at 1"}
    assert left(365) == set()


def test_members_shared_chats_settings_and_requests_that_are_open_or_denied_for_good_stay(
    database: Database,
) -> None:
    requests = [
        an_access_request(),
        an_access_request(person_id=1, state="denied_for_good", answered_at=NOW),
    ]

    def keep(tx: Tx) -> None:
        members.put(tx, a_member(until=NOW, end_told_at=NOW))
        shared_chats.attach(tx, a_shared_chat())
        shared_chats.choose(tx, a_choice())
        home_settings.put(tx, CHAT, {"tell": "all"})
        for request in requests:
            access_requests.put(tx, request)

    def kept(tx: Tx) -> list[object]:
        return [
            *members.list_for(tx, CHAT),
            *shared_chats.of_home(tx, CHAT),
            shared_chats.choice(tx, GROUP, PERSON),
            home_settings.get(tx, CHAT),
            *(access_requests.get(tx, CHAT, request.person_id) for request in requests),
        ]

    database.run_now(keep)
    before = database.run_now(kept)
    database.run_now(lambda tx: retention.purge(tx, now=NOW + 1000 * DAY))
    assert database.run_now(kept) == before
    assert before[-2:] == requests


def test_expired_sign_ins_of_people_stay(database: Database) -> None:
    database.run_now(lambda tx: tokens.put(tx, a_token(expires_at=NOW)))
    database.run_now(lambda tx: retention.purge(tx, now=NOW + 200 * DAY))
    assert database.run_now(lambda tx: tokens.get(tx, CHAT, "user")) == a_token(expires_at=NOW)


def test_queries_of_error_codes_stay(database: Database) -> None:
    asked = [a_code_query(state, state=state) for state in ("waiting", "refused", "delivered")]

    def keep(tx: Tx) -> None:
        for query in asked:
            code_queries.put(tx, query)
        code_watches.put(tx, a_code_watch())

    database.run_now(keep)
    database.run_now(lambda tx: retention.purge(tx, now=NOW + 1000 * DAY))
    assert database.run_now(lambda tx: code_queries.list_for(tx, CHAT, CAR, limit=9)) == asked
    assert database.run_now(lambda tx: code_watches.get(tx, CHAT, CAR)) == a_code_watch()


def test_answers_to_the_question_who_may_link_are_kept(database: Database) -> None:
    kept = [a_link_permission(person_id=number, state=state) for number, state in enumerate(("allowed", "denied"), 1)]

    def keep(tx: Tx) -> None:
        for one in kept:
            link_permissions.put(tx, one)

    database.run_now(keep)
    database.run_now(lambda tx: retention.purge(tx, now=NOW + 1000 * DAY))
    assert [database.run_now(partial(link_permissions.get, person_id=number)) for number in (1, 2)] == kept
