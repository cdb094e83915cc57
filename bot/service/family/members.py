"""The people with access to a home: listed, changed, and removed by its owner."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from bot.domain.family import GRANTED_ROLES, AccessLength, Member, RequestState, SharedChatKind, read_until, term_of
from bot.domain.ids import ChatId, PersonId
from bot.domain.prompts import Prompt, Task
from bot.domain.refusals import Reason
from bot.domain.roles import Ability, Role
from bot.service.access import authorize_at_home
from bot.service.confirmation import Done, once, prompt_of
from bot.service.declined import Declined
from bot.service.family.access_expiry import AccessExpiry
from bot.service.notifications.outbox import Outbox
from bot.service.ports import Ask, Clock, Person
from bot.service.preferences import preferences_of
from bot.service.prompting import Prompting
from storage import Database, Home, SharedChat, Tx
from storage import Member as MemberRow
from storage.repositories import access_requests, invitations, members, prompts, shared_chats


@dataclass(frozen=True, slots=True)
class Removal:
    """The question before somebody's access is taken away."""

    prompt: Prompt
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Removed:
    """The result of a confirmed removal of a member."""

    name: str = field(repr=False)


@dataclass(kw_only=True, slots=True)
class Members:
    """The members of the asker's home; every method raises Declined for everybody but its owner.

    Those that change something return None for an update seen before.
    """

    db: Database
    clock: Clock
    prompting: Prompting
    access_expiry: AccessExpiry
    outbox: Outbox
    access_changed: Callable[[ChatId, PersonId], None]
    """Called with the home and the person after a removal, or with another role."""

    async def list_all(self, ask: Ask) -> list[Member]:
        """Return the owner, then everybody with access, the oldest first; access that has ended is included."""

        def find(tx: Tx) -> list[Member]:
            home = self._home(tx, ask)
            owner = Member(PersonId(home.owner_id), home.owner_name, Role.OWNER, None, None, is_owner=True)
            return [owner, *(_member(row) for row in members.list_for(tx, home.chat_id))]

        return await self.db.read(find)

    async def get(self, ask: Ask, person: PersonId) -> Member:
        """Return one member's access."""
        return _member(await self.db.read(lambda tx: _known(members.get(tx, self._home(tx, ask).chat_id, person))))

    async def set_role(self, ask: Ask, person: PersonId, role: Role) -> Member | None:
        """Give a member another role."""
        if role not in GRANTED_ROLES:
            raise Declined(Reason.NOT_ALLOWED)

        def commit(tx: Tx) -> Member:
            return _put(tx, replace(self._row(tx, ask, person), role=role))

        changed = await once(self.db, self.clock, ask, commit)
        self.access_changed(ask.chat, person)
        return changed

    async def set_end(self, ask: Ask, person: PersonId, length: AccessLength) -> Member | None:
        """Make a member's access end after this term, counted from now."""

        def commit(tx: Tx) -> Member:
            row, now = self._row(tx, ask, person), self.clock.now()
            term = term_of(length, now=now, zone=preferences_of(tx, ask.chat).zone)
            return self._put_end(tx, row, term.end(now))

        return self._announced(await once(self.db, self.clock, ask, commit))

    async def ask_for_end(self, ask: Ask, person: PersonId) -> Prompt | None:
        """Wait for the date that the owner types next."""
        asked = await self._ask(ask, person, Task.ENTER_MEMBER_END)
        return None if asked is None else asked.prompt

    async def take_end(self, ask: Ask, text: str) -> Member | None:
        """Read a text as the requested date; None if no date was requested. Raises Declined for any other text."""
        if not await self.prompting.is_waiting(ask, Task.ENTER_MEMBER_END):
            return None
        zone = await self.db.read(lambda tx: preferences_of(tx, ask.chat).zone)
        until = read_until(text, now=self.clock.now(), zone=zone)

        def commit(tx: Tx, waiting: Prompt) -> Member:
            row = self._row(tx, ask, _person_in(waiting))
            if until is None:
                raise Declined(Reason.NO_DATE)
            self.prompting.stop_waiting(tx, ask, Task.ENTER_MEMBER_END)
            return self._put_end(tx, row, until)

        return self._announced(await self.prompting.take_text(ask, Task.ENTER_MEMBER_END, commit))

    async def ask_to_remove(self, ask: Ask, person: PersonId) -> Removal | None:
        """Ask whether somebody's access should be taken away."""
        return await self._ask(ask, person, Task.REMOVE_MEMBER)

    def confirm_removal(self, tx: Tx, ask: Ask, prompt: Prompt) -> Done:
        """Remove the member that a prompt is about, with their private chat, invitations and questions."""
        person = _person_in(prompt)
        row = self._row(tx, ask, person)
        self.prompting.stop_waiting(tx, ask, Task.ENTER_MEMBER_END, about=prompt.about)
        self.outbox.removed(tx, row, now=self.clock.now())
        members.remove(tx, ask.chat, person)
        shared_chats.detach(tx, person, ask.chat)
        invitations.withdraw_by(tx, ask.chat, person, now=self.clock.now())
        questions = map(prompt_of, prompts.cancel_of_person(tx, home_chat_id=ask.chat, person_id=person))
        return Done(Removed(row.name), partial(self._removed, ask.chat, person, tuple(questions)))

    async def _removed(self, home: ChatId, person: PersonId, questions: tuple[Prompt, ...]) -> None:
        self.outbox.wake()
        self.access_changed(home, person)
        await self.prompting.show_closed(questions)

    async def _ask(self, ask: Ask, person: PersonId, task: Task) -> Removal | None:
        def commit(tx: Tx) -> Removal:
            name = self._row(tx, ask, person).name
            return Removal(self.prompting.ask(tx, ask, home=ask.chat, subject=task, about=str(person)), name)

        return await once(self.db, self.clock, ask, commit)

    def _home(self, tx: Tx, ask: Ask) -> Home:
        return authorize_at_home(tx, ask, Ability.MEMBERS, now=self.clock.now())

    def _row(self, tx: Tx, ask: Ask, person: PersonId) -> MemberRow:
        """Read a member, whom nobody else changes until the transaction ends."""
        return _known(members.get_for_update(tx, self._home(tx, ask).chat_id, person))

    def _put_end(self, tx: Tx, row: MemberRow, until: datetime | None) -> Member:
        """Store the end, which is in the future; somebody whose access had ended may have asked for access since."""
        _close_request(tx, row.home_chat_id, PersonId(row.person_id), now=self.clock.now())
        return _put(tx, replace(row, until=until, end_told_at=None))

    def _announced(self, changed: Member | None) -> Member | None:
        if changed is not None:
            self.access_expiry.ends_changed()
        return changed


