"""Links that wait for a yes, each with its token; whoever removes one from the table decides about it."""

from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, update

from storage.engine.database import Tx
from storage.records import LinkConsent
from storage.repositories.sealed_records import SealedRecords
from storage.tables import LINK_CONSENTS

_RECORDS = SealedRecords(LINK_CONSENTS, LinkConsent)

_COLUMNS = LINK_CONSENTS.c
_OF_CHAT = _COLUMNS.chat_id == bindparam("this_chat")
_IN_TIME = _COLUMNS.expires_at > bindparam("now")
_OPEN_OF_CHAT = select(LINK_CONSENTS).where(_OF_CHAT, _IN_TIME)
_ASK = update(LINK_CONSENTS).where(*_RECORDS.is_this).values(asked_chat_id=bindparam("new_chat"))
_SHOWN = update(LINK_CONSENTS).where(*_RECORDS.is_this).values(message_id=bindparam("new_message"))
_TAKE = (
    delete(LINK_CONSENTS)
    .where(*_RECORDS.is_this, _COLUMNS.asked_chat_id == bindparam("this_chat"), _IN_TIME)
    .returning(LINK_CONSENTS)
)
_TAKE_EXPIRED = delete(LINK_CONSENTS).where(_COLUMNS.expires_at <= bindparam("now")).returning(LINK_CONSENTS)
_DROP = delete(LINK_CONSENTS).where(*_RECORDS.is_this)
_DROP_OF_CHAT = delete(LINK_CONSENTS).where(_OF_CHAT)
_NEXT_EXPIRY = select(func.min(_COLUMNS.expires_at).label("soonest"))

add = _RECORDS.add


def is_waiting(tx: Tx, chat_id: int, *, now: datetime) -> bool:
    """Return whether a link of the chat waits for a yes; decrypts nothing."""
    return tx.one(_OPEN_OF_CHAT, {"this_chat": chat_id, "now": now}) is not None


def ask(tx: Tx, consent_id: str, *, asked_chat_id: int) -> None:
    """Store in which chat the question can be answered; it is shown there afterwards."""
    tx.change(_ASK, {**_RECORDS.key(consent_id), "new_chat": asked_chat_id})


def set_message(tx: Tx, consent_id: str, message_id: int) -> None:
    """Store the message that shows the question."""
    tx.change(_SHOWN, {**_RECORDS.key(consent_id), "new_message": message_id})


def take(tx: Tx, consent_id: str, *, asked_chat_id: int, now: datetime) -> LinkConsent | None:
    """Delete and return the link. Of any number of callers exactly one gets it: from the asked chat, in time."""
    return _RECORDS.one(tx, _TAKE, {**_RECORDS.key(consent_id), "this_chat": asked_chat_id, "now": now})


def take_expired(tx: Tx, *, now: datetime) -> list[LinkConsent]:
    """Delete the links whose time is over, and return those that open; each is returned once."""
    return _RECORDS.readable(tx, _TAKE_EXPIRED, {"now": now})


def drop(tx: Tx, consent_id: str) -> None:
    """Delete the link, if it still waits."""
    tx.change(_DROP, _RECORDS.key(consent_id))


def drop_of_chat(tx: Tx, chat_id: int) -> None:
    """Delete whatever the chat would link."""
    tx.change(_DROP_OF_CHAT, {"this_chat": chat_id})


def next_expiry(tx: Tx) -> datetime | None:
    """Return when the next link's time is over, or None if none waits."""
    return tx.value(_NEXT_EXPIRY)
