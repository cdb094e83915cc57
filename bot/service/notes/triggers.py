"""DIMO's vehicle triggers: kept as the notes need them, and taken as hints to look at a car."""

import hashlib
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from bot.dimo.client import Dimo
from bot.dimo.errors import CannotDo, DimoError, NotFound, NotPermitted
from bot.dimo.tokens import DeveloperJwt
from bot.dimo.triggers import NewWebhook, Webhook
from bot.domain.ids import CarId
from bot.domain.limits import LIMITS, Bound
from bot.domain.triggers import COOL_DOWN_SECONDS, Trigger, triggers_for
from bot.service.account.credentials import Credentials
from bot.service.declined import Declined
from bot.service.dimo_mapping import NAMES
from bot.service.lease import Lease
from bot.service.notes.pushed import FACT, PLANNED, stored
from bot.service.notes.recipients import takers, wanted_kinds
from bot.service.outages import Outage
from bot.service.ports import Clock
from bot.service.preferences import preferences_of
from bot.service.quotas import Quotas
from storage import Database, Tx
from storage.repositories import cars, homes, key_values, note_watches

_log = logging.getLogger(__name__)

_EVERY = timedelta(days=1)
_LOOK_SECONDS = 60.0
_TRY_AGAIN_SECONDS = 600.0
_MOST_REMEMBERED = 1000


@dataclass(kw_only=True, slots=True)
class Triggers:
    """Keeps DIMO's side equal to what the notes need, from whatever state a process that died has left it in."""

    db: Database
    dimo: Dimo
    clock: Clock
    credentials: Credentials
    quotas: Quotas
    lease: Lease
    url: str = field(repr=False)
    """The secret address that DIMO calls."""
    secret: str = field(repr=False)
    """What the address answers when DIMO verifies it."""
    looks_due: Callable[[], None]
    """Called when a car is to be looked at now."""
    _hints: dict[int, datetime] = field(default_factory=dict, init=False)
    """Until when another hint about a car does nothing, so that a flood of them costs no transaction."""
    _outage: Outage = field(init=False)

    def __post_init__(self) -> None:
        """Begin without an outage."""
        self._outage = Outage(self.clock, _log)

    async def keep(self) -> None:
        """Compare at the start, once a day, and whenever the notes that people take have changed."""
        done, at = "", self.clock.now()
        while True:
            await self.lease.taken(lambda _: None)
            planned = await self.db.read(lambda tx: key_values.get(tx, PLANNED) or "")
            if planned == done and self.clock.now() < at + _EVERY:
                await self.clock.sleep(_LOOK_SECONDS)
                continue
            try:
                await self.converge()
            except (DimoError, Declined) as error:
                what = f"DIMO's triggers can't be kept ({type(error).__name__})"
                await self._outage.wait(what, seconds=_TRY_AGAIN_SECONDS)
            else:
                self._outage.ended("DIMO's triggers are kept again")
                done, at = planned, self.clock.now()

    async def converge(self) -> None:
        """Register, enable, subscribe and delete until DIMO has what the notes need; raises DimoError and Declined."""
        jwt = await self.credentials.operator_jwt()
        if jwt is None:
            return
        wanted = await self.db.read(self._wanted)
        names = {_name(self.url, trigger): trigger for trigger in wanted}
        ours = [one for one in await self.dimo.triggers.webhooks(jwt) if one.name.startswith(_prefix(self.url))]
        known = {one.name: one for one in ours if one.name in names}
        for webhook in ours:
            if webhook.name not in names:
                await self._delete(jwt, webhook)
        ids, refused = list[str](), set[CarId]()
        for name, trigger in names.items():
            webhook_id = await self._standing(jwt, name, trigger, known.get(name))
            ids.append(webhook_id)
            refused |= await self._subscribe(jwt, webhook_id, wanted[trigger])
        pushed = sorted(set().union(*wanted.values()) - refused)
        fact = json.dumps({"webhooks": ids, "cars": pushed})
        await self.db.run(lambda tx: key_values.put(tx, FACT, fact, now=self.clock.now()))

    async def hinted(self, webhook: str, vehicle: str) -> None:
        """Look at a car of which DIMO tells something, if it is one; at most once a minute, whoever calls."""
        car = self.dimo.triggers.token_id_of(vehicle)
        now = self.clock.now()
        if car is None or self._hints.get(car, now) > now:
            return
        if await self.db.run(partial(self._hint, webhook=webhook, car=CarId(car))):
            self.looks_due()
        if len(self._hints) > _MOST_REMEMBERED:
            self._hints.clear()
        self._hints[car] = now + LIMITS[Bound.HINTS].window

    def _hint(self, tx: Tx, *, webhook: str, car: CarId) -> bool:
        known = stored(tx)
        if webhook not in known["webhooks"] or car not in known["cars"]:
            return False
        if not self.quotas.has_left(tx, Bound.HINTS, int(car)):
            return False
        for home in cars.homes_of(tx, car):
            note_watches.look_by(tx, home, car, at=self.clock.now())
        return True

    def _wanted(self, tx: Tx) -> Mapping[Trigger, set[CarId]]:
        """Return each trigger that somebody's notes need, with the cars."""
        found: defaultdict[Trigger, set[CarId]] = defaultdict(set)
        for home in homes.all_homes(tx):
            kinds = wanted_kinds(takers(tx, home, now=self.clock.now()), preferences_of(tx, home.chat_id))
            its_cars = [CarId(car.car_id) for car in cars.list_for(tx, home.chat_id)] if kinds else []
            for trigger in triggers_for(kinds) if its_cars else ():
                found[trigger].update(its_cars)
        return found

    async def _standing(self, jwt: DeveloperJwt, name: str, trigger: Trigger, known: Webhook | None) -> str:
        """Return the id of a webhook that calls our address, after registering or enabling it if needed."""
        if known is None:
            metric = f"vss.{NAMES[trigger.signal]}"
            new = NewWebhook(name, metric, trigger.condition, COOL_DOWN_SECONDS, self.url, self.secret)
            return await self.dimo.triggers.register(jwt, new)
        if not known.is_enabled or known.url != self.url:
            await self.dimo.triggers.enable(jwt, known.id, url=self.url)
        return known.id

    async def _subscribe(self, jwt: DeveloperJwt, webhook: str, wanted: set[CarId]) -> set[CarId]:
        """Subscribe these cars and no others; returns those for which DIMO does not allow it."""
        subscribed, refused = await self.dimo.triggers.cars(jwt, webhook), set[CarId]()
        for car in sorted(wanted - subscribed):
            try:
                await self.dimo.triggers.subscribe(jwt, webhook, car)
            except (NotPermitted, NotFound, CannotDo):
                refused.add(CarId(car))
        for other in sorted(subscribed - wanted):
            await self.dimo.triggers.unsubscribe(jwt, webhook, other)
        return refused

    async def _delete(self, jwt: DeveloperJwt, webhook: Webhook) -> None:
        with suppress(NotFound):
            await self.dimo.triggers.delete(jwt, webhook.id)


def _prefix(url: str) -> str:
    """Return how the names of this bot's webhooks begin: several bots may use one license."""
    return f"family-bot {hashlib.sha256(url.encode()).hexdigest()[:8]} "


def _name(url: str, trigger: Trigger) -> str:
    return f"{_prefix(url)}{trigger.signal} {trigger.condition}"
