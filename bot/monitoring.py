"""What machines that watch the bot may see; without a port nothing is counted, and nothing listens."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import httpx

from bot.dimo.environments import Service
from bot.service.counts import Counts, NoCounts
from bot.service.lease import STANDING_BY
from bot.service.ports import Clock
from bot.service_manager import ServiceManager
from bot.settings import Settings
from bot.telegram.transport.polling import LISTENING
from storage import Database
from storage.repositories import key_values

if TYPE_CHECKING:
    from bot.metrics import Metrics

Send: TypeAlias = Callable[[httpx.Request], Awaitable[httpx.Response]]

T = TypeVar("T")

_ANY_FACT = "time"


class PortTaken(Exception):
    """The port of the settings can't be used; the text says which, and what helps."""


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What is counted and served for machines that watch the bot; nothing without a port."""

    port: int | None
    metrics: "Metrics | None"

    @staticmethod
    def of(settings: Settings) -> "Monitoring":
        """Begin to count if there is a port on which somebody may ask."""
        if settings.port is None:
            return Monitoring(None, None)
        # Most bots have no port: importing this takes a tenth of a start.
        from bot.metrics import Metrics

        urls = settings.urls
        return Monitoring(settings.port, Metrics({service.value: urls.of(service) for service in Service}))

    def measured(self, send: Callable[[httpx.Request], Awaitable[httpx.Response]]) -> Send:
        """Wrap a transport so that its requests are counted."""
        return send if self.metrics is None else self.metrics.measured(send)

    @property
    def counts(self) -> Counts:
        """What counts, or does not."""
        return self.metrics or NoCounts()

    def counted(self, take: Callable[[Sequence[T]], Awaitable[None]]) -> Callable[[Sequence[T]], Awaitable[None]]:
        """Wrap what takes updates so that they are counted."""

        async def counted(updates: Sequence[T]) -> None:
            self.counts.received(len(updates))
            await take(updates)

        return counted

    async def serve(
        self, stack: AsyncExitStack, clock: Clock, db: Database, manager: ServiceManager
    ) -> Callable[[str], None]:
        """Answer on the port; returns what is to be called each time that the polling comes around."""
        if self.port is None or self.metrics is None:
            return manager.alive
        from bot.health import Health
        from bot.serving import bound_socket, serve

        health = Health(
            clock=clock, metrics=self.metrics, reads=partial(db.read, partial(key_values.get, name=_ANY_FACT))
        )
        try:
            bound = bound_socket(port=self.port)
        except OSError as error:
            raise PortTaken(f"PORT: {self.port} can't be used ({error.strerror}). Choose another one.") from None
        await stack.enter_async_context(serve(health.app, bound))

        def alive(status: str) -> None:
            manager.alive(status)
            if status in {LISTENING, STANDING_BY}:
                health.heard()

        return alive
