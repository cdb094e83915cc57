"""The last reports of a car."""

from collections.abc import Mapping
from dataclasses import dataclass
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
