"""The way of a request to the wire and of its answer back, without cookies, redirects or any repeat."""

from collections.abc import Awaitable, Callable
from functools import partial

import httpx

Exchange = Callable[[httpx.Request], Awaitable[httpx.Response]]


class Wire:
    """Sends requests by a transport, or by httpx's client where none is given: it knows the machine's proxies."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None, *, limits: httpx.Limits) -> None:
        self._is_closed = False
        self._close: Callable[[], Awaitable[None]]
        self._exchange: Exchange
        if transport is None:
            client = httpx.AsyncClient(limits=limits)
            self._exchange, self._close = client.send, client.aclose
        else:
            self._exchange, self._close = partial(_exchange, transport), transport.aclose

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send a request once and return its whole answer; raises httpx's errors."""
        if self._is_closed:
            raise httpx.ConnectError("the connections are closed", request=request)
        return await self._exchange(request)

    async def close(self) -> None:
        """Close all connections. Is idempotent."""
        self._is_closed = True
        await self._close()


async def _exchange(transport: httpx.AsyncBaseTransport, request: httpx.Request) -> httpx.Response:
    response = await transport.handle_async_request(request)
    try:
        await response.aread()
    finally:
        await response.aclose()
    return response
