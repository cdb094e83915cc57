"""What a car last reported, and what it reports at all: asked, remembered, never guessed."""

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.dimo.client import Dimo
from bot.dimo.errors import DimoError
from bot.dimo.permissions import Permission
from bot.domain.ids import CarId, ChatId
from bot.domain.refusals import Reason
from bot.domain.reports import CarReport
from bot.service.account.vehicle_tokens import VehicleTokens
from bot.service.declined import Declined
from bot.service.dimo_mapping import reason_for, report_from
from bot.service.ports import Clock
from bot.service.single_flight import SingleFlight
from bot.service.timeouts import within
from storage import Car, Database, Tx
from storage.repositories import cars


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a car's report, and when it was taken."""

    report: CarReport
    at: datetime


class Status:
    """Looks at what a car reports; the last look is remembered for as long as the process runs."""

    def __init__(self, *, db: Database, dimo: Dimo, clock: Clock, tokens: VehicleTokens) -> None:
        self._db = db
        self._dimo = dimo
        self._clock = clock
        self._tokens = tokens
        self._looks: dict[CarId, Look] = {}
        self._flights: SingleFlight[CarReport] = SingleFlight()

    def remembered(self, car: CarId) -> Look | None:
        """Return the last look at a car, however old."""
        return self._looks.get(car)

    async def look(self, home: ChatId, car: CarId) -> CarReport:
        """Ask what the car last reported; raises DimoError or Declined where that cannot be had."""
        return await self._flights.fly((home, car), lambda: self._ask(home, car))

    async def look_or_why(self, home: ChatId, car: CarId) -> CarReport | Reason:
        """Ask what the car last reported, or say why that cannot be had."""
        try:
            return await self.look(home, car)
        except DimoError as error:
            reason = reason_for(error)
            # The exchange says the same of every permission that is missing; here one was needed to read.
            return Reason.NOT_SHARED_FOR_READING if reason is Reason.NOT_SHARED_FOR_COMMANDS else reason
        except Declined as no:
            return no.reason

    async def glance(self, home: ChatId, car: CarId, *, patience: float, fresh: timedelta) -> CarReport | None:
        """Return a report not older than `fresh`, or what can be had within `patience` seconds, or what is remembered."""
        known = self._looks.get(car)
        if known and known.at > self._clock.now() - fresh:
            return known.report
        with contextlib.suppress(DimoError, Declined):
            report = await within(self._clock, patience, self.look(home, car))
            if report is not None:
                return report
        return known.report if known else None

    async def _ask(self, home: ChatId, car: CarId) -> CarReport:
        snapshot = await self._tokens.with_jwt(
            home, car, Permission.NON_LOCATION_HISTORY, lambda jwt: self._dimo.telemetry.snapshot(token_id=car, jwt=jwt)
        )
        report = report_from(snapshot)
        self._looks[car] = Look(report, self._clock.now())
        await self._learn(home, car, report)
        return report

    async def _learn(self, home: ChatId, car: CarId, report: CarReport) -> None:
        """Remember which signals this car sends; one that it sent once counts for good."""
        sends = frozenset(signal.value for signal in report.readings)
        if not sends or not await self._db.read(lambda tx: _has_news(cars.get(tx, home, car), sends)):
            return

        def keep(tx: Tx) -> None:
            row = cars.get(tx, home, car)
            if _has_news(row, sends) and row is not None:
                cars.learn(tx, home, car, reports=tuple(sorted(sends | frozenset(row.details.reports or ()))))

        await self._db.run(keep)


def _has_news(row: Car | None, sends: frozenset[str]) -> bool:
    return row is not None and not sends <= frozenset(row.details.reports or ())
