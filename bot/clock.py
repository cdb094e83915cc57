"""The machine's own clock."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

_LOOK_SECONDS = 30.0
"""How often a sleeper looks at the clock: a computer that was suspended is back for at most so long before it knows."""


class SystemClock:
    """What the bot goes by: the time of day, and waits that end when it has come."""

    def __init__(self, *, look_seconds: float = _LOOK_SECONDS) -> None:
        self._look_seconds = look_seconds

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds by the time of day, which a suspended computer counts and its timers don't.

        Never longer than that by the timers: the time of day can be put back.
        """
        until, timer_ends = self.now() + timedelta(seconds=seconds), time.monotonic() + seconds
        left = seconds
        while left > self._look_seconds:
            await asyncio.sleep(self._look_seconds)
            left = min((until - self.now()).total_seconds(), timer_ends - time.monotonic())
        await asyncio.sleep(left)
