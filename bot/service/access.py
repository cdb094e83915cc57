"""Who stands where: finds the access of a person in a chat, and the car that they mean.

The one place where it is decided, at the moment of acting: a button that was drawn earlier proves nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.ids import CarId, ChatId, PersonId
from bot.domain.refusals import Reason
from bot.domain.roles import Ability, Access, Role, may
from bot.service.declined import Declined
from bot.service.ports import Person
from storage import Car, Home, Tx
from storage.repositories import cars, homes, members, shared_chats


@dataclass(frozen=True, slots=True)
class Authorization:
    """A person's place in a chat: whose cars are used from there, and with which access."""

    home: Home
    access: Access
    person: Person = field(repr=False)
    """Who sits there, by the name under which the home let them in: what Telegram says anybody changes as they like."""


def lock_of(home: int) -> str:
    """Name the lock that lets nobody in while a home is unlinked: who came in then would be in it when it comes back."""
    return f"home:{home}"


def access_to(tx: Tx, home: Home, person: PersonId) -> Access | None:
    """Return a person's standing with a home, ended or not; None for a stranger."""
    found = _seat_in(tx, home, person)
    return None if found is None else found.access


def _seat_in(tx: Tx, home: Home, person: PersonId) -> Authorization | None:
    if home.owner_id == person:
        return Authorization(home, Access(Role.OWNER), Person(person, home.owner_name))
    member = members.get(tx, home.chat_id, person)
    if member is None:
        return None
    return Authorization(home, Access(Role(member.role), member.until), Person(person, member.name))


def seats(tx: Tx, *, person: PersonId, chat: ChatId) -> Iterator[Authorization]:
    """Find a person's seats in a chat, ended ones too: that of the home itself, then of the homes attached to it.

    A private chat has its person's number, and nobody else has a seat there.
    """
    if chat > 0 and chat != int(person):
        return
    for number in (chat, *shared_chats.homes_of_chat(tx, chat)):
        home = homes.get(tx, number)
        found = None if home is None else _seat_in(tx, home, person)
        if found is not None:
            yield found


def seat(tx: Tx, *, person: PersonId, chat: ChatId) -> Authorization | None:
    """Find the first seat of a person in a chat; None for everybody who has none there."""
    return next(seats(tx, person=person, chat=chat), None)


def permitted(tx: Tx, *, person: PersonId, chat: ChatId, ability: Ability, now: datetime) -> Authorization:
    """Return the first seat from which somebody may do this at this moment; raises Declined."""
    return _allowed(list(seats(tx, person=person, chat=chat)), ability, now)


def permitted_at_home(tx: Tx, *, person: PersonId, chat: ChatId, ability: Ability, now: datetime) -> Home:
    """Return the home whose own chat this is, for somebody who may do this with it; raises Declined.

    What is about the family itself is done at home: everybody reads what is in a group.
    """
    found = permitted(tx, person=person, chat=chat, ability=ability, now=now)
    if found.home.chat_id != chat:
        raise Declined(Reason.PRIVATE_CHAT_ONLY)
    return found.home


def permitted_with_car(
    tx: Tx, *, person: PersonId, chat: ChatId, ability: Ability, car: CarId | None, now: datetime
) -> tuple[Authorization, Car]:
    """Return the seat and the car: the named one, else the chat's last choice, else the first; raises Declined.

    Where no car is named, one that the person may not use any more is not meant.
    """
    found = list(seats(tx, person=person, chat=chat))
    if car is not None:
        return _with_car(tx, found, chat, ability, car, now)
    found = [one for one in found if not _has_ended(one, now)] or found
    choice = shared_chats.choice(tx, chat)
    if choice is not None:
        chosen = cars.get(tx, choice.home_chat_id, choice.car_id)
        by_choice = [one for one in found if one.home.chat_id == choice.home_chat_id]
        if chosen is not None and by_choice:
            return _allowed(by_choice, ability, now), chosen
    allowed = _allowed(found, ability, now)
    for one in [allowed, *(one for one in found if one is not allowed and may(one.access, ability, now=now))]:
        if (first := first_car(tx, one.home)) is not None:
            return one, first
    raise Declined(Reason.NO_CARS_SHARED)


def first_car(tx: Tx, home: Home) -> Car | None:
    """Return the car that a home's commands mean: the last choice, else the first in the list."""
    if home.selected_car_id is not None and (car := cars.get(tx, home.chat_id, home.selected_car_id)):
        return car
    return next(iter(cars.list_for(tx, home.chat_id)), None)


def permitted_with_home(
    tx: Tx, home: ChatId, *, person: PersonId, chat: ChatId, ability: Ability, now: datetime
) -> Authorization:
    """Return the seat from which somebody may do this in this chat with a certain home; raises Declined."""
    found = [one for one in seats(tx, person=person, chat=chat) if one.home.chat_id == home]
    return _allowed(found, ability, now)


def _with_car(
    tx: Tx, found: list[Authorization], chat: ChatId, ability: Ability, car: CarId, now: datetime
) -> tuple[Authorization, Car]:
    here = [(one, known) for one in found if (known := cars.get(tx, one.home.chat_id, car)) is not None]
    if not here:
        raise Declined(_why_not_this_car(tx, found, chat, car, now))
    allowed = _allowed([one for one, _ in here], ability, now)
    return next(pair for pair in here if pair[0] is allowed)


def _why_not_this_car(tx: Tx, found: list[Authorization], chat: ChatId, car: CarId, now: datetime) -> Reason:
    """Tell a stranger to a car from somebody whose own car has gone; without access nobody learns which it is."""
    is_of_others = any(cars.get(tx, home, car) is not None for home in shared_chats.homes_of_chat(tx, chat))
    if not found or is_of_others:
        return Reason.NO_CAR_HERE
    return Reason.ACCESS_ENDED if all(_has_ended(one, now) for one in found) else Reason.CAR_GONE


def _allowed(found: list[Authorization], ability: Ability, now: datetime) -> Authorization:
    """Pick the first seat that allows this; raises Declined with the reason that fits best."""
    if not found:
        raise Declined(Reason.NO_CAR_HERE)
    for one in found:
        if may(one.access, ability, now=now):
            return one
    has_ended = all(_has_ended(one, now) for one in found)
    raise Declined(Reason.ACCESS_ENDED if has_ended else Reason.NOT_ALLOWED)


def _has_ended(seat: Authorization, now: datetime) -> bool:
    return seat.access.until is not None and seat.access.until <= now
