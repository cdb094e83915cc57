"""Prompts: asked, answered once, or ended unanswered."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, update

from storage.encryption.sealed_tables import SEALED_PROMPTS
from storage.engine.database import Tx
from storage.engine.statements import Row
from storage.records import Prompt
from storage.tables import PROMPTS

_THIS = PROMPTS.c.id == bindparam("this_id")
_IN_CHAT = PROMPTS.c.chat_id == bindparam("this_chat")
_BY_PERSON = PROMPTS.c.person_id == bindparam("this_person")
_IS_OPEN = PROMPTS.c.state == "open"
_IN_TIME = PROMPTS.c.expires_at > bindparam("now")

_ADD = insert(PROMPTS)
_GET = select(PROMPTS).where(_THIS)
_SET_MESSAGE = update(PROMPTS).where(_THIS).values(message_id=bindparam("new_message"))
_CLAIM = (
    update(PROMPTS).where(_THIS, _IS_OPEN, _BY_PERSON, _IN_CHAT, _IN_TIME).values(state="confirmed").returning(PROMPTS)
)
_CANCEL = update(PROMPTS).where(_THIS, _IS_OPEN, _IN_CHAT, _IN_TIME).values(state="cancelled").returning(PROMPTS)
_CANCEL_OPEN = (
    update(PROMPTS).where(_IS_OPEN, _IN_CHAT, _BY_PERSON, _IN_TIME).values(state="cancelled").returning(PROMPTS)
)
_OPEN_OF_PERSON = (
    select(PROMPTS).where(_IS_OPEN, _IN_CHAT, _BY_PERSON, _IN_TIME).order_by(PROMPTS.c.created_at.desc(), PROMPTS.c.id)
)
_CANCEL_OF_PERSON = (
    update(PROMPTS)
    .where(_IS_OPEN, PROMPTS.c.home_chat_id == bindparam("this_home"), _BY_PERSON)
    .values(state="cancelled")
    .returning(PROMPTS)
)
_EXPIRE = (
    update(PROMPTS).where(_IS_OPEN, PROMPTS.c.expires_at <= bindparam("now")).values(state="expired").returning(PROMPTS)
)
_NEXT_EXPIRY = select(func.min(PROMPTS.c.expires_at).label("soonest")).where(_IS_OPEN)


def add(tx: Tx, prompt: Prompt) -> None:
    """Keep a prompt that is about to be shown."""
    content = {"subject": prompt.subject, "about": prompt.about}
    tx.change(_ADD, SEALED_PROMPTS.row(tx.vault, prompt, content))


def set_message(tx: Tx, prompt_id: str, message_id: int) -> None:
    """Remember the message that shows the prompt."""
    tx.change(_SET_MESSAGE, {"this_id": prompt_id, "new_message": message_id})


def get(tx: Tx, prompt_id: str) -> Prompt | None:
    """Return the prompt in whatever state, or None if there never was one."""
    return _only(tx, tx.one(_GET, {"this_id": prompt_id}))


def claim(tx: Tx, prompt_id: str, *, person_id: int, chat_id: int, now: datetime) -> Prompt | None:
    """Confirm the open prompt. Of any number of callers exactly one gets it: the asker, there, in time."""
    values = {"this_id": prompt_id, "this_person": person_id, "this_chat": chat_id, "now": now}
    return _only(tx, tx.one(_CLAIM, values))


def cancel(tx: Tx, prompt_id: str, *, chat_id: int, now: datetime) -> Prompt | None:
    """Cancel the open prompt, whoever asked; None if it was answered or had ended."""
    return _only(tx, tx.one(_CANCEL, {"this_id": prompt_id, "this_chat": chat_id, "now": now}))


def cancel_open(tx: Tx, *, chat_id: int, person_id: int, now: datetime) -> list[Prompt]:
    """Cancel and return all open prompts of the person in the chat."""
    return _every(tx, tx.all(_CANCEL_OPEN, {"this_chat": chat_id, "this_person": person_id, "now": now}))


def cancel_of_person(tx: Tx, *, home_chat_id: int, person_id: int) -> list[Prompt]:
    """Cancel and return all open prompts of the person about a home's cars, in whatever chat."""
    return _every(tx, tx.all(_CANCEL_OF_PERSON, {"this_home": home_chat_id, "this_person": person_id}))


def open_of_person(tx: Tx, *, chat_id: int, person_id: int, now: datetime) -> list[Prompt]:
    """Return all open prompts of the person in the chat, the newest first."""
    return _every(tx, tx.all(_OPEN_OF_PERSON, {"this_chat": chat_id, "this_person": person_id, "now": now}))


def expire_due(tx: Tx, *, now: datetime) -> list[Prompt]:
    """End and return the open prompts whose time is over; each is returned once."""
    return _every(tx, tx.all(_EXPIRE, {"now": now}))


def next_expiry(tx: Tx) -> datetime | None:
    """Tell when the next open prompt ends, or None if none is open."""
    row = tx.one(_NEXT_EXPIRY, {})
    return None if row is None else row["soonest"]


def _only(tx: Tx, row: Row | None) -> Prompt | None:
    return None if row is None else _prompt(tx, row)


def _every(tx: Tx, rows: Iterable[Row]) -> list[Prompt]:
    return [_prompt(tx, row) for row in rows]


def _prompt(tx: Tx, row: Row) -> Prompt:
    plain, content = SEALED_PROMPTS.split(tx.vault, row)
    return Prompt(**plain, **content)
