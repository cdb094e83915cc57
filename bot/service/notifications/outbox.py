"""The outbox: what people are to be told, and whose access changed, stored in the transaction that makes it true."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.family import Request
from bot.domain.ids import ChatId, NoteId, PersonId, ThreadId
from bot.domain.log import AccessChange as Change
from bot.domain.notifications import HowEnded
from bot.domain.preferences import BUNDLED_FOR
from bot.domain.roles import Role
from bot.service.background import Alarm
from bot.service.ports import Clock, Person
from bot.service.preferences import preferences_of
from storage import AccessChange, AccessRequest, ActionRow, Car, Event, Home, Member, Tx
from storage.repositories import access_changes, events, note_watches

AT_ONCE = timedelta()
_REPORTED_WITHIN = timedelta(minutes=1)
"""How long after its opening a car may say when it was unlocked, for a note to be made at the first look."""


class EventKind(StrEnum):
    """The kinds of events that people are told; all but the last four are for the owner."""

    OPENING = "opening"
    REQUEST = "request"
    JOINED = "joined"
    ACCESS_ENDED = "access_ended"
    YOUR_ACCESS_ENDED = "your_access_ended"
    CAR_LEFT = "car_left"
    HOME_GONE = "home_gone"
    """It is stored for the chat of the person who is told, as the home is gone."""
    NOTE = "note"
    """A note has begun or changed; its event has its id, so that only one at a time shows it."""


class Outbox:
    """Stores events until they are delivered; `wake` follows the commit."""

    def __init__(self, *, clock: Clock) -> None:
        self.alarm = Alarm(clock, name="delivering notifications later", people_wait=True)

    def wake(self) -> None:
        """Make the delivery look for new events."""
        self.alarm.ring()

    def opened(self, tx: Tx, row: ActionRow, home: Home, car: Car) -> None:
        """Store that somebody is about to open a car, and look soon whether it was left unlocked.

        An owner who opens it is not told of that.
        """
        if row.person_id != home.owner_id:
            # The name is kept here, too: owners are still told it after the person used /forget.
            told = {"action": row.id, "name": row.details.person_name}
            _add(tx, home.chat_id, EventKind.OPENING, row.requested_at, BUNDLED_FOR, **told)
        left_at = row.requested_at + preferences_of(tx, home.chat_id).left_for
        note_watches.look_by(tx, home.chat_id, car.car_id, at=left_at + _REPORTED_WITHIN)

    def noted(self, tx: Tx, home: ChatId, note: NoteId, *, now: datetime) -> None:
        """Store that a note is to be shown as it is now; one that is being shown is shown again after that."""
        details = {"note": str(note)}
        events.add_new(tx, Event(str(note), home, EventKind.NOTE, due_at=now, created_at=now, details=details))

    def asked(self, tx: Tx, request: Request, *, now: datetime) -> None:
        """Store that somebody asks for access."""
        who, name, title = request.person, request.name, request.chat_title
        _add(tx, request.home, EventKind.REQUEST, now, AT_ONCE, title=title, person=who, name=name)

    def joined(
        self,
        tx: Tx,
        home: int,
        person: Person,
        role: Role,
        *,
        until: datetime | None,
        now: datetime,
        is_told: bool = True,
    ) -> None:
        """Store that somebody has joined; an owner who has just allowed it is not told."""
        who, name, end = person.id, person.name, _written(until)
        _log(tx, home, who, name, Change.JOINED, now, role=role, until=until)
        if is_told:
            _add(tx, home, EventKind.JOINED, now, BUNDLED_FOR, role=role, until=end, person=who, name=name)

    def access_ended(self, tx: Tx, member: Member, *, now: datetime) -> None:
        """Store, for both sides, that somebody's access has ended by itself."""
        home, who, name = member.home_chat_id, member.person_id, member.name
        _log(tx, home, who, name, Change.ENDED, member.until or now)
        _add(tx, home, EventKind.YOUR_ACCESS_ENDED, now, AT_ONCE, person=who, name=name)
        _add(tx, home, EventKind.ACCESS_ENDED, now, BUNDLED_FOR, at=_written(member.until), person=who, name=name)

    def removed(self, tx: Tx, member: Member, *, now: datetime) -> None:
        """Store, for somebody whom the owner has removed, that their access has ended."""
        home, who, name = member.home_chat_id, member.person_id, member.name
        _log(tx, home, who, name, Change.REMOVED, now)
        _add(tx, home, EventKind.YOUR_ACCESS_ENDED, now, AT_ONCE, person=who, name=name, how=HowEnded.REMOVED)

    def unlinked(self, tx: Tx, home: Home, people: Iterable[Member], *, now: datetime) -> None:
        """Store, for those who used the cars of a home that is unlinked, that their access has ended."""
        for one in people:
            who, name, owner = one.person_id, one.name, home.owner_name
            _log(tx, home.chat_id, who, name, Change.ENDED, now)
            _add(tx, who, EventKind.HOME_GONE, now, AT_ONCE, person=who, name=name, owner=owner)

    def car_left(self, tx: Tx, home: Home, car: Car, people: Iterable[int], *, now: datetime) -> None:
        """Store that a car has another owner and left a home, for its owner and for these members."""
        for person in (home.owner_id, *people):
            _add(tx, home.chat_id, EventKind.CAR_LEFT, now, AT_ONCE, person=person, name="", car=car.details.name)


def request_of(row: AccessRequest, chat_title: str = "") -> Request:
    """Return a stored request for access as the domain knows it."""
    thread = None if row.thread_id is None else ThreadId(row.thread_id)
    return Request(ChatId(row.home_chat_id), PersonId(row.person_id), row.name, ChatId(row.chat_id), chat_title, thread)


def _add(tx: Tx, home: int, kind: EventKind, now: datetime, after: timedelta, **details: str | int | None) -> None:
    event = secrets.token_urlsafe(12)
    events.add(tx, Event(event, home, kind, due_at=now + after, created_at=now, details=details))


def _log(
    tx: Tx,
    home: int,
    person: int,
    name: str,
    change: Change,
    at: datetime,
    *,
    role: Role | None = None,
    until: datetime | None = None,
) -> None:
    row = AccessChange(secrets.token_urlsafe(12), home, person, at, change.value, name, role and role.value, until)
    access_changes.add(tx, row)


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
