"""Turns at a car: the database keeps the order, this only wakes whoever may be next."""

import asyncio

from bot.domain.ids import CarId
from bot.service.ports import Clock

_LOOK_AGAIN = 0.25
"""Seconds after which a waiting action looks again: another process may have freed the car."""


class CarQueues:
    """Wakes the actions that wait for a car when an action on it has ended."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[CarId, set[asyncio.Event]] = {}

    async def wait(self, car: CarId) -> None:
        """Wait until the car may be free; the caller then tries to take its turn."""
        woken = asyncio.Event()
        waiting = self._waiting.setdefault(car, set())
        waiting.add(woken)
        event, timer = (
            asyncio.ensure_future(woken.wait()),
            asyncio.ensure_future(self._clock.sleep(_LOOK_AGAIN)),
        )
        try:
            await asyncio.wait({event, timer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            event.cancel()
            timer.cancel()
            waiting.discard(woken)
            if not waiting:
                self._waiting.pop(car, None)

    def freed(self, car: CarId) -> None:
        """Tell those who wait for a car that an action on it has ended."""
        for woken in self._waiting.get(car, ()):
            woken.set()
