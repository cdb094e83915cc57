"""HTTP to Telegram: a small pool, and a queue before it in which answers to taps go first."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import httpx
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, HTTPXRequest, RequestData

_POOL = 8
"""Requests under way at once; more of them make none of them faster."""

_KEEPALIVE_SECONDS = 60.0
_READ_SECONDS = 10.0
_CONNECT_SECONDS = 5.0
_POOL_SECONDS = 30.0
_HEADERS = [
    (b"Content-Type", b"application/x-www-form-urlencoded"),
    (b"Accept-Encoding", b"gzip, deflate"),
    (b"Connection", b"keep-alive"),
]
_URGENT = "/answerCallbackQuery"


class Places:
    """A bounded number of places; those who are urgent go before all others who wait."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def place(self, *, is_urgent: bool) -> AsyncIterator[None]:
        """Hold a place for the length of the block."""
        await self._enter(self._urgent if is_urgent else self._others)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, queue: deque[asyncio.Future[None]]) -> None:
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()  # the place came in the moment of cancelling: hand it on
            raise

    def _leave(self) -> None:
        for queue in (self._urgent, self._others):
            while queue:
                turn = queue.popleft()
                if not turn.done():
                    turn.set_result(None)
                    return
        self._free += 1


class QueuedRequest(HTTPXRequest):
    """HTTPXRequest that goes straight to its connections, and never has more requests under way than a few.

    Cookies, redirects and sign-ins of httpx's client, which Telegram has no use for, cost a third of a request.
    Without a transport of ours (behind a proxy), and for files, the client does it as always.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport | None) -> None:
        limits = httpx.Limits(max_connections=_POOL, keepalive_expiry=_KEEPALIVE_SECONDS)
        super().__init__(
            connection_pool_size=_POOL,
            read_timeout=_READ_SECONDS,
            write_timeout=_READ_SECONDS,
            connect_timeout=_CONNECT_SECONDS,
            pool_timeout=_POOL_SECONDS,
            httpx_kwargs={"limits": limits} if transport is None else {"transport": transport},
        )
        self._places = Places(_POOL)
        self._transport = transport

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Wait for a place, then make the request."""
        async with self._places.place(is_urgent=url.endswith(_URGENT)):
            if self._transport is None or (request_data is not None and request_data.multipart_data):
                return await super().do_request(
                    url, method, request_data, read_timeout, write_timeout, connect_timeout, pool_timeout
                )
            times = {
                "read": _seconds(read_timeout, _READ_SECONDS),
                "write": _seconds(write_timeout, _READ_SECONDS),
                "connect": _seconds(connect_timeout, _CONNECT_SECONDS),
                "pool": _seconds(pool_timeout, _POOL_SECONDS),
            }
            content = urlencode(request_data.json_parameters).encode() if request_data else b""
            request = httpx.Request(method, url, headers=_HEADERS, content=content, extensions={"timeout": times})
            return await _send(self._transport, request)


async def _send(transport: httpx.AsyncBaseTransport, request: httpx.Request) -> tuple[int, bytes]:
    """Send a request and read its answer; raises what PTB expects, and never shows the address, which is secret."""
    try:
        response = await transport.handle_async_request(request)
        try:
            return response.status_code, await response.aread()
        finally:
            await response.aclose()
    except httpx.PoolTimeout as error:
        raise TimedOut("no connection was free") from error
    except httpx.TimeoutException as error:
        raise TimedOut from error
    except httpx.HTTPError as error:
        raise NetworkError(f"{type(error).__name__}: {error}") from error


def _seconds(given: ODVInput[float], usual: float) -> float | None:
    return usual if isinstance(given, DefaultValue) else given
