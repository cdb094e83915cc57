"""The clock of the demo: the machine's time plus a shift. Everything in the demo uses it."""

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

AFTERMATH_SECONDS = 0.25
"""Enough for code that computed before a skip how long to sleep, and goes to sleep after it."""


class ShiftedClock:
    """The machine's time plus a shift that only grows. A skip wakes every sleeper whose time has come.

    Code that goes to sleep right after a skip may have computed its delay before the skip. In the `aftermath_seconds`
    after a skip, sleeps are therefore shortened by the skip. Some end too early; their callers look again.
    """

    def __init__(self, shift_seconds: float = 0.0, *, aftermath_seconds: float = 0.0) -> None:
        self.shift_seconds = shift_seconds
        self._aftermath_seconds = aftermath_seconds
        self._skipped = asyncio.Event()
        self._aftermath_until = 0.0
        self._last_skip = 0.0

    def now(self) -> datetime:
        """Return the present moment of the demo in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.shift_seconds)

    def steady(self) -> float:
        """Return seconds on a clock that only skips put forward."""
        return time.monotonic() + self.shift_seconds

    async def sleep(self, seconds: float) -> None:
        """Wait, or be woken earlier by a skip."""
        until = self.now() + timedelta(seconds=self._corrected(seconds))
        await asyncio.sleep(0)
        while (left := (until - self.now()).total_seconds()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._skipped.wait()

    def skip(self, seconds: float) -> None:
        """Put the clock forward by this many seconds."""
        if seconds < 0:
            raise ValueError("Time does not go back.")
        self.shift_seconds += seconds
        self._last_skip = seconds
        self._aftermath_until = time.monotonic() + self._aftermath_seconds
        self._skipped.set()
        self._skipped = asyncio.Event()

    def _corrected(self, seconds: float) -> float:
        aftermath = self._aftermath_until - time.monotonic()
        return seconds if aftermath <= 0 else min(seconds, max(aftermath, seconds - self._last_skip))
