"""Tokens of chats, sealed for their chat, kind and car: one that is copied to another row can't be decrypted."""

from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from storage.engine.database import Tx
from storage.records import Token
from storage.repositories.sealed_records import SealedRecords
from storage.states import TokenKind
from storage.tables import TOKENS

OPERATOR_CHAT = 0
NO_CAR = 0

_RECORDS = SealedRecords(TOKENS, Token)

_DROP = delete(TOKENS).where(*_RECORDS.is_this)
_DROP_OF_CARS = delete(TOKENS).where(TOKENS.c.chat_id == bindparam("this_chat"), TOKENS.c.kind == TokenKind.VEHICLE)
_ENDING = (
    select(TOKENS)
    .where(
        TOKENS.c.kind != TokenKind.VEHICLE,
        TOKENS.c.chat_id != OPERATOR_CHAT,
        TOKENS.c.announced_at.is_(None),
        TOKENS.c.expires_at <= bindparam("before"),
    )
    .order_by(TOKENS.c.expires_at)
)
_PASTED = (
    select(TOKENS)
    .where(TOKENS.c.kind == TokenKind.DEVELOPER, TOKENS.c.chat_id != OPERATOR_CHAT)
    .order_by(TOKENS.c.chat_id)
)
_ANNOUNCED = (
    update(TOKENS)
    .where(
        *_RECORDS.is_this,
        TOKENS.c.announced_at.is_not_distinct_from(bindparam("was", type_=TOKENS.c.announced_at.type)),
    )
    .values(announced_at=bindparam("now"))
)

put = _RECORDS.put


def get(tx: Tx, chat_id: int, kind: str, *, car_id: int = NO_CAR) -> Token | None:
    """Return the token, expired or not, or None if there is none."""
    return _RECORDS.get(tx, chat_id, kind, car_id)


def drop(tx: Tx, chat_id: int, kind: str, *, car_id: int = NO_CAR) -> None:
    """Delete the token, if there is one."""
    tx.change(_DROP, _RECORDS.key(chat_id, kind, car_id))


def drop_vehicle_tokens(tx: Tx, chat_id: int) -> None:
    """Delete the vehicle tokens of all cars of the chat."""
    tx.change(_DROP_OF_CARS, {"this_chat": chat_id})


def pasted(tx: Tx) -> list[Token]:
    """Return the developer tokens that people have pasted."""
    return _RECORDS.all(tx, _PASTED)


def ending(tx: Tx, *, before: datetime) -> list[Token]:
    """Return the sign-ins of people that end by then and were not announced, soonest first."""
    return _RECORDS.all(tx, _ENDING, {"before": before})


def mark_announced(tx: Tx, chat_id: int, kind: str, *, was: datetime | None, now: datetime | None) -> bool:
    """Note when the end of this sign-in was announced; of any number of callers exactly one gets True."""
    return tx.change(_ANNOUNCED, {**_RECORDS.key(chat_id, kind, NO_CAR), "was": was, "now": now}) == 1
