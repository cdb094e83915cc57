"""Location looks: who has looked where a car was. Where it was is not stored."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import bindparam, select, update

from storage.engine.database import Tx
from storage.records import LocationLook
from storage.repositories.journal import NOBODY
from storage.repositories.sealed_records import SealedRecords
from storage.tables import LOCATION_LOOKS

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)

_RECORDS = SealedRecords(LOCATION_LOOKS, LocationLook)

_COLUMNS = LOCATION_LOOKS.c
_IS_BY_PERSON = _COLUMNS.person_id == bindparam("this_person")
_OF_HOME = (
    select(LOCATION_LOOKS)
    .where(_COLUMNS.home_chat_id == bindparam("this_home"), _COLUMNS.at >= bindparam("since"))
    .order_by(_COLUMNS.at.desc(), _COLUMNS.id.desc())
)
_BY_PERSON_IN_HOME = _OF_HOME.where(_IS_BY_PERSON)
_BY_PERSON = select(LOCATION_LOOKS).where(_IS_BY_PERSON).with_for_update()
_LEAVE_PERSON_OUT = update(LOCATION_LOOKS).where(_IS_BY_PERSON).values(person_id=NOBODY)

add = _RECORDS.add


def of_home(
    tx: Tx, home_chat_id: int, *, person_id: int | None = None, since: datetime = _BEFORE_ALL
) -> list[LocationLook]:
    """Return the looks at a home's cars, by everybody or by one person, newest first; undecryptable ones are left out."""
    statement = _OF_HOME if person_id is None else _BY_PERSON_IN_HOME
    return _RECORDS.readable(tx, statement, {"this_home": home_chat_id, "this_person": person_id, "since": since})


def anonymise(tx: Tx, person_id: int) -> None:
    """Remove a person's name and number; what they did stays as nobody's."""
    values = {"this_person": person_id}
    for look in _RECORDS.readable(tx, _BY_PERSON, values):
        _RECORDS.reseal(tx, replace(look, name=""))
    tx.change(_LEAVE_PERSON_OUT, values)
