"""Notes that are not over: one row for each person who is shown one."""

from sqlalchemy import bindparam, delete, select, update

from storage.engine.database import Tx
from storage.records import NoteRow
from storage.repositories.sealed_records import SealedRecords
from storage.tables import NOTES

_RECORDS = SealedRecords(NOTES, NoteRow)

_COLUMNS = NOTES.c
_OF_CAR = (
    select(NOTES)
    .where(_COLUMNS.home_chat_id == bindparam("this_home"), _COLUMNS.car_id == bindparam("this_car"))
    .order_by(_COLUMNS.id)
    .with_for_update()
)
_SENT = update(NOTES).where(*_RECORDS.is_this).values(message_id=bindparam("message"))
_DROP = delete(NOTES).where(*_RECORDS.is_this)

add = _RECORDS.add
put = _RECORDS.put


def get(tx: Tx, note_id: str) -> NoteRow | None:
    """Return a note, or None if it is over; raises WrongKeys or Tampered if it can't be decrypted."""
    return _RECORDS.get(tx, note_id)


def get_for_update(tx: Tx, note_id: str) -> NoteRow | None:
    """Return what `get` returns, and lock it until the transaction ends."""
    return _RECORDS.get_for_update(tx, note_id)


def of_car(tx: Tx, home_chat_id: int, car_id: int) -> list[NoteRow]:
    """Return the notes of a home's car, and lock them; without those that can't be decrypted."""
    return _RECORDS.readable(tx, _OF_CAR, {"this_home": home_chat_id, "this_car": car_id})


def mark_sent(tx: Tx, note_id: str, message_id: int | None) -> None:
    """Store which message shows a note."""
    tx.change(_SENT, {**_RECORDS.key(note_id), "message": message_id})


def drop(tx: Tx, note_id: str) -> None:
    """Delete a note, if it is there."""
    tx.change(_DROP, _RECORDS.key(note_id))
