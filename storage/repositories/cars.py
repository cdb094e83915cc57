"""The cars of home chats, and what was learned about each."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from storage.encryption.sealed_tables import SEALED_CARS
from storage.engine.database import Tx
from storage.engine.statements import Row
from storage.engine.upserts import insert_or_replace
from storage.records import Car, CarDetails
from storage.tables import CARS

_THIS = (CARS.c.chat_id == bindparam("this_chat"), CARS.c.car_id == bindparam("this_car"))
_PUT = insert_or_replace(CARS)
_GET = select(CARS).where(*_THIS)
_GET_FOR_UPDATE = _GET.with_for_update()
_DROP = delete(CARS).where(*_THIS)
_LIST = select(CARS).where(CARS.c.chat_id == bindparam("this_chat")).order_by(CARS.c.position, CARS.c.car_id)
_RESEAL = update(CARS).where(*_THIS).values(sealed=bindparam("new_sealed"))
_ENDING = (
    select(CARS)
    .where(CARS.c.share_announced_at.is_(None), CARS.c.share_expires_at <= bindparam("before"))
    .order_by(CARS.c.share_expires_at)
)
_ANNOUNCED = update(CARS).where(*_THIS).values(share_announced_at=bindparam("now"))


def replace_all(tx: Tx, chat_id: int, cars: Sequence[Car]) -> None:
    """Make these the chat's cars; what was learned about a car that stays is kept.

    An announcement is kept too, as long as the share ends at the same moment.
    """
    known = {car.car_id: car for car in list_for(tx, chat_id)}
    for car_id in known.keys() - {car.car_id for car in cars}:
        tx.change(_DROP, {"this_chat": chat_id, "this_car": car_id})
    for car in cars:
        _put(tx, _merged(known.get(car.car_id), car))


def list_for(tx: Tx, chat_id: int) -> list[Car]:
    """Return the chat's cars in their order."""
    return [_car(tx, row) for row in tx.all(_LIST, {"this_chat": chat_id})]


def get(tx: Tx, chat_id: int, car_id: int) -> Car | None:
    """Return the chat's car, or None if it is not one of its cars."""
    row = tx.one(_GET, {"this_chat": chat_id, "this_car": car_id})
    return None if row is None else _car(tx, row)


def learn(
    tx: Tx,
    chat_id: int,
    car_id: int,
    *,
    reports: Sequence[str] | None = None,
    cannot: Sequence[str] | None = None,
    device_id: str | None = None,
) -> None:
    """Remember what the car reports and cannot do, and its device's id.

    None leaves what is known; a car that left is skipped.
    """

    def learned(details: CarDetails) -> CarDetails:
        return replace(
            details,
            reports=details.reports if reports is None else tuple(reports),
            cannot=details.cannot if cannot is None else tuple(cannot),
            device_id=details.device_id if device_id is None else device_id,
        )

    _change_details(tx, chat_id, car_id, learned)


def forget_device(tx: Tx, chat_id: int, car_id: int) -> None:
    """Forget the car's device id; a car that left is skipped."""
    _change_details(tx, chat_id, car_id, lambda details: replace(details, device_id=None))


def ending(tx: Tx, *, before: datetime) -> list[Car]:
    """Return the cars whose share ends by then and was not announced, the first to end first."""
    return [_car(tx, row) for row in tx.all(_ENDING, {"before": before})]


def mark_announced(tx: Tx, chat_id: int, car_id: int, *, now: datetime) -> None:
    """Remember that the chat was told about the end of this car's share."""
    tx.change(_ANNOUNCED, {"this_chat": chat_id, "this_car": car_id, "now": now})


def _merged(known: Car | None, car: Car) -> Car:
    if known is None:
        return car
    learned, details = known.details, car.details
    return replace(
        car,
        share_announced_at=car.share_announced_at
        or (known.share_announced_at if known.share_expires_at == car.share_expires_at else None),
        details=replace(
            details,
            reports=learned.reports if details.reports is None else details.reports,
            cannot=details.cannot or learned.cannot,
            device_id=details.device_id or learned.device_id,
        ),
    )


def _change_details(tx: Tx, chat_id: int, car_id: int, change: Callable[[CarDetails], CarDetails]) -> None:
    key = {"this_chat": chat_id, "this_car": car_id}
    row = tx.one(_GET_FOR_UPDATE, key)
    if row is not None:
        content = asdict(change(_car(tx, row).details))
        tx.change(_RESEAL, {**key, "new_sealed": SEALED_CARS.seal(tx.vault, row, content)})


def _put(tx: Tx, car: Car) -> None:
    tx.change(_PUT[tx.dialect], SEALED_CARS.row(tx.vault, car, asdict(car.details)))


def _car(tx: Tx, row: Row) -> Car:
    plain, content = SEALED_CARS.split(tx.vault, row)
    # JSON knows no tuples.
    details: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in content.items()
    }
    return Car(**plain, details=CarDetails(**details))
