"""Forgetting a person, in every table that could name them."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, exists, func, null, or_, select, union, update

from storage.encryption.sealed_tables import SEALED_ACCESS_REQUESTS, SEALED_MEMBERS, SEALED_PROMPTS
from storage.engine.database import Tx
from storage.repositories import code_queries, events, journal
from storage.tables import (
    ACCESS_REQUESTS,
    ACTIONS,
    CHAT_CHOICES,
    CODE_QUERIES,
    HOMES,
    INVITATIONS,
    IS_UNFINISHED,
    LOGIN_STATES,
    MEMBERS,
    PROMPTS,
    SHARED_CHATS,
)

_PERSON: BindParameter[int] = bindparam("this_person")

_HOMES = union(
    select(MEMBERS.c.home_chat_id).where(MEMBERS.c.person_id == _PERSON),
    select(ACCESS_REQUESTS.c.home_chat_id).where(ACCESS_REQUESTS.c.person_id == _PERSON),
    select(INVITATIONS.c.home_chat_id).where(
        or_(INVITATIONS.c.created_by == _PERSON, INVITATIONS.c.used_by == _PERSON)
    ),
    select(ACTIONS.c.home_chat_id).where(ACTIONS.c.person_id == _PERSON),
    select(CODE_QUERIES.c.chat_id).where(CODE_QUERIES.c.person_id == _PERSON),
)
_NAMED = (
    (SEALED_MEMBERS, select(MEMBERS).where(MEMBERS.c.person_id == _PERSON)),
    (SEALED_ACCESS_REQUESTS, select(ACCESS_REQUESTS).where(ACCESS_REQUESTS.c.person_id == _PERSON)),
)
_UNDER_WAY = (
    select(func.count().label("count"))
    .select_from(ACTIONS)
    .where(IS_UNFINISHED, or_(ACTIONS.c.person_id == _PERSON, ACTIONS.c.home_chat_id == _PERSON))
)
_PROMPTS = select(PROMPTS)
_DELETE_PROMPT = delete(PROMPTS).where(PROMPTS.c.id == bindparam("this_id"))
_IS_OVER = (ACTIONS.c.state != "queued", ACTIONS.c.state != "sending")
_NO_HOME_IS_LEFT = ~exists().where(HOMES.c.chat_id == ACTIONS.c.home_chat_id)
# The private chat of a person has the person's number.
_FORGET = (
    delete(MEMBERS).where(MEMBERS.c.person_id == _PERSON),
    update(MEMBERS).where(MEMBERS.c.added_by == _PERSON).values(added_by=journal.NOBODY),
    delete(INVITATIONS).where(INVITATIONS.c.created_by == _PERSON),
    update(INVITATIONS).where(INVITATIONS.c.used_by == _PERSON).values(used_by=null()),
    delete(ACCESS_REQUESTS).where(ACCESS_REQUESTS.c.person_id == _PERSON),
    delete(PROMPTS).where(or_(PROMPTS.c.person_id == _PERSON, PROMPTS.c.home_chat_id == _PERSON)),
    delete(SHARED_CHATS).where(SHARED_CHATS.c.chat_id == _PERSON),
    update(SHARED_CHATS).where(SHARED_CHATS.c.attached_by == _PERSON).values(attached_by=journal.NOBODY),
    delete(CHAT_CHOICES).where(CHAT_CHOICES.c.chat_id == _PERSON),
    delete(LOGIN_STATES).where(LOGIN_STATES.c.chat_id == _PERSON),
    delete(ACTIONS).where(ACTIONS.c.home_chat_id == _PERSON, *_IS_OVER, _NO_HOME_IS_LEFT),
)


def is_under_way(tx: Tx, person_id: int) -> bool:
    """Tell whether something that the person did, or that was done with the cars of their home, has no outcome yet."""
    row = tx.one(_UNDER_WAY, {"this_person": person_id})
    return row is not None and bool(row["count"])


def forget(tx: Tx, person_id: int) -> None:
    """Forget all about a person who has no home, or none any more: homes are left to their own `unlink`.

    What they did stays in the record as nobody's, but for the journal of the home that was theirs: that goes, except for
    what is under way. Invitations that they made are gone; one that they used stays used up. What others were asked
    about them is gone.
    The caller truncates the write-ahead log afterwards: the deleted pages are still in it.
    """
    values = {"this_person": person_id}
    home_chat_ids = [row["home_chat_id"] for row in tx.all(_HOMES, values)]
    names = _names(tx, values) | journal.anonymise(tx, person_id)
    names |= code_queries.anonymise(tx, person_id, names=names, home_chat_ids=home_chat_ids)
    events.anonymise(tx, person_id, names=names, home_chat_ids=home_chat_ids)
    _drop_questions_about(tx, person_id)
    for statement in _FORGET:
        tx.change(statement, values)


def _drop_questions_about(tx: Tx, person_id: int) -> None:
    """Delete what others were asked about the person: whom a question is about is sealed."""
    rows = tx.all(_PROMPTS, {})
    read = SEALED_PROMPTS.readable(rows, lambda row: (row["id"], SEALED_PROMPTS.open(tx.vault, row)))
    for prompt_id, content in read:
        if content.get("about") == str(person_id):
            tx.change(_DELETE_PROMPT, {"this_id": prompt_id})


def _names(tx: Tx, values: Mapping[str, Any]) -> set[str]:
    """Gather what the person is called where they may use a car, or asked to."""
    found: set[str] = set()
    for sealed, rows in _NAMED:
        read = sealed.readable(tx.all(rows, values), partial(sealed.open, tx.vault))
        found |= {content["name"] for content in read}
    return found
