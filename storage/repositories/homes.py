"""Home chats: linked, found, and unlinked."""

from sqlalchemy import BindParameter, bindparam, delete, select, update

from storage.engine.database import Tx
from storage.records import Home
from storage.repositories.sealed_records import SealedRecords
from storage.states import PromptState
from storage.tables import (
    ACCESS_REQUESTS,
    CARS,
    CHAT_CHOICES,
    CODE_QUERIES,
    CODE_WATCHES,
    EVENTS,
    HOME_SETTINGS,
    HOMES,
    INVITATIONS,
    LOGIN_STATES,
    MEMBERS,
    PROMPTS,
    SHARED_CHATS,
    TOKENS,
)

_RECORDS = SealedRecords(HOMES, Home)

_CHAT: BindParameter[int] = bindparam("this_chat")

_ALL = select(HOMES).order_by(HOMES.c.chat_id)
_KEYED_BY_CHAT = (TOKENS, CARS, LOGIN_STATES, CODE_QUERIES, CODE_WATCHES, HOMES)
_KEYED_BY_HOME = (MEMBERS, INVITATIONS, SHARED_CHATS, CHAT_CHOICES, ACCESS_REQUESTS, HOME_SETTINGS, EVENTS)
_UNLINK = (
    *(delete(table).where(table.c.chat_id == _CHAT) for table in _KEYED_BY_CHAT),
    *(delete(table).where(table.c.home_chat_id == _CHAT) for table in _KEYED_BY_HOME),
    update(PROMPTS)
    .where(PROMPTS.c.home_chat_id == _CHAT, PROMPTS.c.state == PromptState.OPEN)
    .values(state=PromptState.CANCELLED),
)

put = _RECORDS.put


def get(tx: Tx, chat_id: int) -> Home | None:
    """Return the chat's home, or None if nobody linked an account there."""
    return _RECORDS.get(tx, chat_id)


def all_homes(tx: Tx) -> list[Home]:
    """Return every home."""
    return _RECORDS.all(tx, _ALL)


def unlink(tx: Tx, chat_id: int) -> None:
    """Delete the home and everything of its own, and cancel the open prompts about its cars.

    Its own are its tokens, cars, login states, queries and watches of error codes, members, invitations, requests for
    access, settings and events, and the chats attached to it with their choices of its cars. The journal stays, and so
    does what the chat is attached to and chose of other homes.
    The caller truncates the write-ahead log afterwards: the deleted pages are still in it.
    """
    for statement in _UNLINK:
        tx.change(statement, {"this_chat": chat_id})
