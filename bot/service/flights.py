"""One flight at a time: many who want the same thing wait for one request."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Joins simultaneous calls for the same key into one; its result or error goes to every caller."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Future[T]] = {}

    async def fly(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """Join the flight for this key, or begin it. A caller that is cancelled leaves the others theirs."""
        flight = self._under_way.get(key)
        if flight is None:
            flight = asyncio.ensure_future(make())
            self._under_way[key] = flight
            flight.add_done_callback(lambda ended: self._landed(key, ended))
        return await asyncio.shield(flight)

    def _landed(self, key: Hashable, ended: asyncio.Future[T]) -> None:
        self._under_way.pop(key, None)
        if not ended.cancelled():
            ended.exception()  # read, so that an error whose callers have all left is not reported as lost
