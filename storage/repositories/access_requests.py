"""Requests for access: one per person and home, open until its owner answers."""

from functools import partial

from sqlalchemy import bindparam, select

from storage.encryption.sealed_tables import SEALED_ACCESS_REQUESTS
from storage.engine.database import Tx
from storage.engine.statements import Row
from storage.engine.upserts import insert_or_ignore, insert_or_replace
from storage.records import AccessRequest
from storage.tables import ACCESS_REQUESTS

_COLUMNS = ACCESS_REQUESTS.c
_OF_HOME = _COLUMNS.home_chat_id == bindparam("this_home")

_PUT = insert_or_replace(ACCESS_REQUESTS)
_ADD = insert_or_ignore(ACCESS_REQUESTS)
_GET = select(ACCESS_REQUESTS).where(_OF_HOME, _COLUMNS.person_id == bindparam("this_person"))
_GET_FOR_UPDATE = _GET.with_for_update()
_OPEN = (
    select(ACCESS_REQUESTS).where(_OF_HOME, _COLUMNS.state == "open").order_by(_COLUMNS.asked_at, _COLUMNS.person_id)
)


def add_new(tx: Tx, request: AccessRequest) -> bool:
    """Keep the request unless the person has one, answered or not. Of any number of callers exactly one gets True."""
    return tx.one(_ADD[tx.dialect], _row(tx, request)) is not None


def put(tx: Tx, request: AccessRequest) -> None:
    """Keep the request, in place of an earlier one of this person to this home."""
    tx.change(_PUT[tx.dialect], _row(tx, request))


def get(tx: Tx, home_chat_id: int, person_id: int) -> AccessRequest | None:
    """Return the request in whatever state, or None; raises WrongKeys or Tampered if it does not open."""
    return _only(tx, tx.one(_GET, _key(home_chat_id, person_id)))


def get_for_update(tx: Tx, home_chat_id: int, person_id: int) -> AccessRequest | None:
    """Return what `get` returns, and let nobody else change it until the transaction ends."""
    return _only(tx, tx.one(_GET_FOR_UPDATE, _key(home_chat_id, person_id)))


def open_for(tx: Tx, home_chat_id: int) -> list[AccessRequest]:
    """Return the home's requests that wait for an answer, the oldest first, without what does not open."""
    return SEALED_ACCESS_REQUESTS.readable(tx.all(_OPEN, {"this_home": home_chat_id}), partial(_request, tx))


def _key(home_chat_id: int, person_id: int) -> dict[str, object]:
    return {"this_home": home_chat_id, "this_person": person_id}


def _only(tx: Tx, row: Row | None) -> AccessRequest | None:
    return None if row is None else _request(tx, row)


def _row(tx: Tx, request: AccessRequest) -> Row:
    return SEALED_ACCESS_REQUESTS.row(tx.vault, request, {"name": request.name})


def _request(tx: Tx, row: Row) -> AccessRequest:
    plain, content = SEALED_ACCESS_REQUESTS.split(tx.vault, row)
    return AccessRequest(**plain, **content)
