"""The journal of actions: the intent is written before the request is sent, the outcome after it.

One action of a car is `sending` at a time; a partial unique index enforces that between all processes.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import TypedDict, Unpack

from sqlalchemy import Executable, and_, bindparam, case, exists, func, null, or_, select, text, tuple_, update
from sqlalchemy.exc import IntegrityError

from storage.engine.database import Tx
from storage.engine.upserts import insert_for
from storage.partial_indexes import IS_SENDING, IS_UNFINISHED, IS_UNSHOWN, UNFINISHED
from storage.records import ActionRow
from storage.repositories.sealed_records import SealedRecords
from storage.states import ActionState
from storage.tables import ACTIONS


class DetailChanges(TypedDict, total=False):
    """The details that an outcome may change."""

    request_id: str | None
    reason: str | None
    via: str | None
    note: str | None
    reading_value: float | None
    reading_at: datetime | None
    opening_until: datetime | None
    still_open: tuple[str, ...]


NOBODY = 0

RECORDS = SealedRecords(ACTIONS, ActionRow)

_COLUMNS = ACTIONS.c
_BY_PERSON = _COLUMNS.person_id == bindparam("this_person")
_SINCE = _COLUMNS.requested_at >= bindparam("since")
_OLDEST_FIRST = (_COLUMNS.requested_at, _COLUMNS.id)
_NEWEST_FIRST = (_COLUMNS.requested_at.desc(), _COLUMNS.id.desc())

_OTHER = ACTIONS.alias("other")
_OTHER_IS_UNFINISHED = text(f"other.{UNFINISHED}")
_CAR_IS_BUSY = exists().where(_OTHER.c.car_id == bindparam("this_car"), _OTHER_IS_UNFINISHED)
_OTHER_OF_THE_CAR = exists().where(_OTHER.c.car_id == _COLUMNS.car_id, _OTHER_IS_UNFINISHED)
_BEGIN = (
    update(ACTIONS)
    .where(
        *RECORDS.is_this,
        _COLUMNS.state == ActionState.QUEUED,
        ~_OTHER_OF_THE_CAR.where(_OTHER.c.state == ActionState.SENDING),
        ~_OTHER_OF_THE_CAR.where(
            tuple_(_OTHER.c.requested_at, _OTHER.c.id) < tuple_(_COLUMNS.requested_at, _COLUMNS.id)
        ),
    )
    .values(state=ActionState.SENDING, instance=bindparam("new_instance"), sent_at=bindparam("now"))
    .returning(ACTIONS)
)
_SETTLE = (
    update(ACTIONS)
    .where(*RECORDS.is_this, _COLUMNS.state == bindparam("old_state"))
    .values(
        state=bindparam("new_state"),
        settled_at=bindparam("now"),
        watch_until=bindparam("until"),
        sent_at=func.coalesce(bindparam("left_at", type_=_COLUMNS.sent_at.type), _COLUMNS.sent_at),
        sealed=bindparam("new_sealed"),
        version=_COLUMNS.version + 1,
    )
    .returning(ACTIONS)
)
_SHOWN = (
    update(ACTIONS)
    .where(
        *RECORDS.is_this,
        # Whoever was forgotten meanwhile keeps no message.
        _COLUMNS.person_id == bindparam("old_person"),
        _COLUMNS.shown_chat_id.is_not_distinct_from(bindparam("old_shown", type_=_COLUMNS.chat_id.type)),
        _COLUMNS.shown_version <= bindparam("new_shown_version"),
    )
    .values(
        message_id=bindparam("new_message"),
        shown_state=bindparam("new_shown"),
        shown_version=bindparam("new_shown_version"),
        shown_chat_id=func.coalesce(bindparam("new_chat", type_=_COLUMNS.chat_id.type), _COLUMNS.shown_chat_id),
    )
)
_ADOPT = (
    update(ACTIONS)
    .where(
        *RECORDS.is_this,
        _COLUMNS.instance == bindparam("old_instance"),
        _COLUMNS.state == bindparam("old_state"),
    )
    .values(instance=bindparam("new_instance"))
)
_UNFINISHED = select(ACTIONS).where(IS_UNFINISHED).order_by(*_OLDEST_FIRST)
_WATCHED = (
    select(ACTIONS)
    .where(
        _COLUMNS.watch_until.is_not(null()),
        # An accepted action whose watch ended while no process ran still says that a report is waited for.
        or_(
            and_(_COLUMNS.state == ActionState.ACCEPTED, _SINCE),
            and_(_COLUMNS.state == ActionState.NOT_CONFIRMED, _COLUMNS.watch_until > bindparam("now")),
        ),
    )
    .order_by(*_OLDEST_FIRST)
)
_UNSHOWN = select(ACTIONS).where(_SINCE, IS_UNSHOWN).order_by(*_OLDEST_FIRST)
_RECENT_BY_PERSON = select(ACTIONS).where(_BY_PERSON, _SINCE).order_by(*_NEWEST_FIRST)
_COUNT_BY_PERSON = select(func.count().label("count")).where(_BY_PERSON, _SINCE)
_COUNT_OF_HOME = select(func.count().label("count")).where(_COLUMNS.home_chat_id == bindparam("this_home"), _SINCE)
_RECENT_ON_CAR = select(ACTIONS).where(_COLUMNS.car_id == bindparam("this_car"), _SINCE).order_by(*_NEWEST_FIRST)
_ANY_UNRESOLVED = (
    select(_COLUMNS.id)
    .where(
        _COLUMNS.car_id == bindparam("this_car"),
        _COLUMNS.home_chat_id == bindparam("this_home"),
        or_(_COLUMNS.state == ActionState.UNKNOWN, _COLUMNS.state == ActionState.NOT_CONFIRMED),
        _SINCE,
    )
    .limit(1)
)
_UNFINISHED_ON_CAR = (
    select(ACTIONS).where(_COLUMNS.car_id == bindparam("this_car"), _SINCE, IS_UNFINISHED).order_by(*_NEWEST_FIRST)
)
_BY_PERSON_FOR_UPDATE = select(ACTIONS).where(_BY_PERSON).order_by(*_OLDEST_FIRST).with_for_update()
_LEAVE_PRIVATE_CHAT = (
    update(ACTIONS)
    .where(_BY_PERSON, _COLUMNS.chat_id == bindparam("this_person"))
    .values(chat_id=_COLUMNS.home_chat_id, message_id=null())
)
_FORGET_PRIVATE_MESSAGES = (
    update(ACTIONS)
    .where(_COLUMNS.shown_chat_id == bindparam("this_person"))
    .values(shown_chat_id=null(), message_id=null())
)
_LEAVE_PERSON_OUT = update(ACTIONS).where(_BY_PERSON).values(person_id=NOBODY)


@cache
def _intend(dialect: str) -> Executable:
    at_once = bindparam("at_once", type_=_COLUMNS.sent_at.type)
    intending: Executable = (
        insert_for(ACTIONS, dialect)
        .values(
            state=case((_CAR_IS_BUSY, ActionState.QUEUED), else_=ActionState.SENDING),
            sent_at=case((_CAR_IS_BUSY, None), else_=at_once),
        )
        .on_conflict_do_nothing(index_elements=["car_id"], index_where=IS_SENDING)
        .returning(_COLUMNS.state, _COLUMNS.sent_at)
    )
    return intending


def intend(tx: Tx, row: ActionRow) -> ActionRow:
    """Store the intent and return it as stored: `sending` if the car is free, else `queued`.

    Of any number of processes one gets `sending`; its `sent_at` is the moment of the request.
    """
    values = {**RECORDS.row(tx, row), "this_car": row.car_id, "at_once": row.requested_at}
    # The second try is for when another process took the car during the first; it has committed by then.
    stored = tx.one(_intend(tx.dialect), values) or tx.one(_intend(tx.dialect), values)
    if stored is None:
        raise RuntimeError("an intent was neither sent nor queued")
    return replace(row, state=stored["state"], sent_at=stored["sent_at"])


def begin(tx: Tx, action_id: str, *, instance: int, now: datetime) -> ActionRow | None:
    """Change the queued action to `sending` if its car is free and it is the next one, else return None."""
    values = {**RECORDS.key(action_id), "new_instance": instance, "now": now}
    try:
        with tx.connection.begin_nested():
            row = tx.connection.execute(_BEGIN, values).mappings().one_or_none()
            return None if row is None else RECORDS.record(tx, {**row})
    except IntegrityError:
        # Another process took the car at this very moment: the partial unique index refused this one.
        return None


def settle(
    tx: Tx,
    action_id: str,
    *,
    expected: Collection[str],
    state: str,
    now: datetime,
    sent_at: datetime | None = None,
    watch_until: datetime | None = None,
    **changes: Unpack[DetailChanges],
) -> ActionRow | None:
    """Change the action's state if it is in an expected one; None if another caller was first.

    Details that are not given stay as they are; without `watch_until` the watch ends.
    """
    before = RECORDS.get_for_update(tx, action_id)
    if before is None or before.state not in expected:
        return None
    values = {
        **RECORDS.key(action_id),
        "old_state": before.state,
        "new_state": state,
        "now": now,
        "until": watch_until,
        "left_at": sent_at,
        "new_sealed": RECORDS.seal(tx, replace(before, details=replace(before.details, **changes))),
    }
    return RECORDS.one(tx, _SETTLE, values)


def mark_shown(tx: Tx, row: ActionRow, *, message_id: int | None, shown_chat_id: int | None = None) -> bool:
    """Note that people were shown an action as in this row, and in which message; False if a newer version was shown.

    `shown_chat_id` is the chat of the message if that is not where the action was asked for. Nothing is noted either
    if somebody was forgotten meanwhile, whose action or chat it was.
    """
    old = {"old_person": row.person_id, "old_shown": row.shown_chat_id}
    new = {"new_message": message_id, "new_shown": row.state, "new_shown_version": row.version}
    return tx.change(_SHOWN, {**RECORDS.key(row.id), **old, **new, "new_chat": shown_chat_id}) == 1


def adopt(tx: Tx, action_id: str, *, was: int, state: str, instance: int) -> bool:
    """Take an action over from the process it belonged to, if its process and state are still these.

    Of any number of callers exactly one gets True.
    """
    values = {"old_instance": was, "old_state": state, "new_instance": instance}
    return tx.change(_ADOPT, {**RECORDS.key(action_id), **values}) == 1


def get(tx: Tx, action_id: str) -> ActionRow | None:
    """Return the action, or None if there is none with this id."""
    return RECORDS.get(tx, action_id)


def open_ends(tx: Tx, *, now: datetime, since: datetime) -> list[ActionRow]:
    """Return what a process that died may have left: unfinished, watched, or settled since then and not shown.

    Watched actions are those that the car may still confirm, or that nobody has watched to the end.
    """
    unfinished = RECORDS.readable(tx, _UNFINISHED)
    watched = RECORDS.readable(tx, _WATCHED, {"now": now, "since": since})
    unshown = RECORDS.readable(tx, _UNSHOWN, {"since": since})
    return list({row.id: row for row in (*unfinished, *watched, *unshown)}.values())


def count_of_home(tx: Tx, home_chat_id: int, *, since: datetime) -> int:
    """Count a home's actions of any kind since a moment; decrypts nothing."""
    return tx.value(_COUNT_OF_HOME, {"this_home": home_chat_id, "since": since}) or 0


