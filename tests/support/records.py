"""Builders of records: a test gives the fields that it is about, the others have ordinary values."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from storage import Tx
from storage.records import (
    AccessChange,
    AccessRequest,
    ActionDetails,
    ActionRow,
    Car,
    CarDetails,
    ChatChoice,
    CodeEntry,
    CodeQuery,
    CodeQueryDetails,
    CodeWatch,
    CodeWatchDetails,
    Event,
    Home,
    Invitation,
    LinkConsent,
    LinkPermission,
    LocationLook,
    Member,
    NoteChoice,
    NoteRow,
    NoteWatch,
    Panel,
    Prompt,
    Schedule,
    SharedChat,
    StoredLanding,
    Token,
    WaitingUpdate,
)
from storage.repositories import (
    access_changes,
    access_requests,
    cars,
    code_queries,
    code_watches,
    events,
    home_settings,
    homes,
    inbox,
    invitations,
    journal,
    landings,
    link_consents,
    link_permissions,
    location_looks,
    members,
    note_choices,
    note_watches,
    notes,
    prompts,
    schedules,
    shared_chats,
    tokens,
)

NOW = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
FAR = datetime(2100, 1, 1, tzinfo=UTC)

CHAT = 7_000_000_001
OWNER = 7_000_000_002
CAR = 186_612
PERSON = 7_000_000_003
GROUP = -1_000_000_004


def a_home(**changes: Any) -> Home:
    home = Home(
        chat_id=CHAT,
        owner_id=OWNER,
        owner_name="Ann Wintergreen",
        wallet="0x00000000000000000000000000000000000a11ce",
        selected_car_id=None,
        linked_at=NOW,
    )
    return replace(home, **changes)


def a_token(**changes: Any) -> Token:
    token = Token(
        chat_id=CHAT,
        kind="user",
        car_id=0,
        secret="eyJhbGciOiJSUzI1NiJ9.the-secret-token.signature",
        permissions=(),
        expires_at=NOW + 14 * DAY,
    )
    return replace(token, **changes)


def a_vehicle_token(**changes: Any) -> Token:
    token = a_token(kind="vehicle", car_id=CAR, permissions=(1, 2), expires_at=NOW + 10 * MINUTE)
    return replace(token, **changes)


def some_details(**changes: Any) -> CarDetails:
    details = CarDetails(
        name="Bluey",
        make="Tesla",
        model="Model 3",
        year=2022,
        connection="Tesla",
        permissions=(1, 2, 3),
    )
    return replace(details, **changes)


def a_car(**changes: Any) -> Car:
    car = Car(
        chat_id=CHAT,
        car_id=CAR,
        position=0,
        share_expires_at=NOW + 365 * DAY,
        share_announced_at=None,
        details=some_details(),
    )
    return replace(car, **changes)


def a_link_permission(**changes: Any) -> LinkPermission:
    permission = LinkPermission(
        person_id=PERSON, state="open", asked_person_id=OWNER, asked_at=NOW, name="Cleo Wintergreen"
    )
    return replace(permission, **changes)


def a_link_consent(consent_id: str = "consent-1", *, chat_id: int = PERSON, **changes: Any) -> LinkConsent:
    consent = LinkConsent(
        id=consent_id,
        chat_id=chat_id,
        asked_chat_id=CHAT,
        expires_at=NOW + 15 * MINUTE,
        home=a_home(chat_id=chat_id, owner_id=chat_id, owner_name="Cleo Wintergreen"),
        token=a_token(chat_id=chat_id),
        cars=(a_car(chat_id=chat_id),),
    )
    return replace(consent, **changes)


def a_schedule(schedule_id: str = "schedule-1", **changes: Any) -> Schedule:
    schedule = Schedule(
        id=schedule_id,
        home_chat_id=CHAT,
        person_id=PERSON,
        car_id=CAR,
        next_run_at=NOW,
        created_at=NOW,
        kind="charge",
        at=60,
        until=360,
        days=0b1111111,
        person_name="Cleo Wintergreen",
        car_name="Wintergreen's Bluey",
    )
    return replace(schedule, **changes)


def a_note(note_id: str = "note-1", **changes: Any) -> NoteRow:
    note = NoteRow(
        id=note_id,
        home_chat_id=CHAT,
        car_id=CAR,
        person_id=PERSON,
        message_id=5,
        version=1,
        begun_at=NOW,
        kind="left_open",
        car_name="Wintergreen's Bluey",
        since=NOW,
        parts=("trunk_open",),
    )
    return replace(note, **changes)


def a_note_watch(**changes: Any) -> NoteWatch:
    return replace(NoteWatch(CHAT, CAR, NOW, {"looks": {"2026-05-01": 3}}), **changes)


def a_landing(**changes: Any) -> StoredLanding:
    return replace(StoredLanding("hash of a state", CHAT, NOW + MINUTE, "/dimo/callback?token=secret"), **changes)


def a_prompt(**changes: Any) -> Prompt:
    prompt = Prompt(
        id="prompt-1",
        chat_id=CHAT,
        home_chat_id=CHAT,
        person_id=OWNER,
        car_id=CAR,
        message_id=None,
        state="open",
        created_at=NOW,
        expires_at=NOW + MINUTE,
        subject="unlock",
    )
    return replace(prompt, **changes)


def an_action(action_id: str = "action-1", **changes: Any) -> ActionRow:
    row = ActionRow(
        id=action_id,
        home_chat_id=CHAT,
        chat_id=CHAT,
        message_id=11,
        person_id=OWNER,
        car_id=CAR,
        state="sending",
        instance=1,
        requested_at=NOW,
        sent_at=None,
        settled_at=None,
        watch_until=None,
        details=ActionDetails(action="unlock", person_name="Ann Wintergreen", car_name="Bluey"),
    )
    return replace(row, **changes)


def some_query_details(**changes: Any) -> CodeQueryDetails:
    details = CodeQueryDetails(
        entries=(CodeEntry("P0301", "A misfire of the first cylinder."), CodeEntry("U0100-87")),
        source="typed",
        person_name="Ann Wintergreen",
        cleared_by="Ben Wintergreen",
        reason="too_fast",
        sent_at=NOW,
    )
    return replace(details, **changes)


def a_code_query(query_id: str = "query-1", **changes: Any) -> CodeQuery:
    query = CodeQuery(
        chat_id=CHAT,
        car_id=CAR,
        id=query_id,
        person_id=OWNER,
        state="waiting",
        asked_at=NOW,
        dimo_at=None,
        cleared_at=None,
        clear_state=None,
        tries=0,
        next_try_at=None,
        shown_chat_id=None,
        message_id=None,
        details=some_query_details(),
    )
    return replace(query, **changes)


def some_watch_details(**changes: Any) -> CodeWatchDetails:
    details = CodeWatchDetails(
        told=(("P0301", NOW - DAY), ("C1234", NOW - MINUTE)), muted=("B0001",), untold=("U0100-87",)
    )
    return replace(details, **changes)


def a_code_watch(**changes: Any) -> CodeWatch:
    watch = CodeWatch(chat_id=CHAT, car_id=CAR, every_seconds=3600, next_look_at=NOW, details=some_watch_details())
    return replace(watch, **changes)


def a_member(**changes: Any) -> Member:
    member = Member(
        home_chat_id=CHAT,
        person_id=PERSON,
        role="driver",
        until=None,
        added_at=NOW,
        added_by=OWNER,
        last_used_at=None,
        end_told_at=None,
        name="Cleo Wintergreen",
    )
    return replace(member, **changes)


def a_waiting_update(number: int = 1, **changes: Any) -> WaitingUpdate:
    return replace(WaitingUpdate(number, PERSON, 1, NOW, '{"text": "Ann Wintergreen"}'), **changes)


def an_access_change(change_id: str = "change-1", **changes: Any) -> AccessChange:
    change = AccessChange(change_id, CHAT, PERSON, NOW, "joined", "Ann Wintergreen", "driver", None)
    return replace(change, **changes)


def a_location_look(look_id: str = "look-1", **changes: Any) -> LocationLook:
    return replace(LocationLook(look_id, CHAT, PERSON, NOW, "Ann Wintergreen", "Bluey"), **changes)


def an_invitation(invitation_id: str = "invitation-1", **changes: Any) -> Invitation:
    invitation = Invitation(
        id=invitation_id,
        code_hash=f"hash of {invitation_id}",
        home_chat_id=CHAT,
        role="guest",
        lasts_seconds=None,
        until=None,
        created_by=OWNER,
        created_at=NOW,
        expires_at=NOW + DAY,
        used_at=None,
        used_by=None,
        withdrawn_at=None,
        name="Ann Wintergreen",
    )
    return replace(invitation, **changes)


def a_shared_chat(**changes: Any) -> SharedChat:
    shared = SharedChat(
        chat_id=GROUP,
        home_chat_id=CHAT,
        kind="group",
        attached_by=OWNER,
        attached_at=NOW,
        title="Garden party",
    )
    return replace(shared, **changes)


def a_panel(**changes: Any) -> Panel:
    made = Panel(
        chat_id=GROUP, message_id=7, thread_id=None, home_chat_id=CHAT, car_id=CAR, person_id=PERSON, page="main"
    )
    return replace(made, **changes)


def a_choice(**changes: Any) -> ChatChoice:
    return replace(ChatChoice(chat_id=GROUP, person_id=PERSON, home_chat_id=CHAT, car_id=CAR), **changes)


def an_access_request(**changes: Any) -> AccessRequest:
    request = AccessRequest(
        home_chat_id=CHAT,
        person_id=PERSON,
        chat_id=GROUP,
        state="open",
        asked_at=NOW,
        answered_at=None,
        message_id=None,
        name="Cleo Wintergreen",
    )
    return replace(request, **changes)


def an_event(event_id: str = "event-1", **changes: Any) -> Event:
    event = Event(
        id=event_id,
        home_chat_id=CHAT,
        kind="opened",
        due_at=NOW,
        created_at=NOW,
        details={"person_name": "Cleo Wintergreen", "person_id": PERSON, "what": "frunk"},
    )
    return replace(event, **changes)


def newest_codes(tx: Tx, chat_id: int, car_id: int) -> CodeQuery | None:
    """Return the car's newest query of error codes that is not a draft."""
    return next(iter(code_queries.list_for(tx, chat_id, car_id, limit=1)), None)


