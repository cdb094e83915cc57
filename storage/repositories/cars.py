"""The cars of home chats, and what was learned about each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, or_, select, update

from storage.engine.database import Tx
from storage.records import Car
from storage.repositories.sealed_records import SealedRecords
from storage.tables import CARS, CODE_WATCHES, NOTE_WATCHES, NOTES, SHARED_CHATS, TOKENS

_RECORDS = SealedRecords(CARS, Car)

_DROP = delete(CARS).where(*_RECORDS.is_this)
_LET_GO = tuple(
    delete(table).where(table.c.chat_id == bindparam("this_chat_id"), table.c.car_id == bindparam("this_car_id"))
    for table in (TOKENS, CODE_WATCHES, CARS)
)
_FORGET_NOTES = tuple(
    delete(table).where(table.c.home_chat_id == bindparam("this_chat_id"), table.c.car_id == bindparam("this_car_id"))
    for table in (NOTES, NOTE_WATCHES)
)
_EVERY = select(CARS.c.chat_id, CARS.c.car_id).order_by(CARS.c.chat_id, CARS.c.car_id)
_HOMES_OF = select(CARS.c.chat_id).where(CARS.c.car_id == bindparam("this_car"))
_LIST = select(CARS).where(CARS.c.chat_id == bindparam("this_chat")).order_by(CARS.c.position, CARS.c.car_id)
_HOMES_OF_CHAT = select(SHARED_CHATS.c.home_chat_id).where(SHARED_CHATS.c.chat_id == bindparam("this_chat"))
_USED_FROM = (
    select(CARS)
    .where(or_(CARS.c.chat_id == bindparam("this_chat"), CARS.c.chat_id.in_(_HOMES_OF_CHAT)))
    .order_by(CARS.c.chat_id, CARS.c.position, CARS.c.car_id)
)
_ENDING = (
    select(CARS)
    .where(CARS.c.share_announced_at.is_(None), CARS.c.share_expires_at <= bindparam("before"))
    .order_by(CARS.c.share_expires_at)
)
_ANNOUNCED = (
    update(CARS)
    .where(
        *_RECORDS.is_this,
        CARS.c.share_announced_at.is_not_distinct_from(bindparam("was", type_=CARS.c.share_announced_at.type)),
    )
    .values(share_announced_at=bindparam("now"))
)


def replace_all(tx: Tx, chat_id: int, cars: Sequence[Car]) -> None:
    """Replace the chat's cars by these; what was learned about a car that remains is kept.

    An announcement is kept too, as long as the share ends at the same moment.
    """
    known = {car.car_id: car for car in list_for(tx, chat_id)}
    for car_id in known.keys() - {car.car_id for car in cars}:
        for statement in (_DROP, *_FORGET_NOTES):
            tx.change(statement, _RECORDS.key(chat_id, car_id))
    for car in cars:
        _RECORDS.put(tx, _merged(known[car.car_id], car) if car.car_id in known else car)


def list_for(tx: Tx, chat_id: int) -> list[Car]:
    """Return the chat's cars in their order."""
    return _RECORDS.all(tx, _LIST, {"this_chat": chat_id})


def used_from(tx: Tx, chat_id: int) -> list[Car]:
    """Return the cars of the chat's own home and of the homes that it is attached to."""
    return _RECORDS.readable(tx, _USED_FROM, {"this_chat": chat_id})


def get(tx: Tx, chat_id: int, car_id: int) -> Car | None:
    """Return the chat's car, or None if it is not one of its cars."""
    return _RECORDS.get(tx, chat_id, car_id)


def remove(tx: Tx, chat_id: int, car_id: int) -> None:
    """Delete the chat's car with its tokens, its watches and its notes."""
    for statement in (*_LET_GO, *_FORGET_NOTES):
        tx.change(statement, _RECORDS.key(chat_id, car_id))


def every(tx: Tx) -> list[tuple[int, int]]:
    """Return the chat and the number of every car."""
    return [(row["chat_id"], row["car_id"]) for row in tx.all(_EVERY, {})]


def homes_of(tx: Tx, car_id: int) -> list[int]:
    """Return the home chats that have this car."""
    return [row["chat_id"] for row in tx.all(_HOMES_OF, {"this_car": car_id})]


def learn(
    tx: Tx,
    chat_id: int,
    car_id: int,
    *,
    reports: Sequence[str] | None = None,
    cannot: Sequence[str] | None = None,
    device_id: str | None = None,
    owner: str | None = None,
    vin_end: str | None = None,
) -> None:
    """Store what the car reports and cannot do, its device's id, its owner's wallet, and how its VIN ends.

    None keeps what is known; a car that was removed is skipped.
    """
    given = {"reports": reports, "cannot": cannot, "device_id": device_id, "owner": owner, "vin_end": vin_end}
    _change_details(tx, chat_id, car_id, {name: value for name, value in given.items() if value is not None})


def forget_device(tx: Tx, chat_id: int, car_id: int) -> None:
    """Forget the car's device id; a car that was removed is skipped."""
    _change_details(tx, chat_id, car_id, {"device_id": None})


def ending(tx: Tx, *, before: datetime) -> list[Car]:
    """Return the cars whose share ends by then and was not announced, soonest first."""
    return _RECORDS.all(tx, _ENDING, {"before": before})


def mark_announced(tx: Tx, chat_id: int, car_id: int, *, was: datetime | None, now: datetime | None) -> bool:
    """Note when the end of this car's share was announced; of any number of callers exactly one gets True."""
    return tx.change(_ANNOUNCED, {**_RECORDS.key(chat_id, car_id), "was": was, "now": now}) == 1


def _merged(known: Car, car: Car) -> Car:
    learned, details = known.details, car.details
    announced_at = known.share_announced_at if known.share_expires_at == car.share_expires_at else None
    return replace(
        car,
        share_announced_at=car.share_announced_at or announced_at,
        details=replace(
            details,
            reports=learned.reports if details.reports is None else details.reports,
            cannot=details.cannot or learned.cannot,
            device_id=details.device_id or learned.device_id,
            vin_end=details.vin_end or learned.vin_end,
        ),
    )


def _change_details(tx: Tx, chat_id: int, car_id: int, changes: Mapping[str, Any]) -> None:
    car = _RECORDS.get_for_update(tx, chat_id, car_id)
    if car is not None:
        _RECORDS.reseal(tx, replace(car, details=replace(car.details, **changes)))
