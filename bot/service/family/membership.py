"""The rows that change together when a person gets or loses access to a home."""

from dataclasses import replace
from datetime import datetime

from bot.domain.family import RequestState, SharedChatKind
from bot.domain.ids import PersonId
from bot.domain.prompts import Prompt
from bot.domain.roles import Role
from bot.service.confirmation import prompt_of
from bot.service.ports import Person
from storage import Member, SharedChat, Tx
from storage.repositories import access_requests, invitations, members, prompts, shared_chats


def add(tx: Tx, home: int, person: Person, role: Role, *, until: datetime | None, by: int, now: datetime) -> None:
    """Give a person access to a home, also from their own private chat, which has their number."""
    members.put(tx, Member(home, person.id, role, person.name, until, added_at=now, added_by=by))
    shared_chats.attach(tx, SharedChat(person.id, home, SharedChatKind.PRIVATE, by, now))
    close_request(tx, home, person.id, now=now)


def remove(tx: Tx, home: int, person: PersonId, *, now: datetime) -> tuple[Prompt, ...]:
    """Take a person's access away, with their attached private chat and open invitations; returns cancelled questions."""
    members.remove(tx, home, person)
    shared_chats.detach(tx, person, home)
    invitations.withdraw_by(tx, home, person, now=now)
    return tuple(prompt_of(row) for row in prompts.cancel_of_person(tx, home_chat_id=home, person_id=person))


def close_request(tx: Tx, home: int, person: PersonId, *, now: datetime) -> None:
    """Mark an open request for access as allowed: the person got access in another way, and a denial would be untrue."""
    asked = access_requests.get_for_update(tx, home, person)
    if asked is not None and asked.state == RequestState.OPEN:
        access_requests.put(tx, replace(asked, state=RequestState.ALLOWED, answered_at=now))
