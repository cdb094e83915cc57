"""Webhooks of the simulated vehicle-triggers service."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

_SECONDS = 10.0


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
    updated_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.updated_at = self.created_at


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
