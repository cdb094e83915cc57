"""Names cars so that whoever reads a chat cannot take one for another."""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.car_names import CarTraits, are_distinct, distinct_names
from bot.domain.ids import CarId
from storage import Car, Tx
from storage.repositories import cars, homes


def named(tx: Tx, found: Sequence[Car], *chats: int) -> list[Car]:
    """Return these cars with names that are unique among all cars that are used from one of the chats.

    The names are to be shown and stored with what was done; they must not be stored as those of the cars.
    """
    near = {car.car_id: car for chat in dict.fromkeys(chats) for car in cars.used_from(tx, chat)}
    near |= {car.car_id: car for car in found}
    if are_distinct([car.details.name for car in near.values()]):
        return list(found)
    owners = {home: _owner_name(tx, home) for home in {car.chat_id for car in near.values()}}
    names = distinct_names([_traits(car, owners[car.chat_id]) for car in near.values()])
    return [replace(car, details=replace(car.details, name=names[CarId(car.car_id)])) for car in found]


def _owner_name(tx: Tx, home: int) -> str:
    known = homes.get(tx, home)
    return "" if known is None else known.owner_name


def _traits(car: Car, owner: str) -> CarTraits:
    of = car.details
    return CarTraits(id=CarId(car.car_id), name=of.name, year=of.year, model=of.model, owner=owner, vin_end=of.vin_end)
