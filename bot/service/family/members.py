"""The people of a home: seen, changed, and removed by its owner."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from bot.domain.family import GRANTED_ROLES, Lasting, Member, read_until, term_of
from bot.domain.ids import ChatId, PersonId
from bot.domain.limits import CODES_ARE_TYPED_FOR
from bot.domain.prompts import Prompt, Task
from bot.domain.refusals import Reason
from bot.domain.roles import Ability, Role
from bot.service.access import authorize_at_home
from bot.service.confirmation import Done, once, prompt_of
from bot.service.declined import Declined
from bot.service.family.access_expiry import AccessExpiry
from bot.service.family.groups import answer_by_access
from bot.service.ports import Ask, Clock
from bot.service.preferences import preferences_of
from bot.service.prompting import Prompting
from storage import Database, Home, Tx
from storage import Member as MemberRow
from storage.repositories import invitations, members, prompts, shared_chats

Changed = TypeVar("Changed")


@dataclass(frozen=True, slots=True)
class Removal:
    """The question before somebody's access is taken away."""

    prompt: Prompt
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Removed:
    """The result of a confirmed removal of a member."""

    name: str = field(repr=False)


class Members:
    """The members of the asker's home; every method raises Declined for everybody but its owner."""

    def __init__(self, *, db: Database, clock: Clock, prompting: Prompting, departures: AccessExpiry) -> None:
        self._db = db
        self._clock = clock
        self._prompting = prompting
        self._departures = departures

    async def all(self, ask: Ask) -> list[Member]:
        """Return the owner, then everybody with access, the oldest first; those whose access ended are among them."""

        def find(tx: Tx) -> list[Member]:
            home = self._home(tx, ask)
            owner = Member(PersonId(home.owner_id), home.owner_name, Role.OWNER, None, None, is_owner=True)
            return [owner, *(_member(row) for row in members.list_for(tx, home.chat_id))]

        return await self._db.read(find)

    async def one(self, ask: Ask, person: PersonId) -> Member:
        """Return one member's access."""
        return await self._db.read(lambda tx: _member(_known(members.get(tx, self._home(tx, ask).chat_id, person))))

    async def set_role(self, ask: Ask, person: PersonId, role: Role) -> Member | None:
        """Give a member another role. None for an update seen before."""
        if role not in GRANTED_ROLES:
            raise Declined(Reason.NOT_ALLOWED)
        return await self._change(ask, person, lambda row: replace(row, role=role.value))

    async def set_end(self, ask: Ask, person: PersonId, lasting: Lasting) -> Member | None:
        """Let a member's access end then, counted from now. None for an update seen before."""

        def commit(tx: Tx) -> Member:
            home, now = self._home(tx, ask), self._clock.now()
            zone = preferences_of(tx, home.chat_id).zone
            until = term_of(lasting, now=now, zone=zone).end(now)
            return _put_end(tx, self._row(tx, ask, person), until, now)

        return self._ringing(await once(self._db, self._clock, ask, commit))

    async def want_end(self, ask: Ask, person: PersonId) -> Removal | None:
        """Wait for the date that the owner types next. None for an update seen before."""

        def commit(tx: Tx) -> Removal:
            row = self._row(tx, ask, person)
            prompt = self._prompting.ask(
                tx,
                ask,
                home=ChatId(row.home_chat_id),
                subject=Task.ENTER_MEMBER_END,
                car=None,
                about=str(person),
                lifetime=CODES_ARE_TYPED_FOR,
            )
            return Removal(prompt, row.name)

        return await once(self._db, self._clock, ask, commit)

    async def take_end(self, ask: Ask, text: str) -> Member | Reason | None:
        """Take a text as the date that was waited for; None where none was, Reason for what is no date."""

        def commit(tx: Tx) -> Member | Reason | None:
            now = self._clock.now()
            waiting = self._prompting.waiting(tx, ask, Task.ENTER_MEMBER_END)
            if waiting is None or waiting.about is None:
                return None
            row = self._row(tx, ask, PersonId(int(waiting.about)))
            until = read_until(text, now=now, zone=preferences_of(tx, row.home_chat_id).zone)
            if until is None:
                return Reason.NO_DATE
            prompts.claim(tx, waiting.id, person_id=ask.person.id, chat_id=ask.chat, now=now)
            return _put_end(tx, row, until, now)

        if not await self._prompting.is_waiting(ask, Task.ENTER_MEMBER_END):
            return None  # the text is somebody else's to take, who asks whether it was seen before
        return self._ringing(await once(self._db, self._clock, ask, commit))

    def _ringing(self, done: Changed) -> Changed:
        """Let the one who tells of ends know that one may have moved."""
        self._departures.ring()
        return done

    async def ask_to_remove(self, ask: Ask, person: PersonId) -> Removal | None:
        """Ask whether somebody's access should be taken away. None for an update seen before."""

        def commit(tx: Tx) -> Removal:
            row = self._row(tx, ask, person)
            home = ChatId(row.home_chat_id)
            prompt = self._prompting.ask(tx, ask, home=home, subject=Task.REMOVE_MEMBER, car=None, about=str(person))
            return Removal(prompt, row.name)

        return await once(self._db, self._clock, ask, commit)

    def confirm_removal(self, tx: Tx, ask: Ask, prompt: Prompt) -> Done:
        """Remove the member that a prompt is about, and cancel their open questions."""
        person = PersonId(int(prompt.about or 0))
        row, now = self._row(tx, ask, person), self._clock.now()
        waiting = self._prompting.waiting(tx, ask, Task.ENTER_MEMBER_END)
        if waiting is not None and waiting.about == prompt.about:
            prompts.cancel(tx, waiting.id, chat_id=ask.chat, now=now)
        questions = take_away(tx, row.home_chat_id, person, now=now)
        return Done(Removed(row.name), partial(self._prompting.show_cancelled, questions))

    async def _change(self, ask: Ask, person: PersonId, change: Callable[[MemberRow], MemberRow]) -> Member | None:
        return await once(self._db, self._clock, ask, lambda tx: _put(tx, change(self._row(tx, ask, person))))

    def _home(self, tx: Tx, ask: Ask) -> Home:
        now = self._clock.now()
        return authorize_at_home(tx, ask, Ability.MEMBERS, now=now)

    def _row(self, tx: Tx, ask: Ask, person: PersonId) -> MemberRow:
        """Read a member for changing."""
        return _known(members.get_for_update(tx, self._home(tx, ask).chat_id, person))


def take_away(tx: Tx, home: int, person: PersonId, *, now: datetime) -> tuple[Prompt, ...]:
    """Delete a member with the private chat that was attached, open invitations and open questions; returns those."""
    members.remove(tx, home, person)
    shared_chats.detach(tx, person, home)
    invitations.withdraw_by(tx, home, person, now=now)
    return tuple(prompt_of(row) for row in prompts.cancel_of_person(tx, home_chat_id=home, person_id=person))


def _known(row: MemberRow | None) -> MemberRow:
    """Return a member; the owner is none, and can't be changed or removed."""
    if row is None:
        raise Declined(Reason.NO_SUCH_MEMBER)
    return row


def _put(tx: Tx, row: MemberRow) -> Member:
    members.put(tx, row)
    return _member(row)


def _put_end(tx: Tx, row: MemberRow, until: datetime | None, now: datetime) -> Member:
    """Let a member's access end then, which is to come: whose access had ended may have asked for it anew."""
    answer_by_access(tx, row.home_chat_id, PersonId(row.person_id), now=now)
    return _put(tx, replace(row, until=until, end_told_at=None))


def _member(row: MemberRow) -> Member:
    return Member(PersonId(row.person_id), row.name, Role(row.role), row.until, row.last_used_at)
