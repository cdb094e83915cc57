"""Home chats: linked, found, and taken apart again."""

from sqlalchemy import BindParameter, bindparam, delete, select, update

from storage.encryption.sealed_tables import SEALED_HOMES
from storage.engine.database import Tx
from storage.engine.statements import Row
from storage.engine.upserts import insert_or_replace
from storage.records import Home
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

_CHAT: BindParameter[int] = bindparam("this_chat")

_PUT = insert_or_replace(HOMES)
_GET = select(HOMES).where(HOMES.c.chat_id == _CHAT)
_ALL = select(HOMES).order_by(HOMES.c.chat_id)
_SELECT_CAR = update(HOMES).where(HOMES.c.chat_id == _CHAT).values(selected_car_id=bindparam("car"))
_CANCEL_PROMPTS = (
    update(PROMPTS).where(PROMPTS.c.home_chat_id == _CHAT, PROMPTS.c.state == "open").values(state="cancelled")
)
_OF_THE_CHAT = (TOKENS, CARS, LOGIN_STATES, CODE_QUERIES, CODE_WATCHES, HOMES)
_OF_THE_HOME = (
    MEMBERS,
    INVITATIONS,
    SHARED_CHATS,
    CHAT_CHOICES,
    ACCESS_REQUESTS,
    HOME_SETTINGS,
    EVENTS,
)
_UNLINK = (
    *(delete(table).where(table.c.chat_id == _CHAT) for table in _OF_THE_CHAT),
    *(delete(table).where(table.c.home_chat_id == _CHAT) for table in _OF_THE_HOME),
    _CANCEL_PROMPTS,
)


def put(tx: Tx, home: Home) -> None:
    """Keep the home in place of what was known of this chat."""
    content = {"wallet": home.wallet, "owner_name": home.owner_name}
    tx.change(_PUT[tx.dialect], SEALED_HOMES.row(tx.vault, home, content))


def get(tx: Tx, chat_id: int) -> Home | None:
    """Return the chat's home, or None if nobody linked an account there."""
    row = tx.one(_GET, {"this_chat": chat_id})
    return None if row is None else _home(tx, row)


def all_homes(tx: Tx) -> list[Home]:
    """Return every home."""
    return [_home(tx, row) for row in tx.all(_ALL, {})]


def select_car(tx: Tx, chat_id: int, car_id: int) -> None:
    """Make this the car that the chat's commands mean."""
    tx.change(_SELECT_CAR, {"this_chat": chat_id, "car": car_id})


def unlink(tx: Tx, chat_id: int) -> None:
    """Delete the home with all that is its own, and cancel the open prompts about its cars.

    Its own are tokens, cars, login states, the queries and watches of error codes, its members, invitations and
    requests for access, the chats attached to it with their choices of its cars, its settings and what it was still
    to be told. The journal stays, and so does what the chat is attached to and chose of other homes.
    The caller truncates the write-ahead log afterwards: the deleted pages are still in it.
    """
    for statement in _UNLINK:
        tx.change(statement, {"this_chat": chat_id})


def _home(tx: Tx, row: Row) -> Home:
    plain, content = SEALED_HOMES.split(tx.vault, row)
    return Home(**plain, **content)
