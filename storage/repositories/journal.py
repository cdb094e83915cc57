"""The journal of actions: the intent before the request leaves, the outcome after.

One action per car is `sending`; a partial unique index holds that against any race between processes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import (
    ColumnElement,
    Executable,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    collate,
    exists,
    func,
    null,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from storage.engine.database import Tx
from storage.engine.statements import Row
from storage.engine.upserts import PerDialect
from storage.records import ActionRow
from storage.repositories.journal_rows import action, details_of, readable, sealed, sealed_row
from storage.tables import ACTIONS, IS_SENDING, IS_UNFINISHED, UNFINISHED


class DetailChanges(TypedDict, total=False):
    """The details that an outcome may change."""

    request_id: str | None
    reason: str | None
    via: str | None
    note: str | None
    reading_value: float | None
    reading_at: datetime | None
    open_door_at: datetime | None
    opening_until: datetime | None


NOBODY = 0

_AFTER_ALL = datetime.max.replace(tzinfo=UTC)

_THIS = ACTIONS.c.id == bindparam("this_id")
_OTHER = ACTIONS.alias("other")

_OTHER_IS_UNFINISHED = text(f"other.{UNFINISHED}")
_CAR_IS_BUSY = exists().where(_OTHER.c.car_id == bindparam("this_car"), _OTHER_IS_UNFINISHED)
_INTEND_STATE = case((_CAR_IS_BUSY, "queued"), else_="sending")
_INTEND_SENT_AT = case((_CAR_IS_BUSY, None), else_=bindparam("at_once", type_=ACTIONS.c.sent_at.type))


def _intend_unless_taken(insert: Any) -> Executable:  # noqa: ANN401 - one of the dialects' Insert
    intending: Executable = (
        insert.values(state=_INTEND_STATE, sent_at=_INTEND_SENT_AT)
        .on_conflict_do_nothing(index_elements=["car_id"], index_where=IS_SENDING)
        .returning(ACTIONS.c.state, ACTIONS.c.sent_at)
    )
    return intending


_INTEND = PerDialect(ACTIONS, _intend_unless_taken)
_GET = select(ACTIONS).where(_THIS)
_GET_FOR_UPDATE = _GET.with_for_update()
_BEGIN = (
    update(ACTIONS)
    .where(
        _THIS,
        ACTIONS.c.state == "queued",
        ~exists().where(_OTHER.c.car_id == ACTIONS.c.car_id, _OTHER_IS_UNFINISHED, _OTHER.c.state == "sending"),
        ~exists().where(
            _OTHER.c.car_id == ACTIONS.c.car_id,
            _OTHER_IS_UNFINISHED,
            or_(
                _OTHER.c.requested_at < ACTIONS.c.requested_at,
                and_(_OTHER.c.requested_at == ACTIONS.c.requested_at, _OTHER.c.id < ACTIONS.c.id),
            ),
        ),
    )
    .values(state="sending", instance=bindparam("new_instance"), sent_at=bindparam("now"))
    .returning(ACTIONS)
)
_SETTLE = (
    update(ACTIONS)
    .where(_THIS, ACTIONS.c.state == bindparam("old_state"))
    .values(
        state=bindparam("new_state"),
        settled_at=bindparam("now"),
        watch_until=bindparam("until"),
        sent_at=func.coalesce(bindparam("left_at", type_=ACTIONS.c.sent_at.type), ACTIONS.c.sent_at),
        sealed=bindparam("new_sealed"),
    )
    .returning(ACTIONS)
)
_SHOWN = update(ACTIONS).where(_THIS).values(message_id=bindparam("new_message"), shown_state=bindparam("new_shown"))
_ADOPT = (
    update(ACTIONS)
    .where(_THIS, ACTIONS.c.instance == bindparam("old_instance"), ACTIONS.c.state == bindparam("old_state"))
    .values(instance=bindparam("new_instance"))
)
_NEWEST_FIRST = (ACTIONS.c.requested_at.desc(), ACTIONS.c.id.desc())
_SINCE = ACTIONS.c.requested_at >= bindparam("since")
_OLDEST_FIRST = (ACTIONS.c.requested_at, ACTIONS.c.id)
_UNFINISHED = select(ACTIONS).where(IS_UNFINISHED).order_by(*_OLDEST_FIRST)
_WATCHED = (
    select(ACTIONS)
    .where(
        or_(ACTIONS.c.state == "accepted", ACTIONS.c.state == "not_confirmed"),
        ACTIONS.c.watch_until > bindparam("now"),
    )
    .order_by(*_OLDEST_FIRST)
)
_UNSHOWN = (
    select(ACTIONS)
    .where(_SINCE, or_(ACTIONS.c.shown_state.is_(None), ACTIONS.c.shown_state != ACTIONS.c.state))
    .order_by(*_OLDEST_FIRST)
)
_BY_PERSON = select(ACTIONS).where(ACTIONS.c.person_id == bindparam("this_person"), _SINCE).order_by(*_NEWEST_FIRST)
_COUNT_BY_PERSON = select(func.count().label("count")).where(ACTIONS.c.person_id == bindparam("this_person"), _SINCE)
_ON_CAR = select(ACTIONS).where(ACTIONS.c.car_id == bindparam("this_car"), _SINCE).order_by(*_NEWEST_FIRST)
_THIS_PERSON = ACTIONS.c.person_id == bindparam("this_person")


def _page_of_home(action_id: ColumnElement[str]) -> Select[Any]:
    """Build what reads the home's actions before some moment, told apart by their ids within it."""
    return (
        select(ACTIONS)
        .where(
            ACTIONS.c.home_chat_id == bindparam("this_home"),
            ACTIONS.c.requested_at <= bindparam("before"),
            or_(ACTIONS.c.requested_at < bindparam("before"), action_id < bindparam("before_id")),
        )
        .order_by(ACTIONS.c.requested_at.desc(), action_id.desc())
        .limit(bindparam("most", type_=Integer))
    )


