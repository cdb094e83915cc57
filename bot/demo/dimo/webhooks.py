"""Webhooks of the simulated vehicle-triggers service."""

import operator
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

_SECONDS = 10.0
_MOST_FAILURES = 10
_CONDITION = re.compile(r"value (==|<|>) (\d+(?:\.\d+)?)")
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {"==": operator.eq, "<": operator.lt, ">": operator.gt}


def _fulfils(condition: str, value: float | str) -> bool:
    """Return whether a number fulfils a condition; of CEL only single comparisons are played."""
    found = _CONDITION.fullmatch(condition)
    return found is not None and isinstance(value, float) and _COMPARE[found[1]](value, float(found[2]))


class Unreachable(Exception):
    """The address of a webhook did not answer."""


@dataclass(eq=False, slots=True)
class Webhook:
    """A registered webhook; `fields` are named as in DIMO's JSON, `vehicles` are subscribed since a moment."""

    id: str
    client_id: str
    fields: dict[str, Any] = field(repr=False)
    created_at: datetime
    failure_count: int = 0
    vehicles: dict[int, datetime] = field(default_factory=dict)
    fired: dict[int, datetime] = field(default_factory=dict)
    """When it was last called about each vehicle."""
    updated_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.updated_at = self.created_at

    def fires(self, token_id: int, signal: str, value: float | str, *, now: datetime) -> bool:
        """Return whether it is to be called about a report."""
        fields, last = self.fields, self.fired.get(token_id)
        is_cool = last is None or now - last >= timedelta(seconds=fields["coolDownPeriod"])
        is_meant = fields["metricName"] == f"vss.{signal}" and token_id in self.vehicles
        return is_meant and is_cool and fields["status"] in ("", "enabled") and _fulfils(fields["condition"], value)

    def called(self, *, failed: bool) -> None:
        """Count a call; ten failures in a row disable it."""
        self.failure_count = self.failure_count + 1 if failed else 0
        if self.failure_count >= _MOST_FAILURES:
            self.fields["status"] = "disabled"

    def event(self, did: str, signal: str, value: float | str, at: str) -> dict[str, object]:
        """Return the CloudEvent of a call."""
        data = {name: self.fields[name] for name in ("service", "metricName", "condition")}
        reading = {"name": signal, "timestamp": at, "value": value, "unit": "", "valueType": "float64"}
        more = {"webhookId": self.id, "webhookName": self.fields["displayName"], "assetDID": did, "signal": reading}
        return {
            "specversion": "1.0",
            "id": str(uuid4()),
            "source": "vehicle-triggers-api",
            "type": "dimo.trigger",
            "subject": did,
            "time": at,
            "data": {**data, **more},
        }


CallWebhook = Callable[[str, Mapping[str, object]], Awaitable[tuple[int, str]]]
"""Posts a JSON object to an address; returns the status and text of the answer, or raises Unreachable."""


async def call_webhook(url: str, body: Mapping[str, object]) -> tuple[int, str]:
    """Call a webhook as DIMO does."""
    async with httpx.AsyncClient(timeout=_SECONDS) as client:
        try:
            answer = await client.post(url, json=body)
        except httpx.HTTPError as error:
            raise Unreachable from error
    return answer.status_code, answer.text
