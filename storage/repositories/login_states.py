"""States of sign-in links, stored as hashes, each usable once."""

from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from storage.engine.database import Tx
from storage.tables import LOGIN_STATES

_ADD = insert(LOGIN_STATES)
_NEWEST = (
    select(LOGIN_STATES.c.used_at)
    .where(LOGIN_STATES.c.chat_id == bindparam("this_chat"), LOGIN_STATES.c.expires_at > bindparam("now"))
    .order_by(LOGIN_STATES.c.expires_at.desc())
    .limit(1)
)
_USE = (
    update(LOGIN_STATES)
    .where(
        LOGIN_STATES.c.state_hash == bindparam("this_hash"),
        LOGIN_STATES.c.chat_id == bindparam("this_chat"),
        LOGIN_STATES.c.used_at.is_(None),
        LOGIN_STATES.c.expires_at > bindparam("now"),
    )
    .values(used_at=bindparam("now"))
)
_OPEN_BY_HASH = select(LOGIN_STATES.c.chat_id, LOGIN_STATES.c.expires_at).where(
    LOGIN_STATES.c.state_hash == bindparam("this_hash"),
    LOGIN_STATES.c.used_at.is_(None),
    LOGIN_STATES.c.expires_at > bindparam("now"),
)


def add(tx: Tx, *, state_hash: str, chat_id: int, expires_at: datetime) -> None:
    """Store the state of a link that was shown in this chat."""
    tx.change(_ADD, {"state_hash": state_hash, "chat_id": chat_id, "expires_at": expires_at, "used_at": None})


def use(tx: Tx, *, state_hash: str, chat_id: int, now: datetime) -> bool:
    """Use up the state. Of any number of callers exactly one gets True: from its own chat, in time."""
    return tx.change(_USE, {"this_hash": state_hash, "this_chat": chat_id, "now": now}) == 1


def find_open(tx: Tx, *, state_hash: str, now: datetime) -> tuple[int, datetime] | None:
    """Return the chat of an unused link, and when it ends; None for any other."""
    row = tx.one(_OPEN_BY_HASH, {"this_hash": state_hash, "now": now})
    return None if row is None else (row["chat_id"], row["expires_at"])


def is_open(tx: Tx, *, chat_id: int, now: datetime) -> bool:
    """Return whether the newest link that was shown in this chat can still be used."""
    newest = tx.one(_NEWEST, {"this_chat": chat_id, "now": now})
    return newest is not None and newest["used_at"] is None
