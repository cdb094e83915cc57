"""Tokens of chats, sealed for their chat, kind and car: one that is copied elsewhere does not open."""

from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from storage.encryption.sealed_tables import SEALED_TOKENS
from storage.engine.database import Tx
from storage.engine.statements import Row
from storage.engine.upserts import insert_or_replace
from storage.records import Token
from storage.tables import TOKENS

OPERATOR_CHAT = 0
NO_CAR = 0

_THIS = (
    TOKENS.c.chat_id == bindparam("this_chat"),
    TOKENS.c.kind == bindparam("this_kind"),
    TOKENS.c.car_id == bindparam("this_car"),
)
_PUT = insert_or_replace(TOKENS)
_GET = select(TOKENS).where(*_THIS)
_DROP = delete(TOKENS).where(*_THIS)
_DROP_OF_CARS = delete(TOKENS).where(TOKENS.c.chat_id == bindparam("this_chat"), TOKENS.c.kind == "vehicle")
_ENDING = (
    select(TOKENS)
    .where(
        TOKENS.c.kind != "vehicle",
        TOKENS.c.chat_id != OPERATOR_CHAT,
        TOKENS.c.announced_at.is_(None),
        TOKENS.c.expires_at <= bindparam("before"),
    )
    .order_by(TOKENS.c.expires_at)
)
_ANNOUNCED = update(TOKENS).where(*_THIS).values(announced_at=bindparam("now"))


def put(tx: Tx, token: Token) -> None:
    """Keep the token in place of an earlier one of the same chat, kind and car."""
    content = {"secret": token.secret, "permissions": token.permissions}
    tx.change(_PUT[tx.dialect], SEALED_TOKENS.row(tx.vault, token, content))


def get(tx: Tx, chat_id: int, kind: str, *, car_id: int = NO_CAR) -> Token | None:
    """Return the token, ended or not, or None if there is none."""
    row = tx.one(_GET, _key(chat_id, kind, car_id))
    return None if row is None else _token(tx, row)


def drop(tx: Tx, chat_id: int, kind: str, *, car_id: int = NO_CAR) -> None:
    """Delete the token, if there is one."""
    tx.change(_DROP, _key(chat_id, kind, car_id))


def drop_vehicle_tokens(tx: Tx, chat_id: int) -> None:
    """Delete the vehicle tokens of all cars of the chat."""
    tx.change(_DROP_OF_CARS, {"this_chat": chat_id})


def ending(tx: Tx, *, before: datetime) -> list[Token]:
    """Return the sign-ins of people that end by then and were not announced, the first to end first."""
    return [_token(tx, row) for row in tx.all(_ENDING, {"before": before})]


def mark_announced(tx: Tx, chat_id: int, kind: str, *, now: datetime) -> None:
    """Remember that the chat was told about the end of this sign-in."""
    tx.change(_ANNOUNCED, {**_key(chat_id, kind, NO_CAR), "now": now})


def _key(chat_id: int, kind: str, car_id: int) -> dict[str, object]:
    return {"this_chat": chat_id, "this_kind": kind, "this_car": car_id}


def _token(tx: Tx, row: Row) -> Token:
    plain, content = SEALED_TOKENS.split(tx.vault, row)
    return Token(**plain, secret=content["secret"], permissions=tuple(content["permissions"]))
