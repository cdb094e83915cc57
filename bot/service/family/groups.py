"""Groups from which the cars of a home are used."""

from dataclasses import dataclass, field

from bot.domain.family import SharedChatKind
from bot.domain.ids import ChatId, PersonId
from bot.domain.refusals import Reason
from bot.domain.roles import Ability, may
from bot.service.access import access_to, authorizations, authorize_at_home, membership_lock
from bot.service.car_names import named
from bot.service.confirmation import once
from bot.service.declined import Declined
from bot.service.ports import Ask, Clock
from storage import Database, SharedChat, Tx
from storage.engine import locks
from storage.repositories import cars, homes, shared_chats


@dataclass(frozen=True, slots=True)
class AccessOptions:
    """What somebody without access in a group can do: ask the owners of other homes for it, or share their own home."""

    others: tuple[ChatId, ...]
    own: ChatId | None


@dataclass(frozen=True, slots=True)
class Attached:
    """The cars that can be used from a group now."""

    owner_name: str = field(repr=False)
    car_names: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Group:
    """A group that a home is shared in, with the title that it had then."""

    chat: ChatId
    title: str = field(repr=False)


@dataclass(kw_only=True, slots=True)
class Groups:
    """Attaches groups to homes and detaches them; None is returned for an update seen before."""

    db: Database
    clock: Clock

    async def own_home(self, person: PersonId) -> ChatId | None:
        """Return the private chat in which the person linked an account, if there is one."""
        return await self.db.read(lambda tx: _own_home(tx, person))

    async def access_options(self, ask: Ask) -> AccessOptions:
        """Return what the asker can do to use a car from this group."""
        now = self.clock.now()

        def find(tx: Tx) -> AccessOptions:
            shared = shared_chats.homes_of_chat(tx, ask.chat)
            found = authorizations(tx, ask.person.id, ask.chat)
            mine = {one.home.chat_id for one in found if not one.access.has_ended(now)}
            own = _own_home(tx, ask.person.id)
            others = tuple(ChatId(home) for home in shared if home not in mine)
            return AccessOptions(others, own=None if own in shared else own)

        return await self.db.read(find)

    async def groups(self, ask: Ask) -> list[Group]:
        """Return the groups that the asker's home is shared in; raises Declined for everybody but its owner."""

        def find(tx: Tx) -> list[Group]:
            authorize_at_home(tx, ask, Ability.SHARE_IN_CHAT, now=self.clock.now())
            shared = shared_chats.of_home(tx, ask.chat)
            return [Group(ChatId(one.chat_id), one.title) for one in shared if one.kind == SharedChatKind.GROUP]

        return await self.db.read(find)

    async def attach(self, ask: Ask, home: ChatId, *, title: str) -> Attached | None:
        """Let a home's cars be used from the asker's group; raises Declined for everybody but the home's owner."""

        def commit(tx: Tx) -> Attached:
            locks.hold(tx, membership_lock(home))
            owned, now = homes.get(tx, home), self.clock.now()
            access = access_to(tx, owned, ask.person.id)
            if owned is None or access is None:
                raise Declined(Reason.NO_CAR_HERE)
            if not may(access, Ability.SHARE_IN_CHAT, now=now):
                raise Declined(Reason.NOT_ALLOWED)
            if ask.chat > 0:
                raise Declined(Reason.BUTTON_OUT_OF_DATE)  # only groups are attached, not the private chat itself
            shared_chats.attach(tx, SharedChat(ask.chat, home, SharedChatKind.GROUP, ask.person.id, now, title))
            shared = named(tx, cars.list_for(tx, home), ask.chat, home)
            return Attached(owned.owner_name, tuple(car.details.name for car in shared))

        return await once(self.db, self.clock, ask, commit)

    async def detach(self, ask: Ask, group: ChatId) -> bool | None:
        """Stop the use of the asker's cars from a group; False if it had ended already. Raises Declined."""

        def commit(tx: Tx) -> bool:
            locks.hold(tx, membership_lock(ask.chat))
            authorize_at_home(tx, ask, Ability.SHARE_IN_CHAT, now=self.clock.now())
            return shared_chats.detach(tx, group, ask.chat)

        return await once(self.db, self.clock, ask, commit)

    async def forget(self, group: ChatId) -> None:
        """Forget a group that the bot was removed from."""
        await self.db.run(lambda tx: shared_chats.detach_chat(tx, group))


def _own_home(tx: Tx, person: PersonId) -> ChatId | None:
    home = homes.get(tx, person)
    return None if home is None or home.owner_id != person else ChatId(home.chat_id)
