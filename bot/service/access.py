"""Who stands where: finds the access of a person in a chat, and the car that they mean."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import CarId, ChatId, PersonId
from bot.domain.refusals import Reason
from bot.domain.roles import Ability, Access, Role, may
from bot.service.declined import Declined
from storage import Car, Home, Tx, cars, homes


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's place in a chat: whose cars are used from there, and with which access."""

    home: Home
    access: Access


def seat(tx: Tx, *, person: PersonId, chat: ChatId) -> Seat | None:
    """Find the seat of a person in a chat; None for everybody who has none there."""
    home = homes.get(tx, chat)
    if home is None or home.owner_id != person:
        return None
    return Seat(home, Access(Role.OWNER))


def permitted(tx: Tx, *, person: PersonId, chat: ChatId, ability: Ability, now: datetime) -> Seat:
    """Return the seat of somebody who may do this here and at this moment; raises Declined."""
    found = seat(tx, person=person, chat=chat)
    if found is None:
        raise Declined(Reason.NO_CAR_HERE)
    if not may(found.access, ability, now=now):
        raise Declined(Reason.NOT_ALLOWED)
    return found


def chosen_car(tx: Tx, home: Home, car_id: CarId | None) -> Car:
    """Return the car that is meant: the named one, else the last choice, else the first; raises Declined."""
    if car_id is not None:
        return _car(tx, home, car_id)
    if home.selected_car_id is not None and (car := cars.get(tx, home.chat_id, home.selected_car_id)):
        return car
    known = cars.list_for(tx, home.chat_id)
    if not known:
        raise Declined(Reason.NO_CARS_SHARED)
    return known[0]


def _car(tx: Tx, home: Home, car_id: CarId) -> Car:
    car = cars.get(tx, home.chat_id, car_id)
    if car is None:
        raise Declined(Reason.CAR_GONE)
    return car
