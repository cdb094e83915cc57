"""One license, one person and one car at a simulated DIMO, and an HTTP client for it."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from bot.demo.dimo.car import Car
from bot.demo.dimo.world import DimoWorld

REDIRECT_URI = "https://family.example/return"


class Clock:
    """A time that changes only when a test says so."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def pass_time(self, **span: float) -> None:
        self.moment += timedelta(**span)


class DimoSetting:
    """A simulated DIMO where Ann has shared her car with a license."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.world = DimoWorld("http://dimo.test", now=self.clock, signing_key=signing_key())
        self.licence = self.world.add_license(redirect_uris=[REDIRECT_URI])
        self.ann = self.world.add_account("Ann")
        self.car = self.ann.add_car(name="Bluey")
        self.world.share(self.car, self.licence, permissions={1, 2})
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.world.app), base_url=self.world.base_url)

    def bearer(self, *permissions: int, car: Car | None = None) -> dict[str, str]:
        """Return the header with a vehicle JWT that has these permissions: 1 and 2 unless given."""
        token = self.world.vehicle_jwt(car or self.car, permissions=permissions or (1, 2))
        return {"Authorization": f"Bearer {token}"}

    async def command(self, command: str, *, car: Car | None = None, **more: Any) -> httpx.Response:
        """Send a command to devices-api."""
        path = f"/devices/v1/vehicle/{(car or self.car).token_id}/commands/{command}"
        return await self.http.post(path, **{"headers": self.bearer(car=car), **more})

    async def ask(self, service: str, query: str, **more: Any) -> httpx.Response:
        """Send a GraphQL query with these variables."""
        headers = self.bearer() if service == "telemetry" else {}
        body = {"query": query, "variables": more.pop("variables", {})}
        return await self.http.post(f"/{service}/query", json=body, **{"headers": headers, **more})


@cache
def signing_key() -> RSAPrivateKey:
    """Return one key for all tests, because a new one takes a tenth of a second."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def message_of(response: httpx.Response) -> str:
    """Return the message of an error, whose code has to be the status."""
    body = response.json()
    assert body["code"] == response.status_code
    assert body.keys() == {"code", "message"}
    return str(body["message"])
