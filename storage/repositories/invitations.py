"""Invitations to a home: stored with the hash of their code, each usable once, in time, unless withdrawn."""

from datetime import datetime

from sqlalchemy import bindparam, select, update

from storage.engine.database import Tx
from storage.records import Invitation
from storage.repositories.sealed_records import SealedRecords
from storage.tables import INVITATIONS

_RECORDS = SealedRecords(INVITATIONS, Invitation)

_COLUMNS = INVITATIONS.c
_OF_HOME = _COLUMNS.home_chat_id == bindparam("this_home")
_HAS_CODE = _COLUMNS.code_hash == bindparam("this_hash")
_IS_OPEN = (
    _COLUMNS.used_at.is_(None),
    _COLUMNS.withdrawn_at.is_(None),
    _COLUMNS.expires_at > bindparam("now"),
)

_BY_CODE = select(INVITATIONS).where(_HAS_CODE)
_OPEN = select(INVITATIONS).where(_OF_HOME, *_IS_OPEN).order_by(_COLUMNS.created_at.desc(), _COLUMNS.id.desc())
_USE = (
    update(INVITATIONS)
    .where(_HAS_CODE, *_IS_OPEN)
    .values(used_at=bindparam("now"), used_by=bindparam("person"))
    .returning(INVITATIONS)
)
_WITHDRAW_ALL = update(INVITATIONS).where(_OF_HOME, *_IS_OPEN).values(withdrawn_at=bindparam("now"))
_WITHDRAW = _WITHDRAW_ALL.where(*_RECORDS.is_this)
_WITHDRAW_BY = _WITHDRAW_ALL.where(_COLUMNS.created_by == bindparam("this_person"))

add = _RECORDS.add  # it is also an error if its code is taken


def by_code(tx: Tx, code_hash: str) -> Invitation | None:
    """Return the invitation with this code, open or not, or None; raises WrongKeys or Tampered."""
    return _RECORDS.one(tx, _BY_CODE, {"this_hash": code_hash})


def open_for(tx: Tx, home_chat_id: int, *, now: datetime) -> list[Invitation]:
    """Return the home's invitations that can be used, newest first, without those that can't be decrypted."""
    return _RECORDS.readable(tx, _OPEN, {"this_home": home_chat_id, "now": now})


def use(tx: Tx, code_hash: str, *, person_id: int, now: datetime) -> Invitation | None:
    """Use up the open invitation. Of any number of callers exactly one gets it; None if it is not open."""
    return _RECORDS.one(tx, _USE, {"this_hash": code_hash, "person": person_id, "now": now})


def withdraw(tx: Tx, invitation_id: str, *, home_chat_id: int, now: datetime) -> bool:
    """Withdraw the home's open invitation; False if it is not open, or another home's."""
    return tx.change(_WITHDRAW, {**_RECORDS.key(invitation_id), "this_home": home_chat_id, "now": now}) == 1


def withdraw_by(tx: Tx, home_chat_id: int, person_id: int, *, now: datetime) -> None:
    """Withdraw all open invitations to the home that this person made."""
    tx.change(_WITHDRAW_BY, {"this_home": home_chat_id, "this_person": person_id, "now": now})
