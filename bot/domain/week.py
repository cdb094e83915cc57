"""A week of a car: how full it was hour by hour, when it charged, and how far it drove."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

LENGTH = timedelta(days=7)
_HOUR = timedelta(hours=1)
_KM_PER_MILE = 1.609344
_HOURS = LENGTH // _HOUR
_LONGEST_SILENCE = 3
"""Hours without a report within which a car still counts as charging."""


@dataclass(frozen=True, slots=True)
class Hour:
    """What a car reported within an hour; None for what it did not report."""

    begins: datetime
    battery_percent: float | None = None
    fuel_percent: float | None = None
    range_km: float | None = None
    is_charging: bool | None = None
    odometer_km: float | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """How full a car was, in percent, and when."""

    percent: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Charge:
    """A time in which a car charged."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class WeekPicture:
    """What a picture of a week shows; every list has an entry for each hour, None where nothing was reported."""

    levels: tuple[int | None, ...]
    reach: tuple[int | None, ...]
    """How far the car could have driven."""
    unit: str
    """In what that is, as signs show it: km or mi."""
    is_charging: tuple[bool, ...]
    midnights: tuple[tuple[int, int], ...]
    """The hours at which a day begins, and its day of the month."""
    is_of_fuel: bool


@dataclass(frozen=True, slots=True)
class Week:
    """The last seven days of a car, in hours, the oldest first."""

    begins: datetime
    hours: Sequence[Hour]

    @property
    def ends(self) -> datetime:
        """When the week ends."""
        return self.begins + LENGTH

    @property
    def is_of_fuel(self) -> bool:
        """Whether the car reported fuel, and no battery that drives it."""
        has_battery = any(hour.battery_percent is not None for hour in self.hours)
        return not has_battery and any(hour.fuel_percent is not None for hour in self.hours)

    @property
    def levels(self) -> list[Level]:
        """How full the car was, where it said so, the oldest first."""
        found = [(hour.fuel_percent if self.is_of_fuel else hour.battery_percent, hour.begins) for hour in self.hours]
        return [Level(percent, at) for percent, at in found if percent is not None]

    @property
    def charges(self) -> list[Charge]:
        """When the car charged; a short silence within a charge does not end it."""
        charges: list[Charge] = []
        for hour in (hour for hour in self.hours if hour.is_charging):
            ends = min(hour.begins + _HOUR, self.ends)
            if (
                charges
                and hour.begins <= charges[-1].ends + _LONGEST_SILENCE * _HOUR
                and not self._stood_idle(charges[-1].ends, hour.begins)
            ):
                charges[-1] = Charge(charges[-1].begins, ends)
            else:
                charges.append(Charge(hour.begins, ends))
        return charges

    def _stood_idle(self, begin: datetime, end: datetime) -> bool:
        return any(begin <= hour.begins < end and hour.is_charging is False for hour in self.hours)

    @property
    def driven_km(self) -> float | None:
        """How far the car drove, as far as its reports tell; None if it reported no distance."""
        known = [hour.odometer_km for hour in self.hours if hour.odometer_km is not None]
        return max(known) - min(known) if known else None

    def picture(self, zone: tzinfo, *, miles: bool) -> WeekPicture | None:
        """Return the picture of the week, with the days of a time zone; None if there is nothing to draw."""
        unit, per_km = ("mi", 1 / _KM_PER_MILE) if miles else ("km", 1.0)
        if not self.levels:
            return None
        charging = [False] * _HOURS
        for charge in self.charges:
            for hour in range(self._number(charge.begins), min(self._number(charge.ends), _HOURS)):
                charging[hour] = True
        return WeekPicture(
            levels=self._by_hour((one.at, one.percent) for one in self.levels),
            reach=self._by_hour(
                (hour.begins, None if hour.range_km is None else hour.range_km * per_km) for hour in self.hours
            ),
            unit=unit,
            is_charging=tuple(charging),
            midnights=tuple(self._midnights(zone)),
            is_of_fuel=self.is_of_fuel,
        )

    def _by_hour(self, values: Iterable[tuple[datetime, float | None]]) -> tuple[int | None, ...]:
        found: list[int | None] = [None] * _HOURS
        for at, value in values:
            number = self._number(at)
            if value is not None and 0 <= number < _HOURS:
                found[number] = round(value)
        return tuple(found)

    def _number(self, at: datetime) -> int:
        return (at - self.begins) // _HOUR

    def _midnights(self, zone: tzinfo) -> Iterable[tuple[int, int]]:
        """Yield the hours in which another day begins on the clocks of a time zone."""
        days = [(self.begins + number * _HOUR).astimezone(zone).day for number in range(_HOURS)]
        for number in range(1, _HOURS):
            if days[number] != days[number - 1]:
                yield number, days[number]