def count_by_person(tx: Tx, person_id: int, *, since: datetime) -> int:
    """Count the person's requests since then; decrypts nothing."""
    return tx.value(_COUNT_BY_PERSON, {"this_person": person_id, "since": since}) or 0


def recent_by_person(tx: Tx, person_id: int, *, since: datetime) -> list[ActionRow]:
    """Return the person's requests since then, newest first."""
    return RECORDS.readable(tx, _RECENT_BY_PERSON, {"this_person": person_id, "since": since})


def unfinished_on_car(tx: Tx, car_id: int, *, since: datetime) -> list[ActionRow]:
    """Return a car's actions since then that are not sent or not answered, the newest first."""
    return RECORDS.readable(tx, _UNFINISHED_ON_CAR, {"this_car": car_id, "since": since})


def is_any_unresolved(tx: Tx, *, home_chat_id: int, car_id: int, since: datetime) -> bool:
    """Return whether the outcome of an action of the home on the car since then is not known; decrypts nothing."""
    values = {"this_home": home_chat_id, "this_car": car_id, "since": since}
    return tx.one(_ANY_UNRESOLVED, values) is not None


def recent_on_car(tx: Tx, car_id: int, *, since: datetime) -> list[ActionRow]:
    """Return everybody's requests to the car since then, newest first."""
    return RECORDS.readable(tx, _RECENT_ON_CAR, {"this_car": car_id, "since": since})


def anonymise(tx: Tx, person_id: int) -> set[str]:
    """Make everything that the person did nobody's, and return the names that were removed; the rest stays.

    What was asked for in the person's private chat is moved to the home chat: the private chat has the person's id.
    """
    rows = RECORDS.readable(tx, _BY_PERSON_FOR_UPDATE, {"this_person": person_id})
    for row in rows:
        RECORDS.reseal(tx, replace(row, details=replace(row.details, person_name="")))
    tx.change(_LEAVE_PRIVATE_CHAT, {"this_person": person_id})
    tx.change(_FORGET_PRIVATE_MESSAGES, {"this_person": person_id})
    tx.change(_LEAVE_PERSON_OUT, {"this_person": person_id})
    return {row.details.person_name for row in rows if row.details.person_name}
