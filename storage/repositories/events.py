"""Events: announcements to a home, each sent when it is due."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy import bindparam, func, select, update

from storage.engine.database import Tx
from storage.records import Event
from storage.repositories.sealed_records import SealedRecords
from storage.tables import EVENTS

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)

_RECORDS = SealedRecords(EVENTS, Event)

_COLUMNS = EVENTS.c
_DUE = (
    select(EVENTS)
    .where(_COLUMNS.due_at <= bindparam("now"))
    .order_by(_COLUMNS.home_chat_id, _COLUMNS.due_at, _COLUMNS.created_at, _COLUMNS.id)
)
_NEXT_DUE = select(func.min(_COLUMNS.due_at).label("soonest")).where(_COLUMNS.due_at > bindparam("after"))
_POSTPONE = (
    update(EVENTS)
    .where(*_RECORDS.is_this, _COLUMNS.due_at == bindparam("seen_due"))
    .values(due_at=bindparam("new_due"), claimed_by=bindparam("by"))
)
_CLAIMERS = select(_COLUMNS.claimed_by).where(_COLUMNS.claimed_by.is_not(None)).distinct()
_RELEASE = (
    update(EVENTS).where(_COLUMNS.claimed_by == bindparam("was")).values(due_at=bindparam("now"), claimed_by=sa.null())
)
_DELETE = sa.delete(EVENTS).where(*_RECORDS.is_this)
_ALL_FOR_UPDATE = select(EVENTS).order_by(_COLUMNS.id).with_for_update()

add = _RECORDS.add
add_new = _RECORDS.add_new


def due(tx: Tx, *, now: datetime) -> list[Event]:
    """Return the due events of all homes, sorted by home and then by time, without those that can't be decrypted."""
    return _RECORDS.readable(tx, _DUE, {"now": now})


def next_due(tx: Tx, *, after: datetime = _BEFORE_ALL) -> datetime | None:
    """Return when the next event is due, or None if there is none.

    An event that can't be decrypted counts and is never deleted: pass the moment up to which events were handled.
    """
    return tx.value(_NEXT_DUE, {"after": after})


def postpone(tx: Tx, event: Event, *, until: datetime, by: int | None = None) -> bool:
    """Make the event due then, if it is still there and nobody has postponed it meanwhile.

    Of any number of processes that saw the same event exactly one gets True: that one announces it, and is `by`.
    """
    new = {"new_due": until, "by": by}
    return tx.change(_POSTPONE, {**_RECORDS.key(event.id), "seen_due": event.due_at, **new}) == 1


def claimers(tx: Tx) -> list[int]:
    """Return the numbers of the processes that announce events now, or did so when they died."""
    return [row["claimed_by"] for row in tx.all(_CLAIMERS)]


def release(tx: Tx, number: int, *, now: datetime) -> None:
    """Make all that a process was announcing due again."""
    tx.change(_RELEASE, {"was": number, "now": now})


def delete(tx: Tx, ids: Iterable[str]) -> list[str]:
    """Delete these events and return the ids that were deleted. Of any number of callers exactly one gets each id."""
    return [event_id for event_id in sorted(ids) if tx.change(_DELETE, _RECORDS.key(event_id))]


def forget_number(tx: Tx, person_id: int) -> None:
    """Remove the person's id from the details of all events; the names in unsent announcements stay."""
    for event in _RECORDS.readable(tx, _ALL_FOR_UPDATE):
        details = {name: 0 if value == person_id else value for name, value in event.details.items()}
        if details != event.details:
            _RECORDS.reseal(tx, replace(event, details=details))
