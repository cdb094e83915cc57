"""Limits on requests: a number in each second, and a number at once, in the order of asking."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


class QueueTooLong(Exception):
    """Raised when a request would have to wait too long."""


class Limiter:
    """Let at most `per_second` requests start within any second, in the order of asking; 0 lets all start.

    The rate is divided by the number of those who share it.
    """

    def __init__(
        self,
        per_second: float,
        *,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        sharers: Callable[[], int] = lambda: 1,
    ) -> None:
        self._per_second = per_second
        self._sharers = sharers
        self._starts: deque[float] = deque(maxlen=max(1, int(per_second)))
        self._monotonic = monotonic
        self._sleep = sleep

    async def turn(self, patience: float) -> None:
        """Wait for a turn; raises QueueTooLong at once when it would take longer than `patience` seconds."""
        if not self._per_second:
            return
        now = self._monotonic()
        start = self._next_start(now)
        if start - now > patience:
            raise QueueTooLong
        self._starts.append(start)
        if start > now:
            await self._sleep(start - now)

    def is_free(self) -> bool:
        """Return whether a request could start at once."""
        now = self._monotonic()
        return self._next_start(now) <= now

    def _next_start(self, now: float) -> float:
        if not self._starts:
            return now
        share = self._per_second / self._sharers()
        count = max(1, int(share))
        start = max(now, self._starts[-1])  # a share that has grown lets nobody overtake those who wait
        return start if len(self._starts) < count else max(start, self._starts[-count] + count / share)


@asynccontextmanager
async def place(places: asyncio.Semaphore, patience: float) -> AsyncIterator[None]:
    """Hold one of the places; raises QueueTooLong after `patience` seconds without one."""
    try:
        async with asyncio.timeout(patience):
            await places.acquire()
    except TimeoutError:
        raise QueueTooLong from None
    try:
        yield
    finally:
        places.release()
