"""One flight at a time: many who want the same thing wait for one request."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Joins simultaneous calls for the same key into one; its result or error goes to every caller.

    A caller that is cancelled leaves the flight to the others; the last one to leave ends it, and waits for its end.
    """

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Task[T]] = {}
        self._waiting: dict[asyncio.Task[T], int] = {}

    async def fly(self, key: Hashable, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Join the flight for this key, or begin it."""
        flight = self._under_way.get(key)
        if flight is None:
            flight = asyncio.create_task(make(), name="a flight")
            self._under_way[key] = flight
            self._waiting[flight] = 0
            flight.add_done_callback(lambda ended: self._landed(key, ended))
        self._waiting[flight] += 1
        try:
            return await asyncio.shield(flight)
        finally:
            await self._leave(key, flight)

    async def _leave(self, key: Hashable, flight: asyncio.Task[T]) -> None:
        if flight.done():
            return
        self._waiting[flight] -= 1
        if not self._waiting[flight]:
            if self._under_way.get(key) is flight:
                del self._under_way[key]  # whoever comes now begins anew
            flight.cancel()
            await asyncio.wait({flight})

    def _landed(self, key: Hashable, ended: asyncio.Task[T]) -> None:
        if self._under_way.get(key) is ended:
            del self._under_way[key]
        del self._waiting[ended]
        if not ended.cancelled():
            ended.exception()  # read, so that an error whose callers have all left is not reported as lost
