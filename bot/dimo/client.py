"""Start reading here: `Dimo` has all of DIMO's services."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.dimo import devices, oracle
from bot.dimo.auth import AuthApi
from bot.dimo.availability import Availability
from bot.dimo.devices import DevicesApi
from bot.dimo.environments import Service, ServiceUrls
from bot.dimo.error_codes import ErrorCodesApi
from bot.dimo.exchange import ExchangeApi
from bot.dimo.http import Http, Send, Timeouts
from bot.dimo.identity import IdentityApi
from bot.dimo.oracle import OracleApi
from bot.dimo.rate_limit import Limiter
from bot.dimo.telemetry import TelemetryApi
from bot.dimo.triggers import TriggersApi

_PROBES = {Service.DEVICES: devices.PROBE, Service.ORACLE: oracle.PROBE}
"""The services that DIMO may have switched off, or given to somebody else: tokens wait until they are recognized."""


class Dimo:
    """DIMO's services, over connections that their owner opens and closes."""

    def __init__(
        self,
        urls: ServiceUrls,
        *,
        send: Send,
        requests_per_second: float,
        sharers: Callable[[], int] = lambda: 1,
        now: Callable[[], datetime],
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._availability = Availability()
        self._https = {
            service: Http(
                service,
                urls.of(service),
                send=send,
                limiter=Limiter(requests_per_second, monotonic=monotonic, sleep=sleep, sharers=sharers),
                timeouts=timeouts,
                monotonic=monotonic,
                heard=self._availability.heard,
                probe=_PROBES.get(service),
            )
            for service in Service
        }
        self.auth = AuthApi(self._https[Service.AUTH], now=now, monotonic=monotonic)
        self.exchange = ExchangeApi(self._https[Service.TOKEN_EXCHANGE], urls)
        self.identity = IdentityApi(self._https[Service.IDENTITY])
        self.devices = DevicesApi(self._https[Service.DEVICES])
        self.codes = ErrorCodesApi(self._https[Service.DEVICES])
        self.oracle = OracleApi(self._https[Service.ORACLE])
        self.telemetry = TelemetryApi(self._https[Service.TELEMETRY])
        self.triggers = TriggersApi(self._https[Service.TRIGGERS], urls)

    @property
    def is_away(self) -> bool:
        """Whether none of DIMO's services has answered lately."""
        return self._availability.is_away

    async def preconnect(self, service: Service) -> None:
        """Open a connection to a service before it is needed; never fails."""
        await self._https[service].preconnect()
