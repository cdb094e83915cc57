"""The cars of a chat: which there are, which is meant, and what can be said of each."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.actions import Action
from bot.domain.expiry import Ending
from bot.domain.ids import CarId, ChatId, PersonId
from bot.domain.reports import Signal
from bot.domain.roles import Ability, Access, abilities, may
from bot.service.access import Authorization, permitted, permitted_with_car, seat, seats
from bot.service.account.expiry import Expiry
from bot.service.account.linking import shared_car
from bot.service.ports import Clock
from storage import Car, ChatChoice, Database, Tx
from storage.repositories import cars, shared_chats


@dataclass(frozen=True, slots=True)
class AccessibleCar:
    """A car as a panel shows it; `reports` None means that it was never asked."""

    home: ChatId
    id: CarId
    name: str
    description: str
    may_be_commanded: bool
    may_be_read: bool
    share_ends_at: datetime | None
    reports: frozenset[Signal] | None
    cannot: frozenset[Action]
    access: Access
    is_one_of_several: bool
    ended: Ending | None


class AccessibleCars:
    """Finds the cars that a person may use from a chat."""

    def __init__(self, *, db: Database, clock: Clock, ends: Expiry) -> None:
        self._db = db
        self._clock = clock
        self._ends = ends

    async def is_linked(self, chat: ChatId, person: PersonId) -> bool:
        """Tell whether this person has a seat in this chat."""
        return await self._db.read(lambda tx: seat(tx, person=person, chat=chat)) is not None

    async def abilities(self, chat: ChatId, person: PersonId) -> frozenset[Ability]:
        """Return what this person may do from this chat with any car at all."""
        now = self._clock.now()
        found = await self._db.read(lambda tx: list(seats(tx, person=person, chat=chat)))
        return frozenset(able for one in found for able in abilities(one.access, now=now))

    async def car(self, chat: ChatId, person: PersonId, car: CarId | None = None) -> AccessibleCar:
        """Return the car that a person means here; raises Declined."""

        def find(tx: Tx) -> tuple[Car, Access, int]:
            found, meant = self._permitted(tx, chat, person, car)
            return meant, found.access, len(self._all(tx, chat, person))

        meant, access, count = await self._db.read(find)
        return await self._parked(meant, access, is_one_of_several=count > 1)

    async def all(self, chat: ChatId, person: PersonId) -> list[AccessibleCar]:
        """Return every car that a person may use here; raises Declined without any access."""

        def find(tx: Tx) -> list[tuple[Car, Access]]:
            permitted(tx, person=person, chat=chat, ability=Ability.STATUS, now=self._clock.now())
            return self._all(tx, chat, person)

        known = await self._db.read(find)
        return [await self._parked(car, access, is_one_of_several=len(known) > 1) for car, access in known]

    async def choose(self, chat: ChatId, person: PersonId, car: CarId) -> AccessibleCar:
        """Remember the car that a chat means from here on; raises Declined."""

        def keep(tx: Tx) -> None:
            found, _ = self._permitted(tx, chat, person, car)
            shared_chats.choose(tx, ChatChoice(chat, found.home.chat_id, car))

        await self._db.run(keep)
        return await self.car(chat, person, car)

    def _permitted(self, tx: Tx, chat: ChatId, person: PersonId, car: CarId | None) -> tuple[Authorization, Car]:
        now = self._clock.now()
        return permitted_with_car(tx, person=person, chat=chat, ability=Ability.STATUS, car=car, now=now)

    def _all(self, tx: Tx, chat: ChatId, person: PersonId) -> list[tuple[Car, Access]]:
        """Find every car of every seat, each once, with the access that counts for it."""
        found: dict[int, tuple[Car, Access]] = {}
        now = self._clock.now()
        for one in seats(tx, person=person, chat=chat):
            if may(one.access, Ability.STATUS, now=now):
                for car in cars.list_for(tx, one.home.chat_id):
                    found.setdefault(car.car_id, (car, one.access))
        return list(found.values())

    async def _parked(self, car: Car, access: Access, *, is_one_of_several: bool) -> AccessibleCar:
        home, number, shared, said = ChatId(car.chat_id), CarId(car.car_id), shared_car(car), car.details
        return AccessibleCar(
            home=home,
            id=number,
            name=shared.name,
            description=shared.description,
            may_be_commanded=shared.may_be_commanded,
            may_be_read=shared.may_be_read,
            share_ends_at=shared.share_ends_at,
            reports=None if said.reports is None else frozenset(Signal(name) for name in said.reports),
            cannot=frozenset(Action(name) for name in said.cannot),
            access=access,
            is_one_of_several=is_one_of_several,
            ended=await self._ends.ended(home, number),
        )
