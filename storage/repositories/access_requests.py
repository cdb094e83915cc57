"""Requests for access: one for each person and home, open until the home's owner answers."""

from sqlalchemy import bindparam, select

from storage.engine.database import Tx
from storage.records import AccessRequest
from storage.repositories.sealed_records import SealedRecords
from storage.states import AccessRequestState
from storage.tables import ACCESS_REQUESTS

RECORDS = SealedRecords(ACCESS_REQUESTS, AccessRequest)

_COLUMNS = ACCESS_REQUESTS.c
_OPEN = (
    select(ACCESS_REQUESTS)
    .where(_COLUMNS.home_chat_id == bindparam("this_home"), _COLUMNS.state == AccessRequestState.OPEN)
    .order_by(_COLUMNS.asked_at, _COLUMNS.person_id)
)

put = RECORDS.put
add_new = RECORDS.add_new  # False also where the person's earlier request was answered


def get(tx: Tx, home_chat_id: int, person_id: int) -> AccessRequest | None:
    """Return the request in any state, or None; raises WrongKeys or Tampered if it can't be decrypted."""
    return RECORDS.get(tx, home_chat_id, person_id)


def get_for_update(tx: Tx, home_chat_id: int, person_id: int) -> AccessRequest | None:
    """Return the same as `get`, and lock the request until the transaction ends."""
    return RECORDS.get_for_update(tx, home_chat_id, person_id)


def open_for(tx: Tx, home_chat_id: int) -> list[AccessRequest]:
    """Return the home's requests that wait for an answer, oldest first, without those that can't be decrypted."""
    return RECORDS.readable(tx, _OPEN, {"this_home": home_chat_id})
