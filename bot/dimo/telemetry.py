"""The last reports of a car."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from bot import lengths
from bot.dimo import graphql
from bot.dimo.http import Http
from bot.dimo.json_fields import Record, WrongShape, inner, maybe, moment, number, records, short_text
from bot.dimo.tokens import VehicleJwt


@dataclass(frozen=True, slots=True)
class SignalValue:
    """One reading, and when the car took it: a number (1.0 is true) or a text."""

    timestamp: datetime
    number: float | None
    text: str | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every signal that a car sends, with its last value; a signal that it never sent is absent."""

    last_seen: datetime | None
    signals: Mapping[str, SignalValue]


@dataclass(frozen=True, slots=True)
class Location:
    """Where a car was, in degrees; `hdop` is how exact its receiver was, 1 at best, or None if it does not say."""

    timestamp: datetime
    latitude: float = field(repr=False)
    longitude: float = field(repr=False)
    hdop: float | None
    is_approximate: bool
    """Whether it is only the cell of some kilometres in which the car was."""


@dataclass(frozen=True, slots=True)
class PastHour:
    """What a car reported within an hour that begins then; None for what it did not report."""

    begins: datetime
    battery_percent: float | None
    fuel_percent: float | None
    range_km: float | None
    charging: float | None
    """At least 0.5 if it charged at some time."""
    odometer_km: float | None


class TelemetryApi:
    """DIMO's telemetry service."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def look(self) -> None:
        """Prove that the service answers, without a token and without cost; raises a DimoError."""
        await self._http.look(graphql.PATH, body={"query": "{ __typename }"})

    async def snapshot(self, token_id: int, jwt: VehicleJwt) -> Snapshot:
        """Read what a car last reported; a signal that can't be read is left out, the others stay.

        Each call costs DIMO credits.
        """
        limit = self._http.timeouts.telemetry
        variables = {"tokenId": token_id}
        return await graphql.ask(self._http, "snapshot", variables, _snapshot, operation="report", limit=limit, jwt=jwt)

    async def history(self, token_id: int, jwt: VehicleJwt, *, begin: datetime, end: datetime) -> list[PastHour]:
        """Read what a car reported between two moments, an entry for each hour in which it did, the oldest first.

        Each call costs DIMO credits.
        """
        limit = self._http.timeouts.telemetry
        variables = {"tokenId": token_id, "from": begin.isoformat(), "to": end.isoformat()}
        return await graphql.ask(self._http, "history", variables, _history, operation="history", limit=limit, jwt=jwt)

    async def location(self, token_id: int, jwt: VehicleJwt) -> Location | None:
        """Read where a car last was; None if it never said. It is approximate where the token allows no more.

        Each call costs DIMO credits.
        """
        limit = self._http.timeouts.telemetry
        variables = {"tokenId": token_id}
        return await graphql.ask(
            self._http, "location", variables, _location, operation="location", limit=limit, jwt=jwt
        )


def _history(data: Record) -> list[PastHour]:
    found = [_past_hour(one) for one in records(data, "signals")[: lengths.HOURS]] if data.get("signals") else []
    return sorted(found, key=lambda hour: hour.begins)


def _past_hour(found: Record) -> PastHour:
    names = ("battery", "fuel", "range", "charging", "odometer")
    return PastHour(moment(found, "timestamp"), *(maybe(number, found, name) for name in names))


def _location(data: Record) -> Location | None:
    found = maybe(inner, data, "signalsLatest") or {}
    exact = maybe(inner, found, "currentLocationCoordinates")
    shown = exact or maybe(inner, found, "currentLocationApproximateCoordinates")
    if shown is None:
        return None
    value = inner(shown, "value")
    latitude, longitude, hdop = number(value, "latitude"), number(value, "longitude"), maybe(number, value, "hdop")
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise WrongShape("value", "a place on Earth")
    if latitude == longitude == 0:
        return None  # a receiver without a fix says that
    return Location(moment(shown, "timestamp"), latitude, longitude, hdop or None, is_approximate=exact is None)


def _snapshot(data: Record) -> Snapshot:
    found = maybe(inner, data, "signalsSnapshot") or {}
    return Snapshot(maybe(moment, found, "lastSeen"), _signals(records(found, "signals")))


def _signals(found: list[Record]) -> Mapping[str, SignalValue]:
    """Keep the newest reading of each signal: two connections of one car may both send it."""
    signals: dict[str, SignalValue] = {}
    for one in found:
        try:
            name, value = short_text(one, "name"), _value(one)
        except WrongShape:
            continue
        if name not in signals or signals[name].timestamp <= value.timestamp:
            signals[name] = value
    return MappingProxyType(signals)


def _value(found: Record) -> SignalValue:
    words = found.get("valueString")
    return SignalValue(
        timestamp=moment(found, "timestamp"),
        number=maybe(number, found, "valueNumber"),
        text=words[: lengths.CODE_LIST] if isinstance(words, str) else None,
    )
