"""The journal as people read it: page by page, newest first."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Executable, Integer, Select, bindparam, collate, func, or_, select

from storage.engine.database import Tx
from storage.engine.statements import Values
from storage.records import ActionRow
from storage.repositories.journal import NOBODY, RECORDS
from storage.tables import ACTIONS

_AFTER_ALL = datetime.max.replace(tzinfo=UTC)
_DAY = timedelta(days=1)

_COLUMNS = ACTIONS.c
_OF_HOME = _COLUMNS.home_chat_id == bindparam("this_home")


def _page(action_id: ColumnElement[str], *rows: ColumnElement[bool]) -> Select[Any]:
    """Build the query for rows before some moment; within it they are ordered by their ids."""
    return (
        select(ACTIONS)
        .where(
            *rows,
            _COLUMNS.requested_at <= bindparam("before"),
            or_(_COLUMNS.requested_at < bindparam("before"), action_id < bindparam("before_id")),
        )
        .order_by(_COLUMNS.requested_at.desc(), action_id.desc())
        .limit(bindparam("most", type_=Integer))
    )


# The hash of an action is of one home and day.
_ROWS = {"all": _OF_HOME, "action": _COLUMNS.action_hash == bindparam("this_hash")}
_BY_PERSON = _COLUMNS.person_id == bindparam("this_person")
# PostgreSQL would order ids by its locale, but pages of several homes are merged in the order of Python's strings.
_IDS = {"sqlite": _COLUMNS.id, "postgresql": collate(_COLUMNS.id, "C")}
_PAGES = {(dialect, rows, False): _page(_IDS[dialect], _ROWS[rows]) for dialect in _IDS for rows in _ROWS} | {
    (dialect, rows, True): _page(_IDS[dialect], _ROWS[rows], _BY_PERSON) for dialect in _IDS for rows in _ROWS
}
_FIRST = select(func.min(_COLUMNS.requested_at).label("at")).where(_OF_HOME)
_LAST = select(func.max(_COLUMNS.requested_at).label("at")).where(
    _OF_HOME, _COLUMNS.requested_at <= bindparam("before")
)

_PEOPLE = (
    select(_COLUMNS.person_id, func.max(_COLUMNS.requested_at).label("last_at"))
    .where(_OF_HOME, _COLUMNS.person_id != NOBODY)
    .group_by(_COLUMNS.person_id)
    .order_by(func.max(_COLUMNS.requested_at).desc(), _COLUMNS.person_id)
)


def page(
    tx: Tx,
    *,
    home_chat_ids: Sequence[int],
    person_id: int | None = None,
    action: str | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int,
) -> list[ActionRow]:
    """Return the last actions in these homes, newest first: of everybody or one person, of every kind or one.

    Undecryptable ones are left out. For the next page pass the last one's (requested_at, id) as `before`; a page
    that is not full is the last.
    """
    moment, action_id = before or (_AFTER_ALL, "")
    values = {"this_person": person_id, "before": moment, "before_id": action_id}
    found: list[ActionRow] = []
    for home in dict.fromkeys(home_chat_ids):
        of_home = {**values, "this_home": home}
        if action is None:
            found += _filled(tx, _PAGES[tx.dialect, "all", person_id is not None], of_home, limit)
        else:
            found += _of_action(tx, action, of_home, home, limit)
    return sorted(found, key=_place, reverse=True)[:limit]


def _place(row: ActionRow) -> tuple[datetime, str]:
    return row.requested_at, row.id


def _of_action(tx: Tx, action: str, values: Values, home: int, limit: int) -> list[ActionRow]:
    """Read a page of the actions of one kind: it is sealed, and its hashes differ from day to day."""
    statement = _PAGES[tx.dialect, "action", values["this_person"] is not None]
    first: datetime | None = tx.value(_FIRST, values)
    day: datetime | None = tx.value(_LAST, values)
    found: list[ActionRow] = []
    while first and day and day.date() >= first.date() and len(found) < limit:
        hashes = RECORDS.hashes_of(tx, "action_hash", action, home_chat_id=home, requested_at=day)
        rows = [row for one in hashes for row in _filled(tx, statement, {**values, "this_hash": one}, limit)]
        found += sorted(rows, key=_place, reverse=True)
        day -= _DAY
    return found


def people(tx: Tx, home_chat_id: int) -> list[int]:
    """Return the people with an action in this home, ordered by their last one, newest first; without `NOBODY`."""
    return [row["person_id"] for row in tx.all(_PEOPLE, {"this_home": home_chat_id})]


def _filled(tx: Tx, statement: Executable, values: Values, limit: int) -> list[ActionRow]:
    """Read a page, and on beyond rows that can't be decrypted, until it is full or there are no more."""
    found: list[ActionRow] = []
    while len(found) < limit:
        rows = tx.all(statement, {**values, "most": limit})
        found += RECORDS.readable_rows(tx, rows)
        if len(rows) < limit:
            break
        values = {**values, "before": rows[-1]["requested_at"], "before_id": rows[-1]["id"]}
    return found
