"""The way in: `Dimo` owns the connections and hands out the services."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from types import MappingProxyType, TracebackType
from typing import Self

import httpx

from bot.dimo.auth import AuthApi
from bot.dimo.devices import DevicesApi
from bot.dimo.environments import Service, ServiceUrls
from bot.dimo.error_codes import ErrorCodesApi
from bot.dimo.exchange import ExchangeApi
from bot.dimo.http import Http, Timeouts
from bot.dimo.identity import IdentityApi
from bot.dimo.oracle import OracleApi
from bot.dimo.rate_limit import Gate, Limiter
from bot.dimo.telemetry import TelemetryApi
from bot.dimo.wire import Wire

# As many requests at once as DIMO's ten a second make when each takes three seconds.
_AT_ONCE = 30
_KEEPALIVE_SECONDS = 55.0


class Dimo:
    """DIMO's services over one pool of connections. Close it, or use it with `async with`."""

    def __init__(
        self,
        urls: ServiceUrls,
        *,
        requests_per_second: float,
        now: Callable[[], datetime],
        transport: httpx.AsyncBaseTransport | None = None,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wire = Wire(transport, limits=_pool())

        def http(service: Service) -> Http:
            return Http(
                service,
                urls.of(service),
                send=self._wire.send,
                limiter=Limiter(requests_per_second, monotonic=monotonic, sleep=sleep),
                gate=Gate(_AT_ONCE),
                timeouts=timeouts,
                monotonic=monotonic,
            )

        self._https = MappingProxyType({service: http(service) for service in Service})
        self.auth = AuthApi(self._https[Service.AUTH], now=now, monotonic=monotonic)
        self.exchange = ExchangeApi(self._https[Service.EXCHANGE], urls)
        self.identity = IdentityApi(self._https[Service.IDENTITY])
        self.devices = DevicesApi(self._https[Service.DEVICES])
        self.codes = ErrorCodesApi(self._https[Service.DEVICES])
        self.oracle = OracleApi(self._https[Service.ORACLE])
        self.telemetry = TelemetryApi(self._https[Service.TELEMETRY])

    async def preconnect(self, service: Service) -> None:
        """Have a connection to a service ready before it is needed; never fails."""
        await self._https[service].preconnect()

    async def close(self) -> None:
        """Close all connections. Is idempotent."""
        await self._wire.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _pool() -> httpx.Limits:
    return httpx.Limits(
        max_connections=_AT_ONCE * len(Service),
        max_keepalive_connections=_AT_ONCE,
        keepalive_expiry=_KEEPALIVE_SECONDS,
    )
