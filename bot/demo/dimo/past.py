"""The past of a simulated car: a plausible week before it was made, and what it has reported since."""

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

Reports = Sequence[tuple[datetime, float]]
_HOUR = timedelta(hours=1)
_BATTERY = "powertrainTractionBatteryStateOfChargeCurrent"
_RANGE = "powertrainRange"
_CHARGING = "powertrainTractionBatteryChargingIsCharging"
_FUEL = "powertrainFuelSystemRelativeLevel"
_ODOMETER = "powertrainTransmissionTravelledDistance"
_ASLEEP = range(12, 17)
"""The hours of the day in which it reports nothing."""
_CHARGES = range(1, 5)


def before(made: datetime, now: Mapping[str, float]) -> dict[str, list[tuple[datetime, float]]]:
    """Return what a car reported in the eight days before it was made, so that it ends with what it reports then."""
    found: dict[str, list[tuple[datetime, float]]] = {name: [] for name in _KNOWN if name in now}
    for hours in range(8 * 24, 0, -1):
        at = made - hours * _HOUR
        if at.hour in _ASLEEP:
            continue
        for name, reports in found.items():
            reports.append((at, _KNOWN[name](at, hours, now[name])))
    return found


def in_hour(reports: Reports, begin: datetime, end: datetime) -> list[float]:
    """Return the values that were reported from one moment to before another, the oldest first."""
    moments = [at for at, _ in reports]
    return [value for _, value in reports[_first(moments, begin) : _first(moments, end)]]


def _first(moments: Sequence[datetime], at: datetime) -> int:
    return bisect_right(moments, at - timedelta(microseconds=1))


def _wave(at: datetime) -> float:
    """Return how full a battery is in the course of a day that ends with a charge: from 1 down to 0."""
    since = (at.hour - _CHARGES.stop) % 24
    return since / 21 if at.hour not in _CHARGES else 1 - (at.hour - _CHARGES.start + 1) / len(_CHARGES)


def _battery(at: datetime, hours: int, value: float) -> float:
    low = 34 + 6 * math.sin(at.toordinal())
    return value if hours <= 1 else round(80 - (80 - low) * _wave(at), 1)


_Value = Callable[[datetime, int, float], float]
_KNOWN: Mapping[str, _Value] = {
    _BATTERY: _battery,
    _RANGE: lambda at, hours, value: value if hours <= 1 else round(4.3 * _battery(at, hours, value), 1),
    _CHARGING: lambda at, hours, value: value if hours <= 1 else float(at.hour in _CHARGES),
    _FUEL: lambda _, hours, value: max(5.0, min(100.0, round(value + hours * 0.25, 1))),
    _ODOMETER: lambda _, hours, value: round(value - hours * 1.7, 1),
}
