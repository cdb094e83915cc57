"""The cars that a person may use from a chat."""

from dataclasses import asdict, dataclass

from bot.domain.actions import Action
from bot.domain.expiry import Ending
from bot.domain.ids import CarId, ChatId
from bot.domain.linking import SharedCar
from bot.domain.reports import Signal
from bot.domain.roles import Ability, Access, abilities, may
from bot.service.access import (
    Authorization,
    authorizations,
    authorize,
    authorize_for_car,
    may_ask_where,
    shared_car,
)
from bot.service.account.expiry import Expiry
from bot.service.car_names import named
from bot.service.ports import Ask, Clock
from bot.service.preferences import preferences_of
from storage import Car, ChatChoice, Database, Tx
from storage.repositories import cars, shared_chats


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessibleCar(SharedCar):
    """A car as a panel shows it; `reports` is None as long as the car was never asked."""

    home: ChatId
    id: CarId
    reports: frozenset[Signal] | None
    cannot: frozenset[Action]
    access: Access
    owner_name: str
    is_in_miles: bool
    """Whether distances are shown in miles."""
    may_ask_where: bool
    is_one_of_several: bool
    ended: Ending | None


@dataclass(kw_only=True, slots=True)
class AccessibleCars:
    """Finds the cars that the asker may use from a chat."""

    db: Database
    clock: Clock
    expiry: Expiry

    async def are_any(self, ask: Ask) -> bool:
        """Return whether the person has or had access to any home here."""
        return bool(await self.db.read(lambda tx: authorizations(tx, ask.person.id, ask.chat)))

    async def abilities(self, ask: Ask) -> frozenset[Ability]:
        """Return what the person may do here with at least one car."""
        now = self.clock.now()

        def find(tx: Tx) -> frozenset[Ability]:
            found = authorizations(tx, ask.person.id, ask.chat)
            able = {able for one in found for able in abilities(one.access, now=now)}
            return frozenset(able | {Ability.WHERE for one in found if may_ask_where(tx, one, now=now)})

        return await self.db.read(find)

    async def car(self, ask: Ask, car: CarId | None = None) -> AccessibleCar:
        """Return this car, or the one that the person's commands mean in this chat; raises Declined."""

        def find(tx: Tx) -> tuple[_Found, int]:
            found, row = authorize_for_car(tx, ask, Ability.STATUS, car, now=self.clock.now())
            return _found(tx, row, found), len(self._all(tx, ask))

        found, count = await self.db.read(find)
        return await self._accessible(found, is_one_of_several=count > 1)

    async def all(self, ask: Ask) -> list[AccessibleCar]:
        """Return every car that the person may use here; raises Declined without any access."""

        def find(tx: Tx) -> list[_Found]:
            authorize(tx, ask, Ability.STATUS, now=self.clock.now())
            found = self._all(tx, ask)
            homes = {car.chat_id for car, _ in found}
            rows = named(tx, [car for car, _ in found], ask.chat, *homes, ask.person.id)
            return [_found(tx, car, allowed) for car, (_, allowed) in zip(rows, found, strict=True)]

        known = await self.db.read(find)
        return [await self._accessible(one, is_one_of_several=len(known) > 1) for one in known]

    async def choose(self, ask: Ask, car: CarId) -> AccessibleCar:
        """Make this the car that the person's commands mean in this chat; raises Declined."""

        def commit(tx: Tx) -> None:
            found, _ = authorize_for_car(tx, ask, Ability.STATUS, car, now=self.clock.now())
            shared_chats.choose(tx, ChatChoice(ask.chat, int(ask.person.id), found.home.chat_id, car))

        await self.db.run(commit)
        return await self.car(ask, car)

    def _all(self, tx: Tx, ask: Ask) -> list[tuple[Car, Authorization]]:
        """Return each car once, with the authorization for the first home that allows its use."""
        found: dict[int, tuple[Car, Authorization]] = {}
        now = self.clock.now()
        for one in authorizations(tx, ask.person.id, ask.chat):
            if may(one.access, Ability.STATUS, now=now):
                for car in cars.list_for(tx, one.home.chat_id):
                    found.setdefault(car.car_id, (car, one))
        return list(found.values())

    async def _accessible(self, found: "_Found", *, is_one_of_several: bool) -> AccessibleCar:
        row = found.car
        home, car, details = ChatId(row.chat_id), CarId(row.car_id), row.details
        return AccessibleCar(
            **asdict(shared_car(row)),
            home=home,
            id=car,
            reports=None if details.reports is None else frozenset(Signal(name) for name in details.reports),
            cannot=frozenset(Action(name) for name in details.cannot),
            access=found.allowed.access,
            owner_name=found.allowed.home.owner_name,
            is_in_miles=found.is_in_miles,
            may_ask_where=found.may_ask_where,
            is_one_of_several=is_one_of_several,
            ended=await self.expiry.ended(home, car),
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """A car as it is stored, and what the asker may do with it."""

    car: Car
    allowed: Authorization
    is_in_miles: bool
    may_ask_where: bool


def _found(tx: Tx, car: Car, allowed: Authorization) -> _Found:
    known = preferences_of(tx, car.chat_id)
    return _Found(car, allowed, known.is_in_miles, known.lets_ask_where(allowed.access.role))
