"""Prompts: asked, answered once, or ended unanswered."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import bindparam, false, func, null, or_, select, update

from storage.engine.database import Tx
from storage.partial_indexes import IS_STALE
from storage.records import Prompt
from storage.repositories.sealed_records import SealedRecords
from storage.states import PromptState
from storage.tables import PROMPTS

RECORDS = SealedRecords(PROMPTS, Prompt)

_AHEAD = timedelta(seconds=30)
"""A prompt that was asked this much later than now was asked by a wrong clock: nobody knows how old it is."""

_COLUMNS = PROMPTS.c
_IN_CHAT = _COLUMNS.chat_id == bindparam("this_chat")
_BY_PERSON = _COLUMNS.person_id == bindparam("this_person")
_IS_OPEN = _COLUMNS.state == PromptState.OPEN
_IN_TIME = _COLUMNS.expires_at > bindparam("now")
_IS_AHEAD = _COLUMNS.created_at > bindparam("latest")

_IS_CLOSED = or_(_COLUMNS.state == PromptState.CANCELLED, _COLUMNS.state == PromptState.EXPIRED)

_SET_MESSAGE = update(PROMPTS).where(*RECORDS.is_this).values(message_id=bindparam("new_message"), is_stale=_IS_CLOSED)
_END = update(PROMPTS).where(_IS_OPEN).returning(PROMPTS)
# Its message, if it has one, shows it as open until that is edited.
_CLOSE = _END.values(is_stale=_COLUMNS.message_id.is_not(null()))
_STALE = select(PROMPTS).where(IS_STALE).order_by(_COLUMNS.id)
_SHOWN_AS_CLOSED = update(PROMPTS).where(*RECORDS.is_this).values(is_stale=false())
_CLAIM = _END.where(*RECORDS.is_this, _BY_PERSON, _IN_CHAT, _IN_TIME, ~_IS_AHEAD).values(state=PromptState.CONFIRMED)
_CANCEL = _CLOSE.where(*RECORDS.is_this, _IN_CHAT, _IN_TIME).values(state=PromptState.CANCELLED)
_CANCEL_OPEN = _CLOSE.where(_IN_CHAT, _BY_PERSON, _IN_TIME).values(state=PromptState.CANCELLED)
_CANCEL_OF_PERSON = _CLOSE.where(_COLUMNS.home_chat_id == bindparam("this_home"), _BY_PERSON).values(
    state=PromptState.CANCELLED
)
_CANCEL_OF_CAR = _CLOSE.where(
    _COLUMNS.home_chat_id == bindparam("this_home"), _COLUMNS.car_id == bindparam("this_car")
).values(state=PromptState.CANCELLED)
_EXPIRE_ALL = _CLOSE.values(state=PromptState.EXPIRED)
_EXPIRE = _EXPIRE_ALL.where(or_(~_IN_TIME, _IS_AHEAD))
_OPEN_OF_PERSON = (
    select(PROMPTS).where(_IS_OPEN, _IN_CHAT, _BY_PERSON, _IN_TIME).order_by(_COLUMNS.created_at.desc(), _COLUMNS.id)
)
_NEXT_EXPIRY = select(func.min(_COLUMNS.expires_at).label("soonest")).where(_IS_OPEN)

add = RECORDS.add


def set_message(tx: Tx, prompt_id: str, message_id: int) -> None:
    """Store the message that shows the prompt."""
    tx.change(_SET_MESSAGE, {**RECORDS.key(prompt_id), "new_message": message_id})


def get(tx: Tx, prompt_id: str) -> Prompt | None:
    """Return the prompt in any state, or None if there never was one."""
    return RECORDS.get(tx, prompt_id)


def claim(tx: Tx, prompt_id: str, *, person_id: int, chat_id: int, now: datetime) -> Prompt | None:
    """Confirm the open prompt. Of any number of callers exactly one gets it: the asker, in its chat, in time."""
    values = {**RECORDS.key(prompt_id), "this_person": person_id, "this_chat": chat_id}
    return RECORDS.one(tx, _CLAIM, values | _times(now))


def cancel(tx: Tx, prompt_id: str, *, chat_id: int, now: datetime) -> Prompt | None:
    """Cancel the open prompt, whoever asked; None if it was answered or had ended."""
    return RECORDS.one(tx, _CANCEL, {**RECORDS.key(prompt_id), "this_chat": chat_id, "now": now})


def cancel_open(tx: Tx, *, chat_id: int, person_id: int, now: datetime) -> list[Prompt]:
    """Cancel and return all open prompts of the person in the chat."""
    return RECORDS.all(tx, _CANCEL_OPEN, {"this_chat": chat_id, "this_person": person_id, "now": now})


def cancel_of_person(tx: Tx, *, home_chat_id: int, person_id: int) -> list[Prompt]:
    """Cancel and return all open prompts of the person about a home's cars, in any chat."""
    return RECORDS.all(tx, _CANCEL_OF_PERSON, {"this_home": home_chat_id, "this_person": person_id})


def cancel_of_car(tx: Tx, *, home_chat_id: int, car_id: int) -> list[Prompt]:
    """Cancel and return all open prompts about a home's car, in any chat."""
    return RECORDS.all(tx, _CANCEL_OF_CAR, {"this_home": home_chat_id, "this_car": car_id})


def open_of_person(tx: Tx, *, chat_id: int, person_id: int, now: datetime) -> list[Prompt]:
    """Return all open prompts of the person in the chat, newest first."""
    return RECORDS.all(tx, _OPEN_OF_PERSON, {"this_chat": chat_id, "this_person": person_id, "now": now})


def expire_due(tx: Tx, *, now: datetime) -> list[Prompt]:
    """Expire and return the open prompts whose time is over; each is returned once."""
    return RECORDS.all(tx, _EXPIRE, _times(now))


def expire_all(tx: Tx) -> list[Prompt]:
    """Expire and return all open prompts."""
    return RECORDS.all(tx, _EXPIRE_ALL)


def stale(tx: Tx) -> list[Prompt]:
    """Return the closed prompts whose messages still show them as open, without those that can't be decrypted."""
    return RECORDS.readable(tx, _STALE)


def mark_shown_as_closed(tx: Tx, prompt_ids: Iterable[str]) -> None:
    """Note that the messages of these prompts show that they are closed, or never will."""
    for prompt_id in sorted(prompt_ids):
        tx.change(_SHOWN_AS_CLOSED, RECORDS.key(prompt_id))


def _times(now: datetime) -> dict[str, object]:
    return {"now": now, "latest": now + _AHEAD}


def next_expiry(tx: Tx) -> datetime | None:
    """Return when the next open prompt expires, or None if none is open."""
    return tx.value(_NEXT_EXPIRY)