# PostgreSQL would compare ids in the words of its locale, and pages of several homes could not be put together here.
_PAGE = {
    "sqlite": _page_of_home(ACTIONS.c.id),
    "postgresql": _page_of_home(collate(ACTIONS.c.id, "C")),
}
_PAGE_OF_PERSON = {dialect: page.where(_THIS_PERSON) for dialect, page in _PAGE.items()}
_PEOPLE = (
    select(ACTIONS.c.person_id, func.max(ACTIONS.c.requested_at).label("last_at"))
    .where(ACTIONS.c.home_chat_id == bindparam("this_home"), ACTIONS.c.person_id != NOBODY)
    .group_by(ACTIONS.c.person_id)
    .order_by(func.max(ACTIONS.c.requested_at).desc(), ACTIONS.c.person_id)
)
_BY_PERSON_FOR_UPDATE = select(ACTIONS).where(_THIS_PERSON).order_by(*_OLDEST_FIRST).with_for_update()
_RESEAL = update(ACTIONS).where(_THIS).values(sealed=bindparam("new_sealed"))
_LEAVE_PRIVATE_CHAT = (
    update(ACTIONS)
    .where(_THIS_PERSON, ACTIONS.c.chat_id == bindparam("this_person"))
    .values(chat_id=ACTIONS.c.home_chat_id, message_id=null())
)
_LEAVE_PERSON_OUT = update(ACTIONS).where(_THIS_PERSON).values(person_id=NOBODY)


def intend(tx: Tx, row: ActionRow) -> ActionRow:
    """Write the intent and return it as stored: `sending` if the car is free, else `queued`.

    Of any number of processes one gets `sending`; its `sent_at` is the moment of the request.
    """
    values = sealed_row(tx, row) | {
        "this_car": row.car_id,
        "at_once": row.requested_at,
    }
    # A second look is needed if another process took the car between look and insert; that one has committed.
    stored = tx.one(_INTEND[tx.dialect], values) or tx.one(_INTEND[tx.dialect], values)
    if stored is None:
        raise RuntimeError("an intent was neither sent nor queued")
    return replace(row, state=stored["state"], sent_at=stored["sent_at"])


def begin(tx: Tx, action_id: str, *, instance: int, now: datetime) -> ActionRow | None:
    """Turn the queued action into `sending` if its car is free and its turn has come, else return None."""
    values = {"this_id": action_id, "new_instance": instance, "now": now}
    try:
        with tx.connection.begin_nested():
            row = tx.connection.execute(_BEGIN, values).mappings().one_or_none()
            return None if row is None else action(tx, {**row})
    except IntegrityError:
        # Another process took the car in this very moment: the partial unique index holds.
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
    """Move the action on if it is still in an expected state; None if somebody else was first.

    Details that are not given stay as they are; `watch_until` not given ends the watch.
    """
    before = tx.one(_GET_FOR_UPDATE, {"this_id": action_id})
    if before is None or before["state"] not in expected:
        return None
    details = replace(details_of(tx, before), **changes)
    values = {
        "this_id": action_id,
        "old_state": before["state"],
        "new_state": state,
        "now": now,
        "until": watch_until,
        "left_at": sent_at,
        "new_sealed": sealed(tx, before["id"], details),
    }
    return _only(tx, tx.one(_SETTLE, values))


def mark_shown(tx: Tx, action_id: str, *, state: str, message_id: int | None) -> None:
    """Remember which state people were shown, and in which message."""
    tx.change(_SHOWN, {"this_id": action_id, "new_message": message_id, "new_shown": state})


