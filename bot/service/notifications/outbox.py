"""The outbox: what people are to be told, written in the transaction that makes it true."""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.family import Request
from bot.domain.preferences import BUNDLED_FOR, LEFT_UNLOCKED_AFTER
from bot.domain.reports import Signal
from bot.domain.roles import Role
from bot.service.alarm import Alarm
from bot.service.dimo_mapping import READING_PERMISSION
from bot.service.ports import Clock, Person
from storage import ActionRow, Car, Event, Home, Member, Tx
from storage.repositories import events

NOW = timedelta()


class Kind(StrEnum):
    """What there is to tell."""

    OPENING = "opening"
    LEFT_UNLOCKED = "left_unlocked"
    REQUEST = "request"
    JOINED = "joined"
    ACCESS_ENDED = "access_ended"
    YOUR_ACCESS_ENDED = "your_access_ended"
    """For the person whose access it was; all others are for the owner."""


class Outbox:
    """Keeps what is to be told until it is told; `ring` follows the commit."""

    def __init__(self, *, clock: Clock) -> None:
        self.alarm = Alarm(clock, name="bringing news later")

    def ring(self) -> None:
        """Wake the one who tells."""
        self.alarm.ring()

    def opened(self, tx: Tx, row: ActionRow, home: Home, car: Car) -> None:
        """Somebody means to open a car: told to an owner who did not do it, once it is known what came of it."""
        if row.person_id != home.owner_id:
            _add(tx, home.chat_id, Kind.OPENING, row.requested_at, BUNDLED_FOR, action=row.id)
        if _may_report_its_lock(car):
            _add(tx, home.chat_id, Kind.LEFT_UNLOCKED, row.requested_at, LEFT_UNLOCKED_AFTER, action=row.id)

    def asked(self, tx: Tx, request: Request, *, now: datetime) -> None:
        """Somebody asks for access."""
        who = _who(request.person, request.name)
        _add(tx, request.home, Kind.REQUEST, now, NOW, title=request.chat_title, **who)

    def joined(self, tx: Tx, home: int, person: Person, role: Role, *, until: datetime | None, now: datetime) -> None:
        """Somebody has taken an invitation."""
        who = _who(person.id, person.name)
        _add(tx, home, Kind.JOINED, now, BUNDLED_FOR, role=role.value, until=_written(until), **who)

    def access_ended(self, tx: Tx, member: Member, *, now: datetime) -> None:
        """Somebody's access has ended by itself: both sides are told."""
        home, who = member.home_chat_id, _who(member.person_id, member.name)
        _add(tx, home, Kind.YOUR_ACCESS_ENDED, now, NOW, **who)
        _add(tx, home, Kind.ACCESS_ENDED, now, BUNDLED_FOR, at=_written(member.until), **who)


Detail = str | int | None


def _who(person: int, name: str) -> dict[str, Detail]:
    return {"person": person, "name": name}


def _add(tx: Tx, home: int, kind: Kind, now: datetime, after: timedelta, **details: Detail) -> None:
    number = secrets.token_urlsafe(12)
    events.add(tx, Event(number, home, kind.value, due_at=now + after, created_at=now, details=details))


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _may_report_its_lock(car: Car) -> bool:
    """Whether asking for the car's report can tell; what was never asked may be reported."""
    said = car.details
    may_be_read = not said.permissions or READING_PERMISSION in said.permissions
    return may_be_read and (said.reports is None or Signal.LOCKED.value in said.reports)
