"""What a car last reported, and which signals it reports at all."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from bot.dimo.client import Dimo
from bot.dimo.errors import DimoError
from bot.dimo.permissions import Permission
from bot.domain.ids import CarId, ChatId
from bot.domain.limits import Bound
from bot.domain.refusals import Reason
from bot.domain.reports import CarReport
from bot.service.account.vehicle_tokens import VehicleTokens
from bot.service.background import within
from bot.service.declined import Declined
from bot.service.dimo_mapping import reason_for, report_from
from bot.service.ports import Clock
from bot.service.quotas import Quotas
from bot.service.single_flight import SingleFlight
from storage import Database
from storage.repositories import cars


@dataclass(frozen=True, slots=True)
class Look:
    """A car's report, and when the car was asked for it."""

    report: CarReport
    at: datetime


@dataclass(kw_only=True, slots=True)
class Status:
    """Asks what cars report; remembers the last answer for each for as long as the process runs."""

    db: Database
    dimo: Dimo
    clock: Clock
    vehicle_tokens: VehicleTokens
    quotas: Quotas
    heard: list[Callable[[ChatId, CarId], None]] = field(default_factory=list, init=False)
    """Called after each look that brought a report."""
    _looks: dict[ChatId, dict[CarId, Look]] = field(default_factory=dict, init=False)
    _flights: SingleFlight[CarReport] = field(default_factory=SingleFlight, init=False)

    def remembered(self, home: ChatId, car: CarId) -> Look | None:
        """Return the last look at a home's car, however old."""
        return self._looks.get(home, {}).get(car)

    def forget(self, home: ChatId) -> None:
        """Drop the looks at a home's cars; one that is under way is not remembered either."""
        self._looks.pop(home, None)

    async def look(self, home: ChatId, car: CarId) -> CarReport:
        """Ask what the car last reported; raises DimoError and Declined."""
        return await self._flights.fly((home, car), lambda: self._ask(home, car))

    async def look_or_why(self, home: ChatId, car: CarId) -> CarReport | Reason:
        """Ask what the car last reported, or return why that is not available."""
        try:
            return await self.look(home, car)
        except DimoError as error:
            reason = reason_for(error)
            # The token exchange answers the same for every missing permission; here one was needed to read.
            return Reason.NOT_SHARED_FOR_READING if reason is Reason.NOT_SHARED_FOR_COMMANDS else reason
        except Declined as no:
            return no.reason

    async def glance(self, home: ChatId, car: CarId, *, patience: float, fresh: timedelta) -> None:
        """Look for at most `patience` seconds, unless the last look is not older than `fresh`."""
        known = self.remembered(home, car)
        if known is None or known.at <= self.clock.now() - fresh:
            with contextlib.suppress(DimoError, Declined):
                await within(self.clock, patience, self.look(home, car))

    async def _ask(self, home: ChatId, car: CarId) -> CarReport:
        await self.db.run(lambda tx: self.quotas.spend(tx, Bound.LOOKS, int(home)))
        looks = self._looks.setdefault(home, {})  # after a `forget` nobody reads this dictionary any more
        query = partial(self.dimo.telemetry.snapshot, car)
        snapshot = await self.vehicle_tokens.with_jwt(home, car, Permission.NON_LOCATION_HISTORY, query)
        report = report_from(snapshot)
        looks[car] = Look(report, self.clock.now())
        await self._learn_signals(home, car, report)
        for hear in self.heard:
            hear(home, car)
        return report

    async def _learn_signals(self, home: ChatId, car: CarId, report: CarReport) -> None:
        """Remember which signals this car sends; a signal that was sent once is never removed."""
        row = await self.db.read(partial(cars.get, chat_id=home, car_id=car))
        known = frozenset() if row is None else frozenset(row.details.reports or ())
        if row is not None and not known >= set(report.readings):
            reports = sorted(known.union(report.readings))
            await self.db.run(partial(cars.learn, chat_id=home, car_id=car, reports=reports))