def adopt(tx: Tx, action_id: str, *, was: int, state: str, instance: int) -> bool:
    """Take an action over from the process it belonged to, if it still stands as it was seen.

    Of any number of other takers exactly one gets True.
    """
    values = {"this_id": action_id, "old_instance": was, "old_state": state, "new_instance": instance}
    return tx.change(_ADOPT, values) == 1


def get(tx: Tx, action_id: str) -> ActionRow | None:
    """Return the action, or None if there is none with this id."""
    return _only(tx, tx.one(_GET, {"this_id": action_id}))


def unfinished(tx: Tx) -> list[ActionRow]:
    """Return all actions that are queued or sending, in any process, oldest first."""
    return _every(tx, _UNFINISHED, {})


def watched(tx: Tx, *, now: datetime) -> list[ActionRow]:
    """Return the actions whose confirmation by the car is still awaited, oldest first."""
    return _every(tx, _WATCHED, {"now": now})


def open_ends(tx: Tx, *, now: datetime, since: datetime) -> list[ActionRow]:
    """Return what a process that died may have left: unfinished, watched, or settled and not shown since then."""
    found = [*unfinished(tx), *watched(tx, now=now), *_every(tx, _UNSHOWN, {"since": since})]
    return list({row.id: row for row in found}.values())


def count_by_person(tx: Tx, person_id: int, *, since: datetime) -> int:
    """Count what the person asked for since then; costs no decryption."""
    row = tx.one(_COUNT_BY_PERSON, {"this_person": person_id, "since": since})
    return 0 if row is None else int(row["count"])


def recent_by_person(tx: Tx, person_id: int, *, since: datetime) -> list[ActionRow]:
    """Return what the person asked for since then, newest first."""
    return _every(tx, _BY_PERSON, {"this_person": person_id, "since": since})


def recent_on_car(tx: Tx, car_id: int, *, since: datetime) -> list[ActionRow]:
    """Return what anybody asked of the car since then, newest first."""
    return _every(tx, _ON_CAR, {"this_car": car_id, "since": since})


def page(
    tx: Tx,
    *,
    home_chat_ids: Sequence[int],
    person_id: int | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int,
) -> list[ActionRow]:
    """Return the last actions in these homes, of anybody or of one person, newest first, without what does not open.

    The next page is that `before` the last one's (requested_at, id); there is none if this one is not full.
    """
    statement = (_PAGE if person_id is None else _PAGE_OF_PERSON)[tx.dialect]
    moment, action_id = before or (_AFTER_ALL, "")
    values = {"this_person": person_id, "before": moment, "before_id": action_id}
    homes = dict.fromkeys(home_chat_ids)
    found = [row for home in homes for row in _filled(tx, statement, {**values, "this_home": home}, limit)]
    return sorted(found, key=lambda row: (row.requested_at, row.id), reverse=True)[:limit]


def people(tx: Tx, home_chat_id: int) -> list[int]:
    """Return who did something in this home, who did so last coming first; nobody is not among them."""
    return [row["person_id"] for row in tx.all(_PEOPLE, {"this_home": home_chat_id})]


def _filled(tx: Tx, statement: Executable, values: Mapping[str, Any], limit: int) -> list[ActionRow]:
    """Read a page, and on beyond what does not open, until it is full or there is no more."""
    found: list[ActionRow] = []
    while len(found) < limit:
        rows = tx.all(statement, {**values, "most": limit})
        found += readable(tx, rows)
        if len(rows) < limit:
            break
        values = {**values, "before": rows[-1]["requested_at"], "before_id": rows[-1]["id"]}
    return found


def anonymise(tx: Tx, person_id: int) -> set[str]:
    """Make all that the person did nobody's, and return the names that were taken out; the rest stays.

    What was asked for in the person's private chat belongs to the home chat then: both have the same number.
    """
    values = {"this_person": person_id}
    rows = _every(tx, _BY_PERSON_FOR_UPDATE, values)
    for row in rows:
        nameless = replace(row.details, person_name="")
        tx.change(_RESEAL, {"this_id": row.id, "new_sealed": sealed(tx, row.id, nameless)})
    tx.change(_LEAVE_PRIVATE_CHAT, values)
    tx.change(_LEAVE_PERSON_OUT, values)
    return {row.details.person_name for row in rows if row.details.person_name}


def _only(tx: Tx, row: Row | None) -> ActionRow | None:
    return None if row is None else action(tx, row)


def _every(tx: Tx, statement: Executable, values: Mapping[str, Any]) -> list[ActionRow]:
    return readable(tx, tx.all(statement, values))
