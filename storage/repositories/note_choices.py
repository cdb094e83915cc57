"""Which notes each person takes."""

from storage.engine.database import Tx
from storage.records import NoteChoice
from storage.repositories.sealed_records import SealedRecords
from storage.tables import NOTE_CHOICES

_RECORDS = SealedRecords(NOTE_CHOICES, NoteChoice)

put = _RECORDS.put


def get(tx: Tx, person_id: int) -> NoteChoice:
    """Return what a person has chosen; raises WrongKeys or Tampered if it can't be decrypted."""
    return _RECORDS.get(tx, person_id) or NoteChoice(person_id)
