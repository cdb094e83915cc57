"""Events: what a home is still to be told, each when it is due."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy import bindparam, func, insert, select, update

from storage.encryption.sealed_tables import SEALED_EVENTS
from storage.engine.database import Tx
from storage.engine.statements import Row
from storage.records import Event
from storage.tables import EVENTS

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)

_COLUMNS = EVENTS.c
_THIS = _COLUMNS.id == bindparam("this_id")
_OF_HOME = _COLUMNS.home_chat_id == bindparam("this_home")

_ADD = insert(EVENTS)
_DUE = (
    select(EVENTS)
    .where(_COLUMNS.due_at <= bindparam("now"))
    .order_by(_COLUMNS.home_chat_id, _COLUMNS.due_at, _COLUMNS.created_at, _COLUMNS.id)
)
_NEXT_DUE = select(func.min(_COLUMNS.due_at).label("soonest")).where(_COLUMNS.due_at > bindparam("after"))
_POSTPONE = update(EVENTS).where(_THIS, _COLUMNS.due_at == bindparam("seen_due")).values(due_at=bindparam("new_due"))
_DELETE = sa.delete(EVENTS).where(_THIS)
_DROP_KIND = sa.delete(EVENTS).where(_OF_HOME, _COLUMNS.kind == bindparam("this_kind"))
_ALL_FOR_UPDATE = select(EVENTS).order_by(_COLUMNS.id).with_for_update()
_RESEAL = update(EVENTS).where(_THIS).values(sealed=bindparam("new_sealed"))


def add(tx: Tx, event: Event) -> None:
    """Keep an event; one with its id is an error."""
    tx.change(_ADD, SEALED_EVENTS.row(tx.vault, event, {**event.details}))


def due(tx: Tx, *, now: datetime) -> list[Event]:
    """Return the events of all homes that are due, home by home, the first due first, without what does not open."""
    return SEALED_EVENTS.readable(tx.all(_DUE, {"now": now}), partial(_event, tx))


def next_due(tx: Tx, *, after: datetime = _BEFORE_ALL) -> datetime | None:
    """Tell when the next event is due, or None if there is none.

    One that does not open counts, and stays due for ever: who has just told what was due asks for the moment after.
    """
    row = tx.one(_NEXT_DUE, {"after": after})
    return None if row is None else row["soonest"]


def postpone(tx: Tx, event: Event, *, until: datetime) -> bool:
    """Make the event due then, if it is there and nobody has postponed it meanwhile.

    Of any number of processes that saw the same event exactly one gets True, so this also takes it on to be told.
    """
    values = {"this_id": event.id, "seen_due": event.due_at, "new_due": until}
    return tx.change(_POSTPONE, values) == 1


def delete(tx: Tx, ids: Iterable[str]) -> list[str]:
    """Delete these events and return which were there. Of any number of callers one gets each id: that one tells it."""
    return [event_id for event_id in sorted(ids) if tx.change(_DELETE, {"this_id": event_id})]


def drop_kind(tx: Tx, home_chat_id: int, kind: str) -> None:
    """Delete the home's events of this kind, due or not."""
    tx.change(_DROP_KIND, {"this_home": home_chat_id, "this_kind": kind})


def anonymise(tx: Tx, person_id: int, *, names: Collection[str], home_chat_ids: Collection[int]) -> None:
    """Take the person out of what these homes are to be told: a detail that is a name of theirs, or their id.

    What another home is to be told of them goes: what they are called there is not known.
    """

    def without(value: object) -> object:
        if isinstance(value, str):
            return "" if value in names else value
        return 0 if value == person_id else value

    for event in SEALED_EVENTS.readable(tx.all(_ALL_FOR_UPDATE, {}), partial(_event, tx)):
        details = {name: without(value) for name, value in event.details.items()}
        if event.home_chat_id in home_chat_ids and details != event.details:
            sealed = SEALED_EVENTS.seal(tx.vault, {"id": event.id}, details)
            tx.change(_RESEAL, {"this_id": event.id, "new_sealed": sealed})
        elif event.home_chat_id not in home_chat_ids and person_id in event.details.values():
            tx.change(_DELETE, {"this_id": event.id})


def _event(tx: Tx, row: Row) -> Event:
    plain, details = SEALED_EVENTS.split(tx.vault, row)
    return Event(**plain, details=details)
