"""HTTP connections for many small requests: each on a lane of its own, the lane used last taken first.

httpx's pool looks at each of its connections for each of its connections whenever a request comes or goes: with
30 of them that is most of a request's time. Here nobody looks at more than the one connection that is used.
"""

import ssl
import time
import urllib.request
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx

KEEPALIVE_SECONDS = 55.0
"""How long an idle connection is kept: a little less than the minute after which servers close theirs."""

_Origin = tuple[bytes, bytes, int | None]


def lanes(context: ssl.SSLContext) -> "Lanes | None":
    """Make lanes, or None where the machine reaches the world through a proxy: httpx itself knows how."""
    return None if urllib.request.getproxies().keys() & {"http", "https", "all"} else Lanes(context)


class Lanes(httpx.AsyncBaseTransport):
    """A transport with as many connections as requests are under way; whoever sends keeps that number small."""

    def __init__(
        self,
        context: ssl.SSLContext,
        *,
        keepalive: float = KEEPALIVE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = context
        self._limits = httpx.Limits(max_connections=1, keepalive_expiry=keepalive)
        self._keepalive = keepalive
        self._monotonic = monotonic
        self._idle: defaultdict[_Origin, deque[tuple[float, httpx.AsyncHTTPTransport]]] = defaultdict(deque)
        self._busy: set[httpx.AsyncHTTPTransport] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send on the lane to this host that was used last, or on a new one; never twice."""
        idle = self._idle[request.url.raw_scheme, request.url.raw_host, request.url.port]
        lane = idle.pop()[1] if idle else httpx.AsyncHTTPTransport(verify=self._context, limits=self._limits)
        self._busy.add(lane)

        async def give_back() -> None:
            self._busy.discard(lane)
            idle.append((self._monotonic(), lane))
            await self._drop_stale(idle)

        try:
            response = await lane.handle_async_request(request)
        except BaseException:
            await give_back()
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - tells the type checker
        response.stream = _Body(response.stream, give_back)
        return response

    async def aclose(self) -> None:
        """Close every connection."""
        idle = [lane for lanes in self._idle.values() for _, lane in lanes]
        self._idle.clear()
        for lane in [*idle, *self._busy]:
            await lane.aclose()

    async def _drop_stale(self, idle: deque[tuple[float, httpx.AsyncHTTPTransport]]) -> None:
        """Close what a rush left behind: the lanes at the bottom, which nobody will take again soon."""
        while idle and idle[0][0] < self._monotonic() - self._keepalive:
            await idle.popleft()[1].aclose()


class _Body(httpx.AsyncByteStream):
    """An answer's body; the lane is free again once it is closed."""

    def __init__(self, stream: httpx.AsyncByteStream, give_back: Callable[[], Awaitable[None]]) -> None:
        self._stream = stream
        self._give_back = give_back
        self._is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            yield part

    async def aclose(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        try:
            await self._stream.aclose()
        finally:
            await self._give_back()
