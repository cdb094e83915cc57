"""Home chats: linked, found, and taken apart again."""

from sqlalchemy import BindParameter, bindparam, delete, select, update

from storage.database import Tx
from storage.records import Home
from storage.sealing import SEALED_HOMES
from storage.statements import Row
from storage.tables import CARS, HOMES, LOGIN_STATES, PROMPTS, TOKENS
from storage.upserts import insert_or_replace

_CHAT: BindParameter[int] = bindparam("this_chat")

_PUT = insert_or_replace(HOMES)
_GET = select(HOMES).where(HOMES.c.chat_id == _CHAT)
_ALL = select(HOMES).order_by(HOMES.c.chat_id)
_SELECT_CAR = update(HOMES).where(HOMES.c.chat_id == _CHAT).values(selected_car_id=bindparam("car"))
_CANCEL_PROMPTS = (
    update(PROMPTS)
    .where(PROMPTS.c.home_chat_id == _CHAT, PROMPTS.c.state == "open")
    .values(state="cancelled")
)
_UNLINK = (
    *(delete(table).where(table.c.chat_id == _CHAT) for table in (TOKENS, CARS, LOGIN_STATES, HOMES)),
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
    """Delete the home with its tokens, cars and login states, and cancel the open prompts about its cars.

    The journal stays. The caller truncates the write-ahead log afterwards: the deleted pages are still in it.
    """
    for statement in _UNLINK:
        tx.change(statement, {"this_chat": chat_id})


def _home(tx: Tx, row: Row) -> Home:
    plain, content = SEALED_HOMES.split(tx.vault, row)
    return Home(**plain, **content)