def add_member(
    tx: Tx, home: int, person: Person, role: Role, *, until: datetime | None, by: int, now: datetime
) -> None:
    """Give a person access to a home, also from their own private chat, which has their number."""
    members.put(tx, MemberRow(home, person.id, role, person.name, until, added_at=now, added_by=by))
    shared_chats.attach(tx, SharedChat(person.id, home, SharedChatKind.PRIVATE, by, now))
    _close_request(tx, home, person.id, now=now)


def _close_request(tx: Tx, home: int, person: PersonId, *, now: datetime) -> None:
    """Mark an open request for access as allowed, because the person got access in another way."""
    asked = access_requests.get_for_update(tx, home, person)
    if asked is not None and asked.state == RequestState.OPEN:
        access_requests.put(tx, replace(asked, state=RequestState.ALLOWED, answered_at=now))


def _person_in(prompt: Prompt) -> PersonId:
    return PersonId(int(prompt.about or 0))


def _known(row: MemberRow | None) -> MemberRow:
    """Return a member; the owner is not one, and can't be changed or removed."""
    if row is None:
        raise Declined(Reason.NO_SUCH_MEMBER)
    return row


def _put(tx: Tx, row: MemberRow) -> Member:
    members.put(tx, row)
    return _member(row)


def _member(row: MemberRow) -> Member:
    return Member(PersonId(row.person_id), row.name, Role(row.role), row.until, row.last_used_at)
