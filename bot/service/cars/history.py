"""The last seven days of a car, as DIMO has kept its reports."""

from dataclasses import dataclass
from datetime import timedelta, tzinfo
from functools import partial

from bot.dimo.client import Dimo
from bot.dimo.errors import DimoError
from bot.dimo.permissions import Permission
from bot.dimo.telemetry import PastHour
from bot.domain.ids import CarId, ChatId
from bot.domain.limits import Bound
from bot.domain.refusals import Reason
from bot.domain.roles import Ability
from bot.domain.week import LENGTH, Hour, Week
from bot.service.access import authorize_for_car
from bot.service.account.vehicle_tokens import VehicleTokens
from bot.service.declined import Declined
from bot.service.dimo_mapping import reason_for
from bot.service.ports import Ask, Clock
from bot.service.preferences import preferences_of
from bot.service.quotas import Quotas
from storage import Database, Tx


@dataclass(frozen=True, slots=True)
class CarWeek:
    """A car's last seven days, and how its home counts."""

    car: CarId
    car_name: str
    week: Week
    zone: tzinfo
    is_in_miles: bool


@dataclass(kw_only=True, slots=True)
class History:
    """Asks DIMO for a car's last seven days, in one query."""

    db: Database
    dimo: Dimo
    clock: Clock
    vehicle_tokens: VehicleTokens
    quotas: Quotas

    async def week(self, ask: Ask, car: CarId) -> CarWeek:
        """Return the last seven days of a car up to the present hour; raises Declined."""
        home, name, zone, is_in_miles = await self.db.run(lambda tx: self._authorize(tx, ask, car))
        hour = self.clock.now().replace(minute=0, second=0, microsecond=0)
        begin, end = hour - LENGTH + timedelta(hours=1), hour + timedelta(hours=1)
        query = partial(self.dimo.telemetry.history, car, begin=begin, end=end)
        try:
            found = await self.vehicle_tokens.with_jwt(home, car, Permission.NON_LOCATION_HISTORY, query)
        except DimoError as error:
            reason = reason_for(error)
            missing = reason is Reason.NOT_SHARED_FOR_COMMANDS
            raise Declined(Reason.NOT_SHARED_FOR_READING if missing else reason) from error
        hours = [_hour(one) for one in found if begin <= one.begins < end]
        return CarWeek(car, name, Week(begin, hours), zone, is_in_miles)

    def _authorize(self, tx: Tx, ask: Ask, car: CarId) -> tuple[ChatId, str, tzinfo, bool]:
        allowed, found = authorize_for_car(tx, ask, Ability.STATUS, car, now=self.clock.now())
        self.quotas.spend(tx, Bound.LOOKS, int(allowed.home_id))
        preferences = preferences_of(tx, allowed.home_id)
        return allowed.home_id, found.details.name, preferences.zone, preferences.is_in_miles


def _hour(of: PastHour) -> Hour:
    return Hour(
        begins=of.begins,
        battery_percent=of.battery_percent,
        fuel_percent=of.fuel_percent,
        range_km=of.range_km,
        is_charging=None if of.charging is None else of.charging >= 0.5,
        odometer_km=of.odometer_km,
    )
