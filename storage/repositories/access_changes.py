"""Access changes: who has gained or lost access to a home, as its owner was told."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select, update

from storage.engine.database import Tx
from storage.records import AccessChange
from storage.repositories.journal import NOBODY
from storage.repositories.sealed_records import SealedRecords
from storage.tables import ACCESS_CHANGES

_RECORDS = SealedRecords(ACCESS_CHANGES, AccessChange)

_COLUMNS = ACCESS_CHANGES.c
_OF_PERSON = _COLUMNS.person_id == bindparam("this_person")
_OF_HOME = (
    select(ACCESS_CHANGES)
    .where(_COLUMNS.home_chat_id == bindparam("this_home"))
    .order_by(_COLUMNS.at.desc(), _COLUMNS.id.desc())
)
_OF_PERSON_IN_HOME = _OF_HOME.where(_OF_PERSON)
_FORGET_NUMBER = update(ACCESS_CHANGES).where(_OF_PERSON).values(person_id=NOBODY)

add = _RECORDS.add


def of_homes(tx: Tx, home_chat_ids: Sequence[int], *, person_id: int | None = None) -> list[AccessChange]:
    """Return the changes in these homes, of everybody or of one person, newest first; undecryptable ones are left out."""
    statement = _OF_HOME if person_id is None else _OF_PERSON_IN_HOME
    values = {"this_person": person_id}
    found = [row for home in home_chat_ids for row in _RECORDS.readable(tx, statement, {**values, "this_home": home})]
    return sorted(found, key=lambda row: (row.at, row.id), reverse=True)


def forget_number(tx: Tx, person_id: int) -> None:
    """Remove a person's number; the name stays as the owner was told it."""
    tx.change(_FORGET_NUMBER, {"this_person": person_id})
