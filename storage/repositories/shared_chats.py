"""Chats attached to homes, the cars that people chose there, and chats that Telegram moved to another id."""

from dataclasses import asdict, replace

from sqlalchemy import bindparam, delete, null, select, update

from storage.engine.database import Tx
from storage.engine.upserts import insert_or_ignore, insert_or_replace
from storage.records import ChatChoice, SharedChat
from storage.repositories.sealed_records import SealedRecords
from storage.tables import ACCESS_REQUESTS, ACTIONS, CHAT_CHOICES, CODE_QUERIES, PANELS, PROMPTS, SHARED_CHATS

_RECORDS = SealedRecords(SHARED_CHATS, SharedChat)

_COLUMNS = SHARED_CHATS.c
_OF_CHAT = _COLUMNS.chat_id == bindparam("this_chat")
_OF_HOME = _COLUMNS.home_chat_id == bindparam("this_home")
_CHOICE_OF_CHAT = CHAT_CHOICES.c.chat_id == bindparam("this_chat")

_DETACH = delete(SHARED_CHATS).where(_OF_CHAT, _OF_HOME)
_DETACH_CHAT = delete(SHARED_CHATS).where(_OF_CHAT).returning(_COLUMNS.home_chat_id)
_BY_CHAT_FOR_UPDATE = select(SHARED_CHATS).where(_OF_CHAT).order_by(_COLUMNS.home_chat_id).with_for_update()
_BY_HOME = select(SHARED_CHATS).where(_OF_HOME).order_by(_COLUMNS.attached_at, _COLUMNS.chat_id)
_HOMES = select(_COLUMNS.home_chat_id).where(_OF_CHAT).order_by(_COLUMNS.home_chat_id)

_CHOICE = select(CHAT_CHOICES).where(_CHOICE_OF_CHAT, CHAT_CHOICES.c.person_id == bindparam("this_person"))
_CHOICES_OF_CHAT = select(CHAT_CHOICES).where(_CHOICE_OF_CHAT)
_DROP_CHOICE = delete(CHAT_CHOICES).where(_CHOICE_OF_CHAT)
_DROP_CHOICE_OF_HOME = _DROP_CHOICE.where(CHAT_CHOICES.c.home_chat_id == bindparam("this_home"))

_CHAT_COLUMNS = (PROMPTS.c.chat_id, ACTIONS.c.chat_id, CODE_QUERIES.c.shown_chat_id, ACCESS_REQUESTS.c.chat_id)
# In the new chat a message id names another message. A request's message is in the home chat, which never moves.
_MOVE = tuple(
    update(chat.table)
    .where(chat == bindparam("this_chat"))
    .values(
        {chat: bindparam("new_chat")} | ({} if chat.table is ACCESS_REQUESTS else {chat.table.c.message_id: null()})
    )
    for chat in _CHAT_COLUMNS
)

_DROP_PANEL = delete(PANELS).where(PANELS.c.chat_id == bindparam("this_chat"))

attach = _RECORDS.put


def detach(tx: Tx, chat_id: int, home_chat_id: int) -> bool:
    """Detach the chat from the home, with the choices of its cars there; False if it was not attached."""
    values = {"this_chat": chat_id, "this_home": home_chat_id}
    tx.change(_DROP_CHOICE_OF_HOME, values)
    return tx.change(_DETACH, values) == 1


def detach_chat(tx: Tx, chat_id: int) -> list[int]:
    """Detach the chat from all homes, with its choices of cars and its panel; returns the homes' chats."""
    tx.change(_DROP_CHOICE, {"this_chat": chat_id})
    tx.change(_DROP_PANEL, {"this_chat": chat_id})
    return sorted(row["home_chat_id"] for row in tx.all(_DETACH_CHAT, {"this_chat": chat_id}))


def of_home(tx: Tx, home_chat_id: int) -> list[SharedChat]:
    """Return the chats attached to the home in the order in which they were, without those that can't be decrypted."""
    return _RECORDS.readable(tx, _BY_HOME, {"this_home": home_chat_id})


def homes_of_chat(tx: Tx, chat_id: int) -> list[int]:
    """Return the home chats that the chat is attached to; decrypts nothing."""
    return [row["home_chat_id"] for row in tx.all(_HOMES, {"this_chat": chat_id})]


def choice(tx: Tx, chat_id: int, person_id: int) -> ChatChoice | None:
    """Return the car that a person chose in the chat, or None if they chose none."""
    row = tx.one(_CHOICE, {"this_chat": chat_id, "this_person": person_id})
    return None if row is None else ChatChoice(**row)


def choose(tx: Tx, choice: ChatChoice) -> None:
    """Store the car that a person chose in a chat, in place of an earlier choice."""
    tx.change(insert_or_replace(CHAT_CHOICES, tx.dialect), asdict(choice))


def move(tx: Tx, old_chat_id: int, new_chat_id: int) -> None:
    """Replace the chat's id everywhere; what is already stored under the new id stays as it is.

    Doing it again changes nothing. Rows that can't be decrypted stay attached to the old id.
    Messages of the old chat are forgotten: they cannot be edited, and in the new chat their ids name other messages.
    """
    if old_chat_id == new_chat_id:
        return
    old = {"this_chat": old_chat_id}
    for shared in _RECORDS.readable(tx, _BY_CHAT_FOR_UPDATE, old):
        _RECORDS.add_new(tx, replace(shared, chat_id=new_chat_id))
        tx.change(_DETACH, {**old, "this_home": shared.home_chat_id})
    for chosen in tx.all(_CHOICES_OF_CHAT, old):
        tx.one(insert_or_ignore(CHAT_CHOICES, tx.dialect), {**chosen, "chat_id": new_chat_id})
    tx.change(_DROP_CHOICE, old)
    tx.change(_DROP_PANEL, old)
    for statement in _MOVE:
        tx.change(statement, {**old, "new_chat": new_chat_id})
