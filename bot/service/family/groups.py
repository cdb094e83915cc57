"""Groups: the cars of a home used from them, and people there who ask for access."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.family import GRANTED_ROLES, Request, RequestState, may_ask_again
from bot.domain.ids import ChatId, PersonId
from bot.domain.refusals import Reason
from bot.domain.roles import Ability, Role, may
from bot.service.access import access_to, authorizations, authorize_at_home, membership_lock
from bot.service.confirmation import once
from bot.service.declined import Declined
from bot.service.notifications.outbox import Outbox
from bot.service.ports import Ask, Clock
from storage import AccessRequest, Database, Home, Member, SharedChat, Tx
from storage.engine import locks
from storage.repositories import access_requests, cars, homes, members, shared_chats


@dataclass(frozen=True, slots=True)
class WaysIn:
    """What somebody without access in a group can do about it: ask the owners of these homes, or share an own one."""

    others: tuple[ChatId, ...]
    own: ChatId | None


@dataclass(frozen=True, slots=True)
class Attached:
    """A group from which cars can be used now."""

    home: ChatId
    owner_name: str = field(repr=False)
    car_names: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Group:
    """A group that a home is shared in, under the name that it had then."""

    chat: ChatId
    title: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody's request for access; the owner is told of a new one by itself."""

    request: Request
    is_new: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """An owner's answer to a request, and where it came from."""

    request: Request
    role: Role | None


class Groups:
    """Attaches groups to homes, and brings people's requests to the owners."""

    def __init__(self, *, db: Database, clock: Clock, outbox: Outbox) -> None:
        self._db = db
        self._clock = clock
        self._outbox = outbox

    async def own_home(self, person: PersonId) -> ChatId | None:
        """Return the home of a person who owns one: the private chat in which an account is linked."""
        return await self._db.read(lambda tx: _own(tx, person))

    async def ways_in(self, ask: Ask) -> WaysIn:
        """Return what the asker can do to use a car from this group."""
        now = self._clock.now()

        def find(tx: Tx) -> WaysIn:
            shared = shared_chats.homes_of_chat(tx, ask.chat)
            mine = {
                one.home.chat_id for one in authorizations(tx, ask.person.id, ask.chat) if not one.access.has_ended(now)
            }
            own = _own(tx, ask.person.id)
            return WaysIn(
                others=tuple(ChatId(home) for home in shared if home not in mine),
                own=None if own in shared else own,
            )

        return await self._db.read(find)

    async def groups(self, ask: Ask) -> list[Group]:
        """Return the groups that the asker's home is shared in; raises Declined for everybody but its owner."""

        def find(tx: Tx) -> list[Group]:
            shared = shared_chats.of_home(tx, self._home(tx, ask).chat_id)
            return [Group(ChatId(one.chat_id), one.title) for one in shared if one.kind == "group"]

        return await self._db.read(find)

    async def attach(self, ask: Ask, home: ChatId, *, title: str) -> Attached | None:
        """Let a home's cars be used from the asker's chat. None for an update seen before; raises Declined."""

        def commit(tx: Tx) -> Attached:
            owned = self._owned(tx, ask, home)
            if ask.chat > 0:
                raise Declined(Reason.BUTTON_OUT_OF_DATE)  # only groups are shared in, not the private chat itself
            now = self._clock.now()
            shared_chats.attach(tx, SharedChat(ask.chat, home, "group", ask.person.id, now, title))
            names = tuple(car.details.name for car in cars.list_for(tx, home))
            return Attached(home, owned.owner_name, names)

        return await once(self._db, self._clock, ask, commit)

    async def detach(self, ask: Ask, group: ChatId) -> bool | None:
        """End the use of the asker's cars from a group; False if that was over. None for an update seen before.

        Raises Declined.
        """

        def commit(tx: Tx) -> bool:
            locks.hold(tx, membership_lock(ask.chat))
            return shared_chats.detach(tx, group, self._home(tx, ask).chat_id)

        return await once(self._db, self._clock, ask, commit)

    async def removed_from(self, chat: ChatId) -> None:
        """Forget a group that the bot is not in any more."""
        await self._db.run(lambda tx: shared_chats.detach_chat(tx, chat))

    async def ask_for_access(self, ask: Ask, home: ChatId, *, title: str) -> Asked | None:
        """Bring a person's request to an owner, who is asked once. None for an update seen before; raises Declined."""

        def commit(tx: Tx) -> Asked:
            now = self._clock.now()
            owned = self._shared_here(tx, ask, home)
            access = access_to(tx, owned, ask.person.id)
            if access is not None and not access.has_ended(now):
                raise Declined(Reason.MEMBER_ALREADY)
            before = access_requests.get_for_update(tx, home, ask.person.id)
            request = _request(home, ask, title)
            if before is None:
                is_new = access_requests.add_new(tx, _row(request, now))
            else:
                is_new = may_ask_again(RequestState(before.state), before.answered_at, now=now)
                if is_new:
                    access_requests.put(tx, _row(request, now))
            if is_new:
                self._outbox.asked(tx, request, now=now)
            return Asked(request, is_new)

        asked = await once(self._db, self._clock, ask, commit)
        self._outbox.ring()
        return asked

    async def requests(self, ask: Ask) -> list[Request]:
        """Return the open requests for the asker's home; raises Declined for everybody but its owner."""

        def find(tx: Tx) -> list[AccessRequest]:
            return access_requests.open_for(tx, self._home(tx, ask).chat_id)

        return [_from_row(row) for row in await self._db.read(find)]

    async def answer(self, ask: Ask, person: PersonId, answer: Role | RequestState) -> Answered | None:
        """Answer a person's open request. None for an update seen before; raises Declined."""

        def commit(tx: Tx) -> Answered:
            now = self._clock.now()
            locks.hold(tx, membership_lock(ask.chat))
            home = self._home(tx, ask)
            row = access_requests.get_for_update(tx, home.chat_id, person)
            if row is None or row.state != RequestState.OPEN.value:
                raise Declined(Reason.REQUEST_ANSWERED)
            role = answer if isinstance(answer, Role) else None
            state = RequestState.ALLOWED if isinstance(answer, Role) else answer
            if state is RequestState.OPEN or (role is not None and role not in GRANTED_ROLES):
                raise Declined(Reason.BUTTON_OUT_OF_DATE)
            answered = replace(row, state=state.value, answered_at=now)
            access_requests.put(tx, answered)
            if role is not None:
                members.put(tx, _member(answered, role, ask, now))
                # Their own private chat, too: it has the person's number.
                private = SharedChat(person, home.chat_id, "private", ask.person.id, now, title="")
                shared_chats.attach(tx, private)
            return Answered(_from_row(answered), role)

        return await once(self._db, self._clock, ask, commit)

    def _owned(self, tx: Tx, ask: Ask, home: ChatId) -> Home:
        """Return a home that the asker may share, in whatever chat: this one is not attached yet; raises Declined."""
        locks.hold(tx, membership_lock(home))
        found = homes.get(tx, home)
        access = access_to(tx, found, ask.person.id)
        if found is None or access is None:
            raise Declined(Reason.NO_CAR_HERE)
        if not may(access, Ability.SHARE_IN_CHAT, now=self._clock.now()):
            raise Declined(Reason.NOT_ALLOWED)
        return found

    def _home(self, tx: Tx, ask: Ask) -> Home:
        """Return the home whose own chat this is, for somebody who may share it; raises Declined."""
        return authorize_at_home(tx, ask, Ability.SHARE_IN_CHAT, now=self._clock.now())

    def _shared_here(self, tx: Tx, ask: Ask, home: ChatId) -> Home:
        locks.hold(tx, membership_lock(home))
        is_shared = ask.chat < 0 and home in shared_chats.homes_of_chat(tx, ask.chat)
        found = homes.get(tx, home) if is_shared else None
        if found is None:
            raise Declined(Reason.NO_CAR_HERE)
        return found


