"""Chats attached to homes, the car that a chat means, and chats that go on under another id."""

from dataclasses import replace
from functools import partial

from sqlalchemy import bindparam, delete, null, select, update

from storage.encryption.sealed_tables import SEALED_SHARED_CHATS
from storage.engine.database import Tx
from storage.engine.statements import Row
from storage.engine.upserts import insert_or_ignore, insert_or_replace
from storage.records import ChatChoice, SharedChat
from storage.tables import ACCESS_REQUESTS, ACTIONS, CHAT_CHOICES, CODE_QUERIES, PROMPTS, SHARED_CHATS

_COLUMNS = SHARED_CHATS.c
_OF_CHAT = _COLUMNS.chat_id == bindparam("this_chat")
_OF_HOME = _COLUMNS.home_chat_id == bindparam("this_home")
_CHOICE_OF_CHAT = CHAT_CHOICES.c.chat_id == bindparam("this_chat")

_ATTACH = insert_or_replace(SHARED_CHATS)
_ATTACH_NEW = insert_or_ignore(SHARED_CHATS)
_DETACH = delete(SHARED_CHATS).where(_OF_CHAT, _OF_HOME)
_DETACH_CHAT = delete(SHARED_CHATS).where(_OF_CHAT).returning(_COLUMNS.home_chat_id)
_BY_CHAT = select(SHARED_CHATS).where(_OF_CHAT).order_by(_COLUMNS.home_chat_id)
_BY_CHAT_FOR_UPDATE = _BY_CHAT.with_for_update()
_BY_HOME = select(SHARED_CHATS).where(_OF_HOME).order_by(_COLUMNS.attached_at, _COLUMNS.chat_id)
_HOMES = select(_COLUMNS.home_chat_id).where(_OF_CHAT).order_by(_COLUMNS.home_chat_id)

_CHOOSE = insert_or_replace(CHAT_CHOICES)
_CHOOSE_NEW = insert_or_ignore(CHAT_CHOICES)
_CHOICE = select(CHAT_CHOICES).where(_CHOICE_OF_CHAT)
_DROP_CHOICE = delete(CHAT_CHOICES).where(_CHOICE_OF_CHAT)
_DROP_CHOICE_OF_HOME = _DROP_CHOICE.where(CHAT_CHOICES.c.home_chat_id == bindparam("this_home"))

# A message's number says nothing in another chat: there it may be that of any other message.
_MOVE = (
    update(PROMPTS)
    .where(PROMPTS.c.chat_id == bindparam("this_chat"))
    .values(chat_id=bindparam("new_chat"), message_id=null()),
    update(ACTIONS)
    .where(ACTIONS.c.chat_id == bindparam("this_chat"))
    .values(chat_id=bindparam("new_chat"), message_id=null()),
    update(CODE_QUERIES)
    .where(CODE_QUERIES.c.shown_chat_id == bindparam("this_chat"))
    .values(shown_chat_id=bindparam("new_chat"), message_id=null()),
    # The message is one in the home chat, which is private and never moves.
    update(ACCESS_REQUESTS)
    .where(ACCESS_REQUESTS.c.chat_id == bindparam("this_chat"))
    .values(chat_id=bindparam("new_chat")),
)


def attach(tx: Tx, shared: SharedChat) -> None:
    """Attach the chat to the home, in place of what was known of that."""
    tx.change(_ATTACH[tx.dialect], _row(tx, shared))


def detach(tx: Tx, chat_id: int, home_chat_id: int) -> bool:
    """Detach the chat from the home, with the chat's choice of a car there; False if it was not attached."""
    values = {"this_chat": chat_id, "this_home": home_chat_id}
    tx.change(_DROP_CHOICE_OF_HOME, values)
    return tx.change(_DETACH, values) == 1


def detach_chat(tx: Tx, chat_id: int) -> list[int]:
    """Detach the chat from all homes, with its choice of a car; returns the home chats it was attached to."""
    tx.change(_DROP_CHOICE, {"this_chat": chat_id})
    return sorted(row["home_chat_id"] for row in tx.all(_DETACH_CHAT, {"this_chat": chat_id}))


def of_chat(tx: Tx, chat_id: int) -> list[SharedChat]:
    """Return what the chat is attached to, without what does not open."""
    return SEALED_SHARED_CHATS.readable(tx.all(_BY_CHAT, {"this_chat": chat_id}), partial(_shared, tx))


def of_home(tx: Tx, home_chat_id: int) -> list[SharedChat]:
    """Return the chats attached to the home in the order in which they were, without what does not open."""
    return SEALED_SHARED_CHATS.readable(tx.all(_BY_HOME, {"this_home": home_chat_id}), partial(_shared, tx))


def homes_of_chat(tx: Tx, chat_id: int) -> list[int]:
    """Return the home chats that the chat is attached to; costs no decryption."""
    return [row["home_chat_id"] for row in tx.all(_HOMES, {"this_chat": chat_id})]


def choice(tx: Tx, chat_id: int) -> ChatChoice | None:
    """Return the car that the chat means, or None if none was chosen there."""
    row = tx.one(_CHOICE, {"this_chat": chat_id})
    return None if row is None else ChatChoice(**row)


def choose(tx: Tx, choice: ChatChoice) -> None:
    """Make this the car that the chat means."""
    tx.change(_CHOOSE[tx.dialect], _plain(choice))


def move(tx: Tx, old_chat_id: int, new_chat_id: int) -> None:
    """Let the chat go on under its new id, wherever it is named; what is already kept there stays.

    Doing it again changes nothing. What does not open is not attached to the new id, and stays under the old one.
    Messages of the old chat are forgotten: they cannot be edited, and their numbers are others' in the new one.
    """
    if old_chat_id == new_chat_id:
        return
    old = {"this_chat": old_chat_id}
    rows = tx.all(_BY_CHAT_FOR_UPDATE, old)
    for shared in SEALED_SHARED_CHATS.readable(rows, partial(_shared, tx)):
        tx.change(_ATTACH_NEW[tx.dialect], _row(tx, replace(shared, chat_id=new_chat_id)))
        tx.change(_DETACH, {**old, "this_home": shared.home_chat_id})
    chosen = choice(tx, old_chat_id)
    if chosen is not None:
        tx.change(_CHOOSE_NEW[tx.dialect], _plain(replace(chosen, chat_id=new_chat_id)))
        tx.change(_DROP_CHOICE, old)
    for statement in _MOVE:
        tx.change(statement, {**old, "new_chat": new_chat_id})


def _row(tx: Tx, shared: SharedChat) -> Row:
    return SEALED_SHARED_CHATS.row(tx.vault, shared, {"title": shared.title})


def _shared(tx: Tx, row: Row) -> SharedChat:
    plain, content = SEALED_SHARED_CHATS.split(tx.vault, row)
    return SharedChat(**plain, **content)


def _plain(choice: ChatChoice) -> Row:
    return {column.name: getattr(choice, column.name) for column in CHAT_CHOICES.c}
