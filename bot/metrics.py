"""What the bot counts for whoever runs it, in Prometheus' text format; no label names a person, a car or a chat."""

from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import Literal

import httpx
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot.domain.actions import Action
from bot.domain.outcomes import State
from bot.service.counts import Peer, Poll

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_Send = Callable[[httpx.Request], Awaitable[httpx.Response]]

_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds."""
_DATABASE_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0)
"""Seconds."""
_LONG_POLL = "getUpdates"
"""Its name; it lasts for as long as nobody writes, so its duration says nothing."""


class Metrics:
    """Counts actions, updates, polls and outages; measures requests to Telegram and DIMO, and work of the database."""

    def __init__(self, services: Mapping[str, str]) -> None:
        """Make counters that begin at zero; `services` are the base URLs of DIMO's services, by their names."""
        self._registry = CollectorRegistry()
        self._services = {name: f"{url}/" for name, url in services.items()}
        self._actions = Counter(
            "bot_actions", "Actions, by what became of them.", ("action", "outcome"), registry=self._registry
        )
        self._updates = Counter("bot_updates", "Updates that Telegram gave.", registry=self._registry)
        self._polls = Counter(
            "bot_polls", "Times that the polling came around, by how it stood.", ("outcome",), registry=self._registry
        )
        self._waits = Histogram(
            "bot_database_seconds",
            "Waiting for the database, from the question to the answer.",
            ("work",),
            buckets=_DATABASE_BUCKETS,
            registry=self._registry,
        )
        self._outages = Gauge("bot_outages_open", "What is away now (1), or not (0).", ("of",), registry=self._registry)
        for peer in Peer:
            self.outage(peer, is_open=False)
        self._requests = Histogram(
            "bot_request_seconds",
            "Requests to Telegram and DIMO, by the answer's kind.",
            ("service", "call", "outcome"),
            buckets=_BUCKETS,
            registry=self._registry,
        )

    def acted(self, action: Action, state: State) -> None:
        """Count an action that has come to a state."""
        self._actions.labels(action.value, state.value).inc()

    def received(self, updates: int) -> None:
        """Count updates."""
        self._updates.inc(updates)

    def polled(self, poll: Poll) -> None:
        """Count a time that the polling came around."""
        self._polls.labels(poll.value).inc()

    def waited(self, work: Literal["read", "write"], seconds: float) -> None:
        """Count a piece of work of the database, which took so long."""
        self._waits.labels(work).observe(seconds)

    def watch_outage(self, of: Peer, is_open: Callable[[], bool]) -> None:
        """Ask, each time that the counters are read, whether something is away."""
        self._outages.labels(of.value).set_function(is_open)

    def outage(self, of: Peer, *, is_open: bool) -> None:
        """Note whether something is away."""
        self._outages.labels(of.value).set(is_open)

    def measured(self, send: _Send) -> _Send:
        """Wrap a transport so that its requests are measured."""

        async def sent(request: httpx.Request) -> httpx.Response:
            service, call = self.name(request)
            began, outcome = perf_counter(), "error"
            try:
                answer = await send(request)
                outcome = f"{answer.status_code // 100}xx"
                return answer
            finally:
                if call != _LONG_POLL:
                    self._requests.labels(service, call, outcome).observe(perf_counter() - began)

        return sent

    def name(self, request: httpx.Request) -> tuple[str, str]:
        """Name a request without what is in its address: a token, a person, a car."""
        url = str(request.url)
        for service, base in self._services.items():
            if url.startswith(base):
                return service, ""
        return "telegram", _method_in(request.url.path)

    def text(self) -> bytes:
        """Return everything that was counted."""
        return generate_latest(self._registry)


def _method_in(path: str) -> str:
    """Return Telegram's method at the end of a path; a file's path ends with a name that somebody may have chosen."""
    *before, bot, method = ["", *path.split("/")]
    is_call = bot.startswith("bot") and before[-1] != "file" and method.isalpha() and method.isascii()
    return method if is_call else "file"
