"""Waiting for a moment that the database names, or for news that change it."""

import asyncio
from datetime import datetime

from bot.service.ports import Clock

_IDLE_SECONDS = 3600.0
_A_LITTLE = 0.01


class Alarm:
    """Sleeps until a moment has come, or until it is rung. Clear it before you look what is due."""

    def __init__(self, clock: Clock, *, name: str) -> None:
        self._clock = clock
        self._name = name
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake the sleeper: what is due may have changed."""
        self._rung.set()

    def clear(self) -> None:
        """Forget earlier rings."""
        self._rung.clear()

    async def until(self, due: datetime | None) -> None:
        """Sleep until the moment, or for an hour without one; returns at once where it has come."""
        wait = _IDLE_SECONDS if due is None else (due - self._clock.now()).total_seconds()
        if wait <= 0:
            return
        rung = asyncio.ensure_future(self._rung.wait())
        timer = asyncio.create_task(self._clock.sleep(wait + _A_LITTLE), name=self._name)
        try:
            await asyncio.wait({rung, timer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            rung.cancel()
            timer.cancel()
