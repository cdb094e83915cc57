"""Whether people may link an account: asked once for each person, and kept with the answer."""

from dataclasses import replace

from sqlalchemy import bindparam, delete, select, update

from storage.engine.database import Tx
from storage.records import LinkPermission
from storage.repositories.sealed_records import SealedRecords
from storage.states import LinkPermissionState
from storage.tables import LINK_PERMISSIONS

_RECORDS = SealedRecords(LINK_PERMISSIONS, LinkPermission)

_THIS = select(LINK_PERMISSIONS).where(*_RECORDS.is_this).with_for_update()
_IS_OPEN = LINK_PERMISSIONS.c.state == LinkPermissionState.OPEN
_ASKED = update(LINK_PERMISSIONS).where(*_RECORDS.is_this, _IS_OPEN).values(asked_person_id=bindparam("who_was_asked"))
_DROP_OPEN = delete(LINK_PERMISSIONS).where(*_RECORDS.is_this, _IS_OPEN)

put = _RECORDS.put


def get(tx: Tx, person_id: int) -> LinkPermission | None:
    """Return what is known about the person, or None if they never asked."""
    return _RECORDS.get(tx, person_id)


def get_for_update(tx: Tx, person_id: int) -> LinkPermission | None:
    """Return the same as `get`, and lock the row until the transaction ends."""
    return _RECORDS.get_for_update(tx, person_id)


def mark_asked(tx: Tx, person_id: int, *, asked_person_id: int) -> None:
    """Store who is asked now, unless the question is answered."""
    tx.change(_ASKED, {**_RECORDS.key(person_id), "who_was_asked": asked_person_id})


def drop_open(tx: Tx, person_id: int) -> None:
    """Delete a question that is not answered, so that it can be asked again."""
    tx.change(_DROP_OPEN, _RECORDS.key(person_id))


def forget_name(tx: Tx, person_id: int) -> None:
    """Remove the name of a person; the decision about their number stays."""
    for known in _RECORDS.readable(tx, _THIS, _RECORDS.key(person_id)):
        _RECORDS.reseal(tx, replace(known, name=""))
