"""What a picture of a car shows: what is open, closed or not reported, the lock, and how much is in it."""

from dataclasses import dataclass
from typing import TypeAlias

from bot.domain.reports import OPENABLE, CarReport, Signal
from bot.domain.week import WeekPicture


@dataclass(frozen=True, slots=True)
class CarPicture:
    """A picture of a car from above. What is None, or in neither set, was not reported and is drawn as unknown."""

    open: frozenset[Signal] = frozenset()
    closed: frozenset[Signal] = frozenset()
    is_locked: bool | None = None
    is_charging: bool | None = None
    battery_percent: int | None = None
    fuel_percent: int | None = None


Picture: TypeAlias = CarPicture | WeekPicture
"""Everything of which the bot draws pictures; equal ones look the same."""


def picture_of(report: CarReport | None) -> CarPicture:
    """Return the picture of what a car last reported; reports that look the same have equal pictures."""
    report = report or CarReport()
    is_open = report.reported_open()
    return CarPicture(
        open=is_open,
        closed=frozenset(OPENABLE) & report.readings.keys() - is_open,
        is_locked=_is_on(report, Signal.LOCKED),
        is_charging=_is_on(report, Signal.CHARGING),
        battery_percent=_percent(report, Signal.BATTERY_PERCENT),
        fuel_percent=_percent(report, Signal.FUEL_PERCENT),
    )


def _is_on(report: CarReport, signal: Signal) -> bool | None:
    reading = report.reading(signal)
    return None if reading is None else reading.is_on


def _percent(report: CarReport, signal: Signal) -> int | None:
    """Return a share in whole percent, as the words say it."""
    reading = report.reading(signal)
    return None if reading is None else round(min(max(reading.value, 0), 100))
