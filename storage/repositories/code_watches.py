"""Watches: cars that are looked at for new error codes, each by one process at a time."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update

from storage.encryption.sealed_tables import SEALED_CODE_WATCHES
from storage.engine.database import Tx
from storage.engine.statements import Row
from storage.engine.upserts import insert_or_replace
from storage.records import CodeWatch, CodeWatchDetails
from storage.tables import CODE_WATCHES

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)

_COLUMNS = CODE_WATCHES.c
_IS_ON = _COLUMNS.every_seconds > 0
_THIS = (_COLUMNS.chat_id == bindparam("this_chat"), _COLUMNS.car_id == bindparam("this_car"))

_PUT = insert_or_replace(CODE_WATCHES)
_GET = select(CODE_WATCHES).where(*_THIS)
_GET_FOR_UPDATE = _GET.with_for_update()
_DROP = delete(CODE_WATCHES).where(*_THIS)
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
        *_THIS,
        _IS_ON,
        _COLUMNS.next_look_at == bindparam("seen"),
        _COLUMNS.next_look_at < bindparam("later"),
    )
    .values(next_look_at=bindparam("later"))
)


def put(tx: Tx, watch: CodeWatch) -> None:
    """Keep the watch, in place of an earlier one of the chat's car."""
    tx.change(_PUT[tx.dialect], SEALED_CODE_WATCHES.row(tx.vault, watch, _written(watch.details)))


def get(tx: Tx, chat_id: int, car_id: int) -> CodeWatch | None:
    """Return the watch, or None if the car is not watched; raises WrongKeys or Tampered if it does not open."""
    return _only(tx, tx.one(_GET, _key(chat_id, car_id)))


def get_for_update(tx: Tx, chat_id: int, car_id: int) -> CodeWatch | None:
    """Return what `get` returns, and let nobody else change it until the transaction ends."""
    return _only(tx, tx.one(_GET_FOR_UPDATE, _key(chat_id, car_id)))


def drop(tx: Tx, chat_id: int, car_id: int) -> None:
    """Delete the watch, if there is one."""
    tx.change(_DROP, _key(chat_id, car_id))


def due(tx: Tx, *, now: datetime) -> list[CodeWatch]:
    """Return the watches of all chats whose look is due, the earliest first, without what does not open."""
    return SEALED_CODE_WATCHES.readable(tx.all(_DUE, {"now": now}), partial(_watch, tx))


def next_due(tx: Tx, *, after: datetime = _BEFORE_ALL) -> datetime | None:
    """Tell when the next look is due, or None if no car is watched.

    One that does not open counts, and stays due for ever: who has just taken what was due asks for the moment after.
    """
    row = tx.one(_NEXT_DUE, {"after": after})
    return None if row is None else row["soonest"]


def claim(tx: Tx, watch: CodeWatch, *, next_look_at: datetime) -> bool:
    """Take the look that is due, and put the next one at this later moment.

    Of any number of processes that saw the same watch exactly one gets True.
    """
    values = {
        **_key(watch.chat_id, watch.car_id),
        "seen": watch.next_look_at,
        "later": next_look_at,
    }
    return tx.change(_CLAIM, values) == 1


def _key(chat_id: int, car_id: int) -> dict[str, object]:
    return {"this_chat": chat_id, "this_car": car_id}


def _only(tx: Tx, row: Row | None) -> CodeWatch | None:
    return None if row is None else _watch(tx, row)


def _watch(tx: Tx, row: Row) -> CodeWatch:
    plain, content = SEALED_CODE_WATCHES.split(tx.vault, row)
    return CodeWatch(**plain, details=_read(content))


def _written(details: CodeWatchDetails) -> dict[str, Any]:
    """Write details for sealing, moments in ISO 8601."""
    told = [(code, at.isoformat()) for code, at in details.told]
    return {"told": told, "muted": details.muted, "untold": details.untold}


def _read(content: dict[str, Any]) -> CodeWatchDetails:
    return CodeWatchDetails(
        told=tuple((code, datetime.fromisoformat(at)) for code, at in content["told"]),
        muted=tuple(content["muted"]),
        untold=tuple(content["untold"]),
    )
