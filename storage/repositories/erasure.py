"""Erasing a person from every table that could identify them."""

from collections.abc import Iterable

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Table,
    bindparam,
    delete,
    exists,
    func,
    null,
    or_,
    select,
    union,
    update,
)

from storage.engine.database import Tx
from storage.engine.statements import Values
from storage.partial_indexes import IS_UNFINISHED
from storage.repositories import (
    access_changes,
    access_requests,
    code_queries,
    events,
    journal,
    link_permissions,
    location_looks,
    members,
    prompts,
)
from storage.states import AccessRequestState, ActionState, LinkPermissionState
from storage.tables import (
    ACCESS_CHANGES,
    ACCESS_REQUESTS,
    ACTIONS,
    CHAT_CHOICES,
    CODE_QUERIES,
    HOMES,
    INBOX,
    INVITATIONS,
    LANDINGS,
    LINK_CONSENTS,
    LINK_PERMISSIONS,
    LOCATION_LOOKS,
    LOGIN_STATES,
    MEMBERS,
    NOTE_CHOICES,
    NOTES,
    PANELS,
    PROMPTS,
    SCHEDULES,
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
_MEMBERS = select(MEMBERS).where(MEMBERS.c.person_id == _PERSON)
_REQUESTS = select(ACCESS_REQUESTS).where(ACCESS_REQUESTS.c.person_id == _PERSON)
_UNDER_WAY = (
    select(func.count().label("count"))
    .select_from(ACTIONS)
    .where(IS_UNFINISHED, or_(ACTIONS.c.person_id == _PERSON, ACTIONS.c.home_chat_id == _PERSON))
)
_PROMPTS_OF_HOME = select(PROMPTS).where(PROMPTS.c.home_chat_id == bindparam("this_home"))
_DELETE_PROMPT = delete(PROMPTS).where(*prompts.RECORDS.is_this)
_IS_OVER = (ACTIONS.c.state != ActionState.QUEUED, ACTIONS.c.state != ActionState.SENDING)


def _no_home_is_left(table: Table) -> ColumnElement[bool]:
    return ~exists().where(HOMES.c.chat_id == table.c.home_chat_id)


# The private chat of a person has the person's id.
_ERASE = (
    delete(MEMBERS).where(MEMBERS.c.person_id == _PERSON),
    update(MEMBERS).where(MEMBERS.c.added_by == _PERSON).values(added_by=journal.NOBODY),
    delete(INVITATIONS).where(INVITATIONS.c.created_by == _PERSON),
    update(INVITATIONS).where(INVITATIONS.c.used_by == _PERSON).values(used_by=null()),
    delete(ACCESS_REQUESTS).where(
        ACCESS_REQUESTS.c.person_id == _PERSON, ACCESS_REQUESTS.c.state != AccessRequestState.DENIED_FOR_GOOD
    ),
    delete(PROMPTS).where(or_(PROMPTS.c.person_id == _PERSON, PROMPTS.c.home_chat_id == _PERSON)),
    delete(SHARED_CHATS).where(SHARED_CHATS.c.chat_id == _PERSON),
    update(SHARED_CHATS).where(SHARED_CHATS.c.attached_by == _PERSON).values(attached_by=journal.NOBODY),
    delete(CHAT_CHOICES).where(or_(CHAT_CHOICES.c.chat_id == _PERSON, CHAT_CHOICES.c.person_id == _PERSON)),
    delete(PANELS).where(or_(PANELS.c.chat_id == _PERSON, PANELS.c.person_id == _PERSON)),
    delete(INBOX).where(INBOX.c.person_id == _PERSON),
    delete(SCHEDULES).where(or_(SCHEDULES.c.person_id == _PERSON, SCHEDULES.c.home_chat_id == _PERSON)),
    delete(NOTES).where(or_(NOTES.c.person_id == _PERSON, NOTES.c.home_chat_id == _PERSON)),
    delete(NOTE_CHOICES).where(NOTE_CHOICES.c.person_id == _PERSON),
    delete(LANDINGS).where(LANDINGS.c.chat_id == _PERSON),
    delete(LOGIN_STATES).where(LOGIN_STATES.c.chat_id == _PERSON),
    delete(LINK_PERMISSIONS).where(
        LINK_PERMISSIONS.c.person_id == _PERSON, LINK_PERMISSIONS.c.state == LinkPermissionState.ALLOWED
    ),
    delete(LINK_PERMISSIONS).where(
        LINK_PERMISSIONS.c.asked_person_id == _PERSON, LINK_PERMISSIONS.c.state == LinkPermissionState.OPEN
    ),
    update(LINK_PERMISSIONS).where(LINK_PERMISSIONS.c.asked_person_id == _PERSON).values(asked_person_id=null()),
    delete(LINK_CONSENTS).where(LINK_CONSENTS.c.chat_id == _PERSON),
    # Nobody can answer it any more, so it expires: then the waiting person is told.
    update(LINK_CONSENTS)
    .where(LINK_CONSENTS.c.asked_chat_id == _PERSON)
    .values(asked_chat_id=journal.NOBODY, message_id=null()),
    delete(ACTIONS).where(ACTIONS.c.home_chat_id == _PERSON, *_IS_OVER, _no_home_is_left(ACTIONS)),
    delete(ACCESS_CHANGES).where(ACCESS_CHANGES.c.home_chat_id == _PERSON, _no_home_is_left(ACCESS_CHANGES)),
    delete(LOCATION_LOOKS).where(LOCATION_LOOKS.c.home_chat_id == _PERSON, _no_home_is_left(LOCATION_LOOKS)),
)


def is_under_way(tx: Tx, person_id: int) -> bool:
    """Return whether an action of the person, or of the home that is theirs, has no outcome yet."""
    return bool(tx.value(_UNDER_WAY, {"this_person": person_id}))


def forget(tx: Tx, person_id: int) -> None:
    """Erase a person without a home; `homes.unlink` must have deleted theirs before.

    What they did stays in the log as nobody's, except in the home that was theirs: that home's actions are deleted
    unless they are under way. That they joined another home, or lost access to it, stays with their name, as its owner
    was told it. Invitations that they made are deleted; one that they used stays used up. Prompts to others about them
    are deleted. A denial to link an account, and a question whether they may that is open, are kept with their number
    only, so that nobody is asked twice. A home that denied them for good keeps that with their name, and events that
    are still to be told keep their names.
    The caller truncates the write-ahead log afterwards: the deleted pages are still in it.
    """
    values = {"this_person": person_id}
    home_chat_ids = [row["home_chat_id"] for row in tx.all(_HOMES, values)]
    names = _names(tx, values) | journal.anonymise(tx, person_id)
    names |= code_queries.anonymise(tx, person_id, names=names, home_chat_ids=home_chat_ids)
    events.forget_number(tx, person_id)
    access_changes.forget_number(tx, person_id)
    location_looks.anonymise(tx, person_id)
    _delete_prompts_about(tx, str(person_id), home_chat_ids)
    link_permissions.forget_name(tx, person_id)
    for statement in _ERASE:
        tx.change(statement, values)


def _delete_prompts_about(tx: Tx, person: str, home_chat_ids: Iterable[int]) -> None:
    """Delete the prompts about the person; the subject of a prompt is sealed, so those of the person's homes are read.

    Reading everybody's keeps all other writers waiting.
    """
    for home in home_chat_ids:
        for prompt in prompts.RECORDS.readable(tx, _PROMPTS_OF_HOME, {"this_home": home}):
            if prompt.about == person:
                tx.change(_DELETE_PROMPT, prompts.RECORDS.key(prompt.id))


def _names(tx: Tx, values: Values) -> set[str]:
    """Return the names of the person where they are or were a member, or asked for access."""
    found = {member.name for member in members.RECORDS.readable(tx, _MEMBERS, values)}
    return found | {request.name for request in access_requests.RECORDS.readable(tx, _REQUESTS, values)}
