"""HTTP to Telegram: a small pool, and a queue before it in which answers to taps go first."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from telegram._utils.types import ODVInput
from telegram.request import BaseRequest, HTTPXRequest, RequestData

_POOL = 8
"""Requests under way at once; more of them make none of them faster."""

_KEEPALIVE_SECONDS = 60.0
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
    """HTTPXRequest that keeps its connections for a minute and never has more requests under way than them."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None) -> None:
        limits = httpx.Limits(max_connections=_POOL, keepalive_expiry=_KEEPALIVE_SECONDS)
        super().__init__(
            connection_pool_size=_POOL,
            read_timeout=10.0,
            connect_timeout=5.0,
            pool_timeout=30.0,
            httpx_kwargs={"limits": limits} if transport is None else {"transport": transport},
        )
        self._places = Places(_POOL)

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
            return await super().do_request(
                url, method, request_data, read_timeout, write_timeout, connect_timeout, pool_timeout
            )
