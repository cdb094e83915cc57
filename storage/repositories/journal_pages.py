"""The journal as people read it: page by page, newest first."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Executable, Integer, Select, bindparam, collate, func, or_, select

from storage.engine.database import Tx
from storage.engine.statements import Values
from storage.records import ActionRow
from storage.repositories.journal import NOBODY, RECORDS
from storage.tables import ACTIONS

_AFTER_ALL = datetime.max.replace(tzinfo=UTC)

_COLUMNS = ACTIONS.c
_OF_HOME = _COLUMNS.home_chat_id == bindparam("this_home")


def _page_of_home(action_id: ColumnElement[str]) -> Select[Any]:
    """Build the query for the home's actions before some moment; within it they are ordered by their ids."""
    return (
        select(ACTIONS)
        .where(
            _OF_HOME,
            _COLUMNS.requested_at <= bindparam("before"),
            or_(_COLUMNS.requested_at < bindparam("before"), action_id < bindparam("before_id")),
        )
        .order_by(_COLUMNS.requested_at.desc(), action_id.desc())
        .limit(bindparam("most", type_=Integer))
    )


# PostgreSQL would order ids by its locale, but pages of several homes are merged in the order of Python's strings.
_PAGE = {
    "sqlite": _page_of_home(_COLUMNS.id),
    "postgresql": _page_of_home(collate(_COLUMNS.id, "C")),
}
_PAGE_OF_PERSON = {
    dialect: page.where(_COLUMNS.person_id == bindparam("this_person")) for dialect, page in _PAGE.items()
}


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
    before: tuple[datetime, str] | None = None,
    limit: int,
) -> list[ActionRow]:
    """Return the last actions in these homes, of everybody or of one person, newest first.

    Undecryptable ones are left out. For the next page pass the last one's (requested_at, id) as `before`; a page
    that is not full is the last.
    """
    statement = (_PAGE if person_id is None else _PAGE_OF_PERSON)[tx.dialect]
    moment, action_id = before or (_AFTER_ALL, "")
    values = {"this_person": person_id, "before": moment, "before_id": action_id}
    homes = dict.fromkeys(home_chat_ids)
    found = [row for home in homes for row in _filled(tx, statement, {**values, "this_home": home}, limit)]
    return sorted(found, key=lambda row: (row.requested_at, row.id), reverse=True)[:limit]


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
