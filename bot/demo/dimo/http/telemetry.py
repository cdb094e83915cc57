"""The simulated telemetry service: what a car last reported."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.demo.dimo import past
from bot.demo.dimo.car import Car, Report
from bot.demo.dimo.http.authorization import car_of
from bot.demo.dimo.http.graphql import FieldError, answer
from bot.demo.dimo.http_messages import Reply, Request, timestamp
from bot.demo.dimo.state import PERMISSION_NAMES, DimoState

_ANYTHING_ELSE = (1,)
_PERMISSIONS = {
    "currentLocationAltitude": (4,),
    "currentLocationApproximateCoordinates": (4, 8),
    "currentLocationCoordinates": (4,),
    "currentLocationHeading": (4,),
}
"""A token needs one of these permissions to read a signal."""

_CELLS = {"currentLocationCoordinates": None, "currentLocationApproximateCoordinates": 0.05}
"""The signals that say where a car is, with the size in degrees of the cell that is all that the second says."""


def query(world: DimoState, request: Request) -> Reply:
    """Answer a GraphQL query about the car that the vehicle JWT is for."""
    car, permissions = car_of(world, request)

    def about(read: Callable[[Car, Collection[int]], Any]) -> Callable[..., Any]:
        def resolve(**arguments: int) -> Any:  # noqa: ANN401 - a value of the schema
            if car is None or arguments["tokenId"] != car.token_id:
                raise FieldError("unauthorized: token id does not match")
            return read(car, permissions)

        return resolve

    def about_past(*, interval: str, **asked: Any) -> Any:  # noqa: ANN401 - values of the schema
        if car is None or asked["tokenId"] != car.token_id:
            raise FieldError("unauthorized: token id does not match")
        begin, end = datetime.fromisoformat(asked["from"]), datetime.fromisoformat(asked["to"])
        if end <= begin or not (length := _length(interval)):
            raise FieldError("bad request")
        return _past(car, permissions, begin, end, length)

    root = {
        "signalsLatest": about(_Latest),
        "availableSignals": about(lambda car, _: sorted(car.signals)),
        "signalsSnapshot": about(_snapshot),
        "signals": about_past,
    }
    return answer(request, "telemetry", root)


_INTERVAL = re.compile(r"(\d+)(ms|s|m|h)")
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
_AGGREGATES: Mapping[str, Callable[[list[float]], float]] = {
    "AVG": lambda values: sum(values) / len(values),
    "MED": lambda values: sorted(values)[len(values) // 2],
    "MAX": max,
    "MIN": min,
    "RAND": lambda values: values[0],
    "FIRST": lambda values: values[0],
    "LAST": lambda values: values[-1],
}


def _length(interval: str) -> timedelta | None:
    """Read a length of time as Go writes it, which knows no days; None for any other text."""
    found = _INTERVAL.fullmatch(interval)
    return None if found is None else timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def _past(car: Car, permissions: Collection[int], begin: datetime, end: datetime, length: timedelta) -> list["_Hour"]:
    """Return each interval in which the car reported something."""
    starts = (begin + number * length for number in range(-(-(end - begin) // length)))
    hours = (_Hour(car, permissions, start, min(start + length, end)) for start in starts)
    return [hour for hour in hours if hour.has_reports()]


class _Hour:
    """What a car reported within an interval; a signal that the token does not cover is an error."""

    def __init__(self, car: Car, permissions: Collection[int], begin: datetime, end: datetime) -> None:
        self._car, self._permissions, self._begin, self._end = car, permissions, begin, end

    def has_reports(self) -> bool:
        return any(past.in_hour(reports, self._begin, self._end) for reports in self._car.past.values())

    def __getitem__(self, name: str, /) -> Any:  # noqa: ANN401 - a value of the schema
        if name == "timestamp":
            return timestamp(self._begin)
        if not may_read(name, self._permissions):
            raise FieldError("unauthorized: missing required privilege(s)")

        def aggregate(agg: str) -> float | None:
            values = past.in_hour(self._car.past.get(name, ()), self._begin, self._end)
            return _AGGREGATES[agg](values) if values else None

        return aggregate


class _Latest:
    """The last value of each signal that is asked for; a signal that the token does not cover is an error."""

    def __init__(self, car: Car, permissions: Collection[int]) -> None:
        self._car = car
        self._permissions = permissions

    def __getitem__(self, name: str, /) -> Any:  # noqa: ANN401 - a value of the schema
        if name == "lastSeen":
            return _last_seen(self._car)
        if not may_read(name, self._permissions):
            needed = " ".join(PERMISSION_NAMES[permission] for permission in _needed(name))
            raise FieldError(f"unauthorized: missing required privilege(s) {needed}")
        if name in _CELLS:
            return _location(self._car, name)
        report = self._car.signals.get(name)
        return report and {"timestamp": timestamp(report.timestamp), "value": report.value}


def _location(car: Car, signal: str) -> dict[str, Any] | None:
    """Return where a car is, as exactly as the signal says it; None if the car never said."""
    if car.location is None:
        return None
    at, place = car.location
    cell = _CELLS[signal]
    value = place._asdict()
    if cell is not None:
        middle = {axis: (value[axis] // cell + 0.5) * cell for axis in ("latitude", "longitude")}
        value = {**middle, "hdop": 0.0}
    return {"timestamp": timestamp(at), "value": value}


def _snapshot(car: Car, permissions: Collection[int]) -> dict[str, Any]:
    """Return every signal that the car has sent and the token covers; the others are left out without an error."""
    signals = [
        _snapshot_signal(name, report) for name, report in sorted(car.signals.items()) if may_read(name, permissions)
    ]
    places = [_snapshot_place(name, found) for name in _CELLS if (found := _location(car, name))]
    covered = [place for place in places if may_read(place["name"], permissions)]
    return {"lastSeen": _last_seen(car), "signals": [*signals, *covered]}


def _snapshot_place(name: str, found: dict[str, Any]) -> dict[str, Any]:
    number = {"valueNumber": None, "valueString": None}
    return {"name": name, "timestamp": found["timestamp"], **number, "valueLocation": found["value"]}


def _snapshot_signal(name: str, report: Report) -> dict[str, Any]:
    is_text = isinstance(report.value, str)
    return {
        "name": name,
        "timestamp": timestamp(report.timestamp),
        "valueNumber": None if is_text else report.value,
        "valueString": report.value if is_text else None,
        "valueLocation": None,
    }


def _needed(signal: str) -> tuple[int, ...]:
    return _PERMISSIONS.get(signal, _ANYTHING_ELSE)


def may_read(signal: str, permissions: Collection[int]) -> bool:
    """Return whether these permissions cover a signal."""
    return not set(_needed(signal)).isdisjoint(permissions)


def _last_seen(car: Car) -> str | None:
    return None if car.last_seen is None else timestamp(car.last_seen)
