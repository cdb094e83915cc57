"""Reads an event of the outbox as what people are to be told about it now, if anything."""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from bot.domain.actions import Action
from bot.domain.family import Request, RequestState
from bot.domain.ids import CarId, MessageId, NoteId, PersonId
from bot.domain.notes import Note, NoteKind
from bot.domain.notifications import AccessEnded, CarLeft, HowEnded, MemberJoined, NewsItem, Opening
from bot.domain.outcomes import State
from bot.domain.places import Place, place_of
from bot.domain.preferences import BUNDLED_FOR
from bot.domain.reports import Signal
from bot.domain.roles import Role
from bot.service.access import has_access
from bot.service.notifications.outbox import EventKind, request_of
from bot.service.ports import Reach, Shown
from storage import ActionRow, Event, Home, NoteRow, Tx
from storage.repositories import access_requests, cars, events, journal, notes, shared_chats


class YourAccessEnded(NamedTuple):
    """Somebody is to be told that their own access has ended."""

    person: PersonId
    person_name: str
    owner_name: str
    how: HowEnded
    group: Place | None
    """Where they asked for access. They may never have started a private chat with the bot."""


class CarLeftFor(NamedTuple):
    """Somebody is to be told that a car has left the home from which they used it."""

    person: PersonId
    told: CarLeft


class NoteToTell(NamedTuple):
    """Somebody is to be shown a note, in its message if there is one."""

    person: PersonId
    message: MessageId | None
    version: int
    note: Note


Item = NewsItem | CarLeftFor | NoteToTell | Request | YourAccessEnded

_ONCE = frozenset({NoteKind.CHARGED, NoteKind.CHARGE_STOPPED})
"""Kinds whose end changes nothing about what they have said."""


def read(tx: Tx, home: Home, event: Event, *, now: datetime) -> Item | datetime | None:
    """Return what is to be told, or when to read the event again, or None if there is nothing to tell any more."""
    match event.kind:
        case EventKind.OPENING:
            return _opening(_action(tx, event), now)
        case EventKind.NOTE:
            return _note(tx, home, event, now)
        case EventKind.REQUEST:
            return _request(tx, event)
        case EventKind.JOINED:
            return MemberJoined(event.details["name"], Role(event.details["role"]), _moment(event, "until"))
        case EventKind.ACCESS_ENDED:
            return AccessEnded(event.details["name"], _moment(event, "at") or event.created_at)
        case EventKind.YOUR_ACCESS_ENDED:
            return _your_access_ended(tx, home, event, now)
        case EventKind.CAR_LEFT:
            person = PersonId(int(event.details["person"]))
            told = CarLeft(str(event.details["car"]), is_owner=person == home.owner_id)
            return CarLeftFor(person, told) if person else None
    return None


def home_gone(event: Event) -> YourAccessEnded | None:
    """Return what somebody is told whose cars' owner has unlinked; None if they were forgotten."""
    person = PersonId(int(event.details["person"]))
    owner = str(event.details["owner"])
    return YourAccessEnded(person, event.details["name"], owner, HowEnded.UNLINKED, None) if person else None


def _action(tx: Tx, event: Event) -> ActionRow | None:
    """Return the action that an event is about, under the name that the event has, unless it was refused."""
    row = journal.get(tx, str(event.details["action"]))
    if row is None or row.state == State.REFUSED:
        return None
    return replace(row, details=replace(row.details, person_name=event.details.get("name", row.details.person_name)))


def _opening(row: ActionRow | None, now: datetime) -> Opening | datetime | None:
    if row is None:
        return None
    if row.state in {State.QUEUED, State.SENDING}:
        return now + BUNDLED_FOR
    car, names, state = CarId(row.car_id), row.details, State(row.state)
    return Opening(
        car, names.car_name, names.person_name, _action_of(row), _sent_at(row), state, closes=row.details.closes
    )


def _note(tx: Tx, home: Home, event: Event, now: datetime) -> NoteToTell | None:
    """Leave out, and forget, a note that nobody needs any more or whose person has no access any more."""
    row = notes.get(tx, str(event.details["note"]))
    if row is None:
        return None
    is_over = row.over_at is not None and (row.message_id is None or row.kind in _ONCE)
    is_gone = cars.get(tx, home.chat_id, row.car_id) is None
    if is_over or is_gone or not has_access(tx, home, PersonId(row.person_id), now=now):
        notes.drop(tx, row.id)
        return None
    message = None if row.message_id is None else MessageId(row.message_id)
    return NoteToTell(PersonId(row.person_id), message, row.version, note_of(row))


def note_of(row: NoteRow) -> Note:
    """Return a stored note as the domain knows it."""
    return Note(
        id=NoteId(row.id),
        kind=NoteKind(row.kind),
        car=CarId(row.car_id),
        car_name=row.car_name,
        since=row.since,
        parts=tuple(Signal(part) for part in row.parts),
        percent=row.percent,
        lock_helps=row.lock_helps,
        over_at=row.over_at,
    )


def note_told(tx: Tx, event: Event, it: NoteToTell, shown: Shown, *, now: datetime) -> bool:
    """Store that a note was shown; what has changed meanwhile is due at once. Returns whether the event is done."""
    row = notes.get_for_update(tx, it.note.id)
    if row is not None and row.version != it.version and shown.reach is not Reach.NEVER:
        notes.mark_sent(tx, row.id, shown.message)
        events.postpone(tx, event, until=now)
        return False
    if row is not None:
        if shown.reach is Reach.NEVER or row.over_at is not None:
            notes.drop(tx, row.id)
        else:
            notes.mark_sent(tx, row.id, shown.message)
    return bool(events.delete(tx, [event.id]))


def _request(tx: Tx, event: Event) -> Request | None:
    """Leave out a request that is answered already, or whose person was forgotten."""
    row = access_requests.get(tx, event.home_chat_id, int(event.details["person"]))
    return request_of(row, str(event.details["title"])) if row and row.state == RequestState.OPEN else None


def _your_access_ended(tx: Tx, home: Home, event: Event, now: datetime) -> YourAccessEnded | None:
    """Leave out somebody who was forgotten, or who has access again."""
    person = PersonId(int(event.details["person"]))
    if not person or has_access(tx, home, person, now=now):
        return None
    asked = access_requests.get(tx, home.chat_id, person)
    is_shared = asked is not None and home.chat_id in shared_chats.homes_of_chat(tx, asked.chat_id)
    group = place_of(asked.chat_id, asked.thread_id, home.chat_id) if asked is not None and is_shared else None
    how = HowEnded(event.details.get("how", HowEnded.TIME))
    return YourAccessEnded(person, event.details["name"], home.owner_name, how, group)


def _sent_at(row: ActionRow) -> datetime:
    return row.sent_at or row.requested_at


def _moment(event: Event, name: str) -> datetime | None:
    written = event.details[name]
    return None if written is None else datetime.fromisoformat(str(written))


def _action_of(row: ActionRow) -> Action:
    return Action(row.details.action)
