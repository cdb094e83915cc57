"""What machines that watch the bot may see; without a port nothing is counted, and nothing listens."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import httpx

from bot.dimo.client import Dimo
from bot.dimo.environments import Service
from bot.service.counts import Counts, NoCounts, Peer, Poll
from bot.service.lease import STANDING_BY
from bot.service.ports import Clock
from bot.settings import Settings
from bot.telegram.transport.polling import LISTENING
from storage import Database
from storage.repositories import key_values

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from bot.health import Health
    from bot.metrics import Metrics

Send: TypeAlias = Callable[[httpx.Request], Awaitable[httpx.Response]]

T = TypeVar("T")

_ANY_FACT = "time"
_POLLS = {LISTENING: Poll.ANSWERED, STANDING_BY: Poll.STANDING_BY}
_THIS_MACHINE, _EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104 - only where PUBLIC_URL says that others reach it


class PortTaken(Exception):
    """The port of the settings can't be used; the text says which, and what helps."""


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What is counted and served for machines that watch the bot; nothing without a port."""

    metrics: "Metrics | None" = None
    health: "Health | None" = None
    routes: "list[BaseRoute]" = field(default_factory=list)
    """What is answered; more can be added while it is served."""

    @staticmethod
    async def begin(settings: Settings, clock: Clock, stack: AsyncExitStack) -> "Monitoring":
        """Answer on the port of the settings until `stack` is closed, and begin to count; raises PortTaken.

        It is the first thing that a start does: whoever asks while the bot waits for Telegram is told so.
        """
        if settings.listens_on is None:
            return Monitoring()
        # Most bots have no port: importing this takes a tenth of a start.
        from bot.health import Health
        from bot.metrics import Metrics
        from bot.serving import bound_socket, serve

        try:
            bound = bound_socket(_THIS_MACHINE if settings.public_url is None else _EVERYWHERE, settings.listens_on)
        except OSError as error:
            raise PortTaken(
                f"PORT: {settings.listens_on} can't be used ({error.strerror}). Choose another one."
            ) from None
        metrics = Metrics({service.value: settings.urls.of(service) for service in Service})
        health = Health(clock=clock, metrics=metrics)
        app = health.app
        await stack.enter_async_context(serve(app, bound))
        return Monitoring(metrics, health, app.router.routes)

    @property
    def counts(self) -> Counts:
        """What counts, or does not."""
        return self.metrics or NoCounts()

    def measured(self, send: Send) -> Send:
        """Wrap a transport so that its requests are counted."""
        return send if self.metrics is None else self.metrics.measured(send)

    def watch(self, db: Database, dimo: Dimo) -> None:
        """Count what database and DIMO do; the former is open, and Telegram has answered: people can be served."""
        if self.metrics is None or self.health is None:
            return
        db.waited = self.metrics.waited
        self.metrics.watch_outage(Peer.DATABASE, lambda: db.is_away)
        self.metrics.watch_outage(Peer.DIMO, lambda: dimo.is_away)
        self.health.reads = partial(db.read, partial(key_values.get, name=_ANY_FACT))
        self.health.heard()

    def counted(self, take: Callable[[Sequence[T]], Awaitable[None]]) -> Callable[[Sequence[T]], Awaitable[None]]:
        """Wrap what takes updates so that they are counted."""

        async def counted(updates: Sequence[T]) -> None:
            self.counts.received(len(updates))
            await take(updates)

        return take if self.metrics is None else counted

    def polling(self, alive: Callable[[str], None]) -> Callable[[str], None]:
        """Wrap what is called, each time that the polling comes around, with how it stands."""
        health = self.health
        if health is None:
            return alive

        def polled(status: str) -> None:
            alive(status)
            poll = _POLLS.get(status, Poll.FAILED)
            self.counts.polled(poll)
            # Where another process polls, whether Telegram is away is its concern.
            self.counts.outage(Peer.TELEGRAM, is_open=poll is Poll.FAILED)
            if poll is not Poll.FAILED:
                health.heard()

        return polled
