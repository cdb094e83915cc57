"""Requests for access: somebody in a group asks an owner, who allows or denies it."""

from dataclasses import dataclass, replace

from bot.domain.family import GRANTED_ROLES, Request, RequestState, may_ask_again
from bot.domain.ids import ChatId, PersonId
from bot.domain.limits import Bound
from bot.domain.refusals import Reason
from bot.domain.roles import Ability, Role
from bot.service.access import authorize_at_home, has_access, membership_lock
from bot.service.confirmation import once
from bot.service.declined import Declined
from bot.service.family.members import add_member
from bot.service.notifications.outbox import Outbox, request_of
from bot.service.ports import Ask, Clock, Person
from bot.service.quotas import Quotas
from storage import AccessRequest, Database, Home, Tx
from storage.engine import locks
from storage.repositories import access_requests, homes, shared_chats

_ANSWERS = frozenset({*GRANTED_ROLES, RequestState.DENIED, RequestState.DENIED_FOR_GOOD})


@dataclass(frozen=True, slots=True)
class Answered:
    """An owner's answer to a request; `role` is None for a denial."""

    request: Request
    role: Role | None


@dataclass(kw_only=True, slots=True)
class AccessRequests:
    """Brings requests to owners and carries out their answers; None is returned for an update seen before."""

    db: Database
    clock: Clock
    outbox: Outbox
    quotas: Quotas

    async def ask(self, ask: Ask, home: ChatId, *, title: str) -> bool | None:
        """Ask the owner of a home that is shared in this group for access; False if they were asked already.

        Raises Declined.
        """

        def commit(tx: Tx) -> bool:
            now, person = self.clock.now(), ask.person
            if has_access(tx, _home_shared_here(tx, ask, home), person.id, now=now):
                raise Declined(Reason.MEMBER_ALREADY)
            row = AccessRequest(home, person.id, ask.chat, RequestState.OPEN, now, person.name, thread_id=ask.thread)
            before = access_requests.get_for_update(tx, home, person.id)
            if before is None:
                is_new = access_requests.add_new(tx, row)
            elif is_new := may_ask_again(RequestState(before.state), before.answered_at, now=now):
                access_requests.put(tx, row)
            if is_new:
                self.quotas.spend(tx, Bound.QUESTIONS, int(home))
                self.outbox.asked(tx, request_of(row, title), now=now)
            return is_new

        is_new = await once(self.db, self.clock, ask, commit)
        self.outbox.wake()
        return is_new

    async def list_open(self, ask: Ask) -> list[Request]:
        """Return the open requests for the asker's home; raises Declined for everybody but its owner."""

        def find(tx: Tx) -> list[Request]:
            authorize_at_home(tx, ask, Ability.SHARE_IN_CHAT, now=self.clock.now())
            return [request_of(row) for row in access_requests.open_for(tx, ask.chat)]

        return await self.db.read(find)

    async def answer(self, ask: Ask, person: PersonId, answer: Role | RequestState) -> Answered | None:
        """Answer a person's open request; raises Declined for everybody but the home's owner."""

        def commit(tx: Tx) -> Answered:
            now = self.clock.now()
            locks.hold(tx, membership_lock(ask.chat))
            authorize_at_home(tx, ask, Ability.SHARE_IN_CHAT, now=now)
            row = access_requests.get_for_update(tx, ask.chat, person)
            if row is None or row.state != RequestState.OPEN:
                raise Declined(Reason.REQUEST_ANSWERED)
            if answer not in _ANSWERS:
                raise Declined(Reason.BUTTON_OUT_OF_DATE)
            if isinstance(answer, Role):
                asker = Person(person, row.name)
                add_member(tx, ask.chat, asker, answer, until=None, by=ask.person.id, now=now)
                self.outbox.joined(tx, ask.chat, asker, answer, until=None, now=now, is_told=False)
                return Answered(request_of(row), answer)
            access_requests.put(tx, replace(row, state=answer, answered_at=now))
            return Answered(request_of(row), None)

        return await once(self.db, self.clock, ask, commit)


def _home_shared_here(tx: Tx, ask: Ask, home: ChatId) -> Home:
    locks.hold(tx, membership_lock(home))
    is_shared = ask.chat < 0 and home in shared_chats.homes_of_chat(tx, ask.chat)
    found = homes.get(tx, home) if is_shared else None
    if found is None:
        raise Declined(Reason.NO_CAR_HERE)
    return found
