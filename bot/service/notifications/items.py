"""Reads an event of the outbox as what people are to be told about it now, if anything."""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from bot.domain.actions import ACTIONS, Action
from bot.domain.family import Request, RequestState
from bot.domain.ids import CarId, PersonId
from bot.domain.limits import QUIET_WATCH
from bot.domain.notifications import AccessEnded, CarLeft, HowEnded, LeftUnlocked, MemberJoined, NewsItem, Opening
from bot.domain.outcomes import State, is_ahead
from bot.domain.places import Place, place_of
from bot.domain.preferences import BUNDLED_FOR
from bot.domain.reports import Reading
from bot.domain.roles import Role
from bot.service.access import has_access
from bot.service.notifications.outbox import EventKind, request_of
from storage import ActionRow, Event, Home, Tx
from storage.repositories import access_requests, journal, shared_chats


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


Item = NewsItem | CarLeftFor | ActionRow | Request | YourAccessEnded
"""An ActionRow is an opening some time ago: the car is to be asked whether it is locked again."""


def read(tx: Tx, home: Home, event: Event, *, now: datetime) -> Item | datetime | None:
    """Return what is to be told, or when to read the event again, or None if there is nothing to tell any more."""
    match event.kind:
        case EventKind.OPENING:
            return _opening(_action(tx, event), now)
        case EventKind.LEFT_UNLOCKED:
            return _lock_check(tx, _action(tx, event))
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


def left_unlocked(tx: Tx, row: ActionRow, reading: Reading | None, *, now: datetime) -> LeftUnlocked | datetime | None:
    """Return what a car's report means for an opening some time ago; a missing or impossible report means nothing.

    If a Lock was sent that the car may still report, return when to look again.
    """
    if reading is None or reading.is_on or is_ahead(reading, now=now):
        return None
    since = journal.recent_on_car(tx, row.car_id, since=row.requested_at)
    locked = [_sent_at(one) for one in since if _action_of(one) is Action.LOCK and one.state != State.REFUSED]
    unreported = [at for at in locked if at >= reading.at]
    if unreported and max(unreported) + QUIET_WATCH > now:
        return max(unreported) + QUIET_WATCH
    car, names = CarId(row.car_id), row.details
    return LeftUnlocked(car, names.car_name, names.person_name, _action_of(row), _sent_at(row), at=reading.at)


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


def _lock_check(tx: Tx, row: ActionRow | None) -> ActionRow | None:
    """Leave out an opening that was followed by another one, which is checked after its own ten minutes."""
    if row is None:
        return None
    since = journal.recent_on_car(tx, row.car_id, since=row.requested_at)
    openings = [one for one in since if ACTIONS[_action_of(one)].opens and one.state != State.REFUSED]
    later = [one for one in openings if one.home_chat_id == row.home_chat_id and one.requested_at > row.requested_at]
    return None if later else row


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