def unfinished(tx: Tx) -> list[ActionRow]:
    """Return the actions that are queued or sending, oldest first."""
    return journal.open_ends(tx, now=FAR, since=FAR)


def store_one_of_each(tx: Tx) -> None:
    """Store a row in every table with a sealed column."""
    homes.put(tx, a_home())
    tokens.put(tx, a_token())
    cars.replace_all(tx, CHAT, [a_car()])
    link_permissions.put(tx, a_link_permission())
    link_consents.add(tx, a_link_consent())
    prompts.add(tx, a_prompt())
    landings.put(tx, a_landing())
    inbox.put(tx, a_waiting_update())
    journal.intend(tx, an_action())
    code_queries.put(tx, a_code_query())
    code_watches.put(tx, a_code_watch())
    members.put(tx, a_member())
    invitations.add(tx, an_invitation())
    access_changes.add(tx, an_access_change())
    location_looks.add(tx, a_location_look())
    schedules.put(tx, a_schedule())
    note_watches.put(tx, a_note_watch())
    notes.put(tx, a_note())
    note_choices.put(tx, NoteChoice(PERSON, True, {"left_open": None}))
    shared_chats.attach(tx, a_shared_chat())
    access_requests.put(tx, an_access_request())
    home_settings.put(tx, CHAT, {"greeting": "Welcome home"})
    events.add(tx, an_event())