def answer_by_access(tx: Tx, home: int, person: PersonId, *, now: datetime) -> None:
    """Close the request of somebody who has got access in another way: they ask no more, and a No would be untrue."""
    asked = access_requests.get_for_update(tx, home, person)
    if asked is not None and asked.state == RequestState.OPEN.value:
        access_requests.put(tx, replace(asked, state=RequestState.ALLOWED.value, answered_at=now))


def _own(tx: Tx, person: PersonId) -> ChatId | None:
    home = homes.get(tx, person)
    return None if home is None or home.owner_id != person else ChatId(home.chat_id)


def _request(home: ChatId, ask: Ask, title: str) -> Request:
    return Request(home, ask.person.id, ask.person.name, ask.chat, title, RequestState.OPEN)


def _row(request: Request, now: datetime) -> AccessRequest:
    return AccessRequest(
        home_chat_id=request.home,
        person_id=request.person,
        chat_id=request.chat,
        state=RequestState.OPEN.value,
        asked_at=now,
        answered_at=None,
        message_id=None,
        name=request.name,
    )


def _from_row(row: AccessRequest) -> Request:
    return Request(
        ChatId(row.home_chat_id),
        PersonId(row.person_id),
        row.name,
        ChatId(row.chat_id),
        "",
        RequestState(row.state),
    )


def _member(row: AccessRequest, role: Role, ask: Ask, now: datetime) -> Member:
    return Member(
        home_chat_id=row.home_chat_id,
        person_id=row.person_id,
        role=role.value,
        until=None,
        added_at=now,
        added_by=ask.person.id,
        last_used_at=None,
        end_told_at=None,
        name=row.name,
    )
