"""Watches: cars that are checked for new error codes, each by one process at a time."""

from datetime import UTC, datetime

from sqlalchemy import bindparam, delete, func, select, update

from storage.engine.database import Tx
from storage.records import CodeWatch
from storage.repositories.sealed_records import SealedRecords
from storage.tables import CODE_WATCHES

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)

_RECORDS = SealedRecords(CODE_WATCHES, CodeWatch)

_COLUMNS = CODE_WATCHES.c
_IS_ON = _COLUMNS.every_seconds > 0
_DROP = delete(CODE_WATCHES).where(*_RECORDS.is_this)
_DUE = (
    select(CODE_WATCHES)
    .where(_COLUMNS.next_look_at <= bindparam("now"), _IS_ON)
    .order_by(_COLUMNS.next_look_at, _COLUMNS.chat_id, _COLUMNS.car_id)
)
_NEXT_DUE = select(func.min(_COLUMNS.next_look_at).label("soonest")).where(
    _COLUMNS.next_look_at > bindparam("after"), _IS_ON
)
_CLAIM = (
    update(CODE_WATCHES)
    .where(
        *_RECORDS.is_this,
        _IS_ON,
        _COLUMNS.next_look_at == bindparam("seen"),
        _COLUMNS.next_look_at < bindparam("later"),
    )
    .values(next_look_at=bindparam("later"))
)


put = _RECORDS.put


def get(tx: Tx, chat_id: int, car_id: int) -> CodeWatch | None:
    """Return the watch, or None if the car is not watched; raises WrongKeys or Tampered if it can't be decrypted."""
    return _RECORDS.get(tx, chat_id, car_id)


def get_for_update(tx: Tx, chat_id: int, car_id: int) -> CodeWatch | None:
    """Return what `get` returns, and lock it until the transaction ends."""
    return _RECORDS.get_for_update(tx, chat_id, car_id)


def drop(tx: Tx, chat_id: int, car_id: int) -> None:
    """Delete the watch, if there is one."""
    tx.change(_DROP, _RECORDS.key(chat_id, car_id))


def due(tx: Tx, *, now: datetime) -> list[CodeWatch]:
    """Return the watches of all chats that are due, the earliest first, without those that can't be decrypted."""
    return _RECORDS.readable(tx, _DUE, {"now": now})


def next_due(tx: Tx, *, after: datetime = _BEFORE_ALL) -> datetime | None:
    """Return when the next check is due, or None if no car is watched.

    A watch that can't be decrypted counts, and stays due for ever: ask for the time after the due ones were read.
    """
    return tx.value(_NEXT_DUE, {"after": after})


def claim(tx: Tx, watch: CodeWatch, *, next_look_at: datetime) -> bool:
    """Take a watch that is due, and set its next check to this later time.

    Of any number of processes that saw the same watch exactly one gets True.
    """
    values = {
        **_RECORDS.key(watch.chat_id, watch.car_id),
        "seen": watch.next_look_at,
        "later": next_look_at,
    }
    return tx.change(_CLAIM, values) == 1
