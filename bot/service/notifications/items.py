"""Reading what is in the outbox: what is to be told of it now, if anything."""

from datetime import datetime
from typing import NamedTuple

from bot.domain.actions import ACTIONS, Action
from bot.domain.family import Request, RequestState
from bot.domain.ids import CarId, ChatId, PersonId
from bot.domain.limits import QUIET_WATCH
from bot.domain.notifications import AccessEnded, HasJoined, LeftUnlocked, NewsItem, Opening
from bot.domain.outcomes import State, is_ahead
from bot.domain.preferences import BUNDLED_FOR
from bot.domain.reports import Reading
from bot.domain.roles import Ability, Role, may
from bot.service.access import access_to
from bot.service.mapping import action_of, request_of
from bot.service.notifications.outbox import Kind
from storage import ActionRow, Event, Home, Tx
from storage.repositories import access_requests, journal, shared_chats

_ON_ITS_WAY = frozenset({State.QUEUED, State.SENDING})


class Check(NamedTuple):
    """Somebody opened a car a while ago: whether it is locked again, its report tells."""

    row: ActionRow


class Farewell(NamedTuple):
    """Somebody whose access has ended is to be told."""

    person: PersonId
    person_name: str
    owner_name: str
    group: ChatId | None
    """Where they asked for access: they may never have written to the bot themselves."""


Item = NewsItem | Check | Request | Farewell


def read(tx: Tx, home: Home, event: Event, *, now: datetime) -> Item | datetime | None:
    """Say what is to be told, or when to ask again; None where there is nothing to tell any more."""
    match event.kind:
        case Kind.OPENING:
            return _opening(_action(tx, event), now)
        case Kind.LEFT_UNLOCKED:
            return _check(tx, _action(tx, event))
        case Kind.REQUEST:
            return _request(tx, event)
        case Kind.JOINED:
            return HasJoined(_name(event), Role(event.details["role"]), _moment(event, "until"))
        case Kind.ACCESS_ENDED:
            return AccessEnded(_name(event), _moment(event, "at") or event.created_at)
        case Kind.YOUR_ACCESS_ENDED:
            return _farewell(tx, home, event, now)
    return None


def _action(tx: Tx, event: Event) -> ActionRow | None:
    return journal.get(tx, str(event.details["action"]))


def _opening(row: ActionRow | None, now: datetime) -> Opening | datetime | None:
    if row is None or row.state == State.REFUSED.value:
        return None
    if State(row.state) in _ON_ITS_WAY:
        return now + BUNDLED_FOR
    said = row.details
    at, state = row.sent_at or row.requested_at, State(row.state)
    return Opening(CarId(row.car_id), said.car_name, said.person_name, action_of(row), at, state)


def _check(tx: Tx, row: ActionRow | None) -> Check | None:
    """Leave a refused opening out, and one that another followed: that one has its own ten minutes."""
    if row is None or row.state == State.REFUSED.value:
        return None
    since = journal.recent_on_car(tx, row.car_id, since=row.requested_at)
    openings = [
        one
        for one in since
        if ACTIONS[action_of(one)].opens and one.state != State.REFUSED.value and one.home_chat_id == row.home_chat_id
    ]
    return Check(row) if all(one.requested_at <= row.requested_at for one in openings) else None


def left_unlocked(tx: Tx, row: ActionRow, reading: Reading | None, *, now: datetime) -> LeftUnlocked | datetime | None:
    """Say what a car's own report means for an opening a while ago; a missing or impossible one means nothing.

    A Lock that the car may still be to report gets its time first.
    """
    if reading is None or reading.is_on or is_ahead(reading, now=now):
        return None
    since = journal.recent_on_car(tx, row.car_id, since=row.requested_at)
    locks = [one for one in since if action_of(one) is Action.LOCK and one.state != State.REFUSED.value]
    unreported = [at for one in locks if (at := one.sent_at or one.requested_at) >= reading.at]
    if unreported and max(unreported) + QUIET_WATCH > now:
        return max(unreported) + QUIET_WATCH
    said = row.details
    opened_at = row.sent_at or row.requested_at
    return LeftUnlocked(CarId(row.car_id), said.car_name, said.person_name, action_of(row), opened_at, at=reading.at)


def _request(tx: Tx, event: Event) -> Request | None:
    """Leave out what is answered already, and what came from somebody who is forgotten."""
    row = access_requests.get(tx, event.home_chat_id, int(event.details["person"]))
    if row is None or row.state != RequestState.OPEN.value:
        return None
    return request_of(row, str(event.details["title"]))


def _farewell(tx: Tx, home: Home, event: Event, now: datetime) -> Farewell | None:
    """Leave out who is forgotten, and who was let in again before this could be told."""
    person = PersonId(int(event.details["person"]))
    if not person or may(access_to(tx, home, person), Ability.STATUS, now=now):
        return None
    return Farewell(person, _name(event), home.owner_name, _asked_in(tx, event.home_chat_id, person))


def _asked_in(tx: Tx, home: int, person: PersonId) -> ChatId | None:
    """Find the group where somebody asked for access; one that is not shared any more is not told."""
    asked = access_requests.get(tx, home, person)
    is_shared = asked is not None and home in shared_chats.homes_of_chat(tx, asked.chat_id)
    return ChatId(asked.chat_id) if asked is not None and is_shared else None


def _name(event: Event) -> str:
    return str(event.details["name"])


def _moment(event: Event, name: str) -> datetime | None:
    written = event.details[name]
    return None if written is None else datetime.fromisoformat(str(written))
