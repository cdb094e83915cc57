"""Whose car it is: power over a car ends when the car changes hands at DIMO.

The owner that DIMO names is compared at every token exchange, beside it, and once a day; a confirming tap whose token
is at hand compares nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from bot.dimo.client import Dimo
from bot.dimo.errors import DimoError
from bot.domain.ids import CarId, ChatId
from bot.domain.prompts import Prompt
from bot.domain.roles import has_ended
from bot.service.background import Background
from bot.service.car_names import named
from bot.service.confirmation import prompt_of
from bot.service.ports import Clock
from bot.service.prompting import Prompting
from storage import Car, Database, Home, Member, Tx
from storage.repositories import cars, homes, key_values, members, prompts

_LAST_ROUND = "owners compared"
_EVERY = timedelta(days=1)
_FIRST_AFTER = timedelta(minutes=1)
_PAUSE_SECONDS = 1.0
"""Between two cars of the daily round: DIMO's limit is ten requests a second for everything."""


class Outbox(Protocol):
    """The outbox of notifications, as it is used here: its module imports modules that import this one."""

    def car_left(self, tx: Tx, home: Home, car: Car, people: Iterable[int], *, now: datetime) -> None:
        """Store that a car left a home, for its owner and for these members."""

    def unlinked(self, tx: Tx, home: Home, people: Iterable[Member], *, now: datetime) -> None:
        """Store, for those who used the cars of a home that is unlinked, that their access has ended."""

    def wake(self) -> None:
        """Look for what was stored."""


@dataclass(kw_only=True, slots=True)
class Ownership:
    """Compares the owner of a car at DIMO with the home's, and removes a car that has another owner."""

    db: Database
    dimo: Dimo
    clock: Clock
    outbox: Outbox
    prompting: Prompting
    background: Background

    async def still_owns(self, home: ChatId, car: CarId) -> bool:
        """Return whether DIMO names the owner that the home knows; a car with another owner leaves the home first.

        An owner that DIMO does not name at the moment changes nothing.
        """
        try:
            vehicle = await self.dimo.identity.vehicle(car)
        except DimoError:
            return True
        if vehicle is None:
            return True
        questions = await self.db.run(partial(self._compare, home=home, car=car, owner=vehicle.owner))
        if questions is None:
            return True
        self.outbox.wake()
        await self.prompting.show_closed(questions)
        return False

    async def keep_comparing(self) -> None:
        """Compare the owner of every car once a day, for as long as the bot runs."""
        while True:
            last = await self.db.read(partial(key_values.get, name=_LAST_ROUND))
            wait = _EVERY - (self.clock.now() - datetime.fromisoformat(last)) if last else _FIRST_AFTER
            await self.clock.sleep(max(wait.total_seconds(), 0.0))
            for index, (home, car) in enumerate(await self.db.read(cars.every)):
                if index:
                    await self.clock.sleep(_PAUSE_SECONDS)
                await self.still_owns(ChatId(home), CarId(car))
            now = self.clock.now()
            await self.db.run(partial(key_values.put, name=_LAST_ROUND, value=now.isoformat(), now=now))

    def home_changed(self, home: ChatId) -> None:
        """Remove, in the background, the home's cars from every other home that knows another owner."""
        self.background.start(self._take_over(home), name="taking over cars")

    async def _take_over(self, home: ChatId) -> None:
        questions = await self.db.run(partial(self._let_go_elsewhere, home=home))
        if questions is not None:
            self.outbox.wake()
            await self.prompting.show_closed(questions)

    def _let_go_elsewhere(self, tx: Tx, home: ChatId) -> list[Prompt] | None:
        """Return the prompts that end because a car has left another home, or None if none has left."""
        left = [
            self._compare(tx, ChatId(other), CarId(car.car_id), car.details.owner)
            for car in cars.list_for(tx, home)
            for other in cars.homes_of(tx, car.car_id)
            if other != home and car.details.owner is not None
        ]
        closed = [questions for questions in left if questions is not None]
        return [prompt for questions in closed for prompt in questions] if closed else None

    def _compare(self, tx: Tx, home: ChatId, car: CarId, owner: str) -> list[Prompt] | None:
        """Return the prompts that are closed because the car has left the home, or None if it stays."""
        known, stored = homes.get(tx, home), cars.get(tx, home, car)
        if known is None or stored is None:
            return None
        expected = known.wallet or stored.details.owner
        if expected is None:  # linked by a developer JWT before owners were recorded
            cars.learn(tx, home, car, owner=owner)
            return None
        return None if expected.lower() == owner.lower() else self._let_go(tx, known, stored)

    def _let_go(self, tx: Tx, home: Home, car: Car) -> list[Prompt]:
        now = self.clock.now()
        people = [one.person_id for one in members.list_for(tx, home.chat_id) if not has_ended(one.until, now)]
        left = named(tx, [car], home.chat_id, *people)[0]
        cars.remove(tx, home.chat_id, car.car_id)
        self.outbox.car_left(tx, home, left, people, now=now)
        return [prompt_of(row) for row in prompts.cancel_of_car(tx, home_chat_id=home.chat_id, car_id=car.car_id)]
