"""Invitations to a home: kept with the hash of their code, each usable once, in time, unless withdrawn."""

from datetime import datetime
from functools import partial

from sqlalchemy import bindparam, insert, select, update

from storage.encryption.sealed_tables import SEALED_INVITATIONS
from storage.engine.database import Tx
from storage.engine.statements import Row
from storage.records import Invitation
from storage.tables import INVITATIONS

_COLUMNS = INVITATIONS.c
_THIS = _COLUMNS.id == bindparam("this_id")
_OF_HOME = _COLUMNS.home_chat_id == bindparam("this_home")
_HAS_CODE = _COLUMNS.code_hash == bindparam("this_hash")
_IS_OPEN = (
    _COLUMNS.used_at.is_(None),
    _COLUMNS.withdrawn_at.is_(None),
    _COLUMNS.expires_at > bindparam("now"),
)

_ADD = insert(INVITATIONS)
_GET = select(INVITATIONS).where(_THIS)
_BY_CODE = select(INVITATIONS).where(_HAS_CODE)
_OPEN = select(INVITATIONS).where(_OF_HOME, *_IS_OPEN).order_by(_COLUMNS.created_at.desc(), _COLUMNS.id.desc())
_USE = (
    update(INVITATIONS)
    .where(_HAS_CODE, *_IS_OPEN)
    .values(used_at=bindparam("now"), used_by=bindparam("person"))
    .returning(INVITATIONS)
)
_WITHDRAW = update(INVITATIONS).where(_THIS, _OF_HOME, *_IS_OPEN).values(withdrawn_at=bindparam("now"))
_WITHDRAW_BY = (
    update(INVITATIONS)
    .where(_OF_HOME, _COLUMNS.created_by == bindparam("this_person"), *_IS_OPEN)
    .values(withdrawn_at=bindparam("now"))
)


def add(tx: Tx, invitation: Invitation) -> None:
    """Keep a new invitation; one with its id or its code is an error."""
    tx.change(_ADD, SEALED_INVITATIONS.row(tx.vault, invitation, {"name": invitation.name}))


def get(tx: Tx, invitation_id: str) -> Invitation | None:
    """Return the invitation, open or not, or None; raises WrongKeys or Tampered if it does not open."""
    return _only(tx, tx.one(_GET, {"this_id": invitation_id}))


def by_code(tx: Tx, code_hash: str) -> Invitation | None:
    """Return the invitation with this code, open or not, or None; raises as `get` does."""
    return _only(tx, tx.one(_BY_CODE, {"this_hash": code_hash}))


def open_for(tx: Tx, home_chat_id: int, *, now: datetime) -> list[Invitation]:
    """Return the home's invitations that can be used, newest first, without what does not open."""
    rows = tx.all(_OPEN, {"this_home": home_chat_id, "now": now})
    return SEALED_INVITATIONS.readable(rows, partial(_invitation, tx))


def use(tx: Tx, code_hash: str, *, person_id: int, now: datetime) -> Invitation | None:
    """Use the open invitation up. Of any number of callers exactly one gets it; None if it is not open."""
    return _only(tx, tx.one(_USE, {"this_hash": code_hash, "person": person_id, "now": now}))


def withdraw(tx: Tx, invitation_id: str, *, home_chat_id: int, now: datetime) -> bool:
    """Withdraw the home's open invitation; False if it is not open, or another home's."""
    values = {"this_id": invitation_id, "this_home": home_chat_id, "now": now}
    return tx.change(_WITHDRAW, values) == 1


def withdraw_by(tx: Tx, home_chat_id: int, person_id: int, *, now: datetime) -> None:
    """Withdraw all open invitations to the home that this person made."""
    tx.change(_WITHDRAW_BY, {"this_home": home_chat_id, "this_person": person_id, "now": now})


def _only(tx: Tx, row: Row | None) -> Invitation | None:
    return None if row is None else _invitation(tx, row)


def _invitation(tx: Tx, row: Row) -> Invitation:
    plain, content = SEALED_INVITATIONS.split(tx.vault, row)
    return Invitation(**plain, **content)
