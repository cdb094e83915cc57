"""Waiting for a moment that the database names, or for news that change it."""

import asyncio
from datetime import datetime

from bot.service.ports import Clock

_IDLE_SECONDS = 3600.0
_UNHEARD_SECONDS = 300.0
"""How long what another process has put in may go unheard of: it can't ring here, and may be dead by now."""

_A_LITTLE = 0.01


class Alarm:
    """Sleeps until a moment has come, or until it is rung. Clear it before you look what is due."""

    def __init__(self, clock: Clock, *, name: str, is_shared: bool = False) -> None:
        """Make an alarm; `is_shared` where this process does what others leave undone, and has to look for it."""
        self._clock = clock
        self._name = name
        self._is_shared = is_shared
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
        timers = [asyncio.create_task(self._clock.sleep(wait + _A_LITTLE), name=self._name)]
        if self._is_shared:
            look = self._clock.sleep(_UNHEARD_SECONDS)
            timers.append(asyncio.create_task(look, name="listening for other processes"))
        try:
            await asyncio.wait({rung, *timers}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in (rung, *timers):
                waiting.cancel()
