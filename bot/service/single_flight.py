"""One call at a time for each key: callers that want the same thing wait for one request."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Joins simultaneous calls for the same key into one; every caller gets its result or error.

    A caller that is cancelled leaves the call to the others; the last one to leave cancels it, and waits for its end.
    """

    def __init__(self) -> None:
        self._calls: dict[Hashable, asyncio.Task[T]] = {}
        self._callers: dict[asyncio.Task[T], int] = {}

    async def fly(self, key: Hashable, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Join the call for this key, or start it."""
        call = self._calls.get(key)
        if call is None:
            call = asyncio.create_task(make(), name="a joined call")
            self._calls[key] = call
            self._callers[call] = 0
            call.add_done_callback(lambda ended: self._ended(key, ended))
        self._callers[call] += 1
        try:
            return await asyncio.shield(call)
        finally:
            await self._leave(key, call)

    async def _leave(self, key: Hashable, call: asyncio.Task[T]) -> None:
        if call.done():
            return
        self._callers[call] -= 1
        if not self._callers[call]:
            if self._calls.get(key) is call:
                del self._calls[key]  # the next caller starts a new one
            call.cancel()
            await asyncio.wait({call})

    def _ended(self, key: Hashable, ended: asyncio.Task[T]) -> None:
        if self._calls.get(key) is ended:
            del self._calls[key]
        del self._callers[ended]
        if not ended.cancelled():
            ended.exception()  # read, so that an error without callers is not reported as never retrieved
