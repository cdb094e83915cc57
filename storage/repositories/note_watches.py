"""Watches: cars at which the bot looks for notes, each by one process at a time."""

from datetime import datetime

from sqlalchemy import bindparam, exists, func, select, update

from storage.engine.database import Tx
from storage.records import NoteWatch
from storage.repositories.sealed_records import SealedRecords
from storage.tables import CARS, NOTE_WATCHES

_RECORDS = SealedRecords(NOTE_WATCHES, NoteWatch)

_COLUMNS = NOTE_WATCHES.c
_DUE = (
    select(NOTE_WATCHES)
    .where(_COLUMNS.next_look_at <= bindparam("now"))
    .order_by(_COLUMNS.next_look_at, _COLUMNS.home_chat_id, _COLUMNS.car_id)
)
_NEXT_DUE = select(func.min(_COLUMNS.next_look_at)).where(_COLUMNS.next_look_at > bindparam("after"))
_CLAIM = (
    update(NOTE_WATCHES)
    .where(*_RECORDS.is_this, _COLUMNS.next_look_at == bindparam("seen"))
    .values(next_look_at=bindparam("later"))
)
_SOONER = (
    update(NOTE_WATCHES)
    .where(*_RECORDS.is_this, _COLUMNS.next_look_at > bindparam("at"))
    .values(next_look_at=bindparam("at"))
)
_DROP = NOTE_WATCHES.delete().where(*_RECORDS.is_this)
_OF_HOME = select(NOTE_WATCHES).where(_COLUMNS.home_chat_id == bindparam("this_home"))
_IS_CAR = (_COLUMNS.home_chat_id == CARS.c.chat_id, _COLUMNS.car_id == CARS.c.car_id)
_UNPLANNED = select(CARS.c.chat_id).where(~exists().where(*_IS_CAR)).distinct()

put = _RECORDS.put


def get(tx: Tx, home_chat_id: int, car_id: int) -> NoteWatch | None:
    """Return the watch of a home's car, or None; raises WrongKeys or Tampered if it can't be decrypted."""
    return _RECORDS.get(tx, home_chat_id, car_id)


def get_for_update(tx: Tx, home_chat_id: int, car_id: int) -> NoteWatch | None:
    """Return what `get` returns, and lock it until the transaction ends."""
    return _RECORDS.get_for_update(tx, home_chat_id, car_id)


def of_home(tx: Tx, home_chat_id: int) -> list[NoteWatch]:
    """Return the watches of a home's cars, without those that can't be decrypted."""
    return _RECORDS.readable(tx, _OF_HOME, {"this_home": home_chat_id})


def unplanned(tx: Tx) -> list[int]:
    """Return the homes that have a car without a watch; this reads all cars."""
    return [row["chat_id"] for row in tx.all(_UNPLANNED)]


def due(tx: Tx, *, now: datetime) -> list[NoteWatch]:
    """Return the watches of all homes that are due, the earliest first, without those that can't be decrypted."""
    return _RECORDS.readable(tx, _DUE, {"now": now})


def next_due(tx: Tx, *, after: datetime) -> datetime | None:
    """Return when the next look is due; None if there is none."""
    return tx.value(_NEXT_DUE, {"after": after})


def claim(tx: Tx, watch: NoteWatch, *, next_look_at: datetime) -> bool:
    """Set the next look of a watch that is due; of any number of processes that saw it exactly one gets True."""
    values = {"seen": watch.next_look_at, "later": next_look_at}
    return tx.change(_CLAIM, {**_RECORDS.key(watch.home_chat_id, watch.car_id), **values}) == 1


def look_by(tx: Tx, home_chat_id: int, car_id: int, *, at: datetime) -> None:
    """Look at a car then, if the next look would be later; nothing if there is none."""
    tx.change(_SOONER, {**_RECORDS.key(home_chat_id, car_id), "at": at})


def drop(tx: Tx, home_chat_id: int, car_id: int) -> None:
    """Delete a watch, if there is one."""
    tx.change(_DROP, _RECORDS.key(home_chat_id, car_id))
