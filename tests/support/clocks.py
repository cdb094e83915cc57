"""Clocks for tests: one that a test moves, and the machine's own."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.domain.time_check import WrongClock

START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@dataclass(order=True, slots=True)
class Sleeper:
    """A waiter for the clock, with the name of its task."""

    until: datetime
    order: int
    name: str = field(compare=False)
    turn: asyncio.Future[None] = field(compare=False)


class SteppedClock:
    """A clock that changes only when a test moves it; every look at it is a millisecond later than the one before.

    It is both a machine's clock and one that is checked already.
    """

    is_known, is_in_doubt = True, False
    wrong: WrongClock | None = None

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._order = itertools.count()
        self._sleepers: list[Sleeper] = []
        self._changed = asyncio.Event()

    def now(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now

    def steady(self) -> float:
        self._now += timedelta(milliseconds=1)
        return (self._now - START).total_seconds()

    async def sleep(self, seconds: float) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        task = asyncio.current_task()
        until = self._now + timedelta(seconds=seconds)
        heapq.heappush(self._sleepers, Sleeper(until, next(self._order), task.get_name() if task else "", turn))
        self._changed.set()
        await turn

    def not_before(self, moment: datetime) -> None:
        assert moment <= self._now

    async def until_somebody_sleeps(self, seconds: float) -> None:
        """Wait until there is a waiter that will be woken within this many seconds."""
        due = timedelta(seconds=seconds)
        await self._until(lambda: any(sleeper.until <= self._now + due for sleeper in self._asleep("")))

    async def until_asleep(self, name: str, *, after: float = 0.0, within: float = float("inf")) -> float:
        """Wait until a task with this prefix in its name will wake within this many seconds; returns how many."""
        await self._until(lambda: any(self._asleep(name)) and after <= self._wakes_in(name) <= within)
        return self._wakes_in(name)

    def _wakes_in(self, name: str) -> float:
        seconds = ((sleeper.until - self._now).total_seconds() for sleeper in self._asleep(name))
        return max(min(seconds, default=float("inf")), 0.0)

    def _asleep(self, name: str) -> list[Sleeper]:
        return [one for one in self._sleepers if not one.turn.done() and one.name.startswith(name)]

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    def advance(self, seconds: float) -> None:
        """Let time pass, and wake everybody whose time has come."""
        self._now += timedelta(seconds=seconds)
        while self._sleepers and self._sleepers[0].until <= self._now:
            turn = heapq.heappop(self._sleepers).turn
            if not turn.done():
                turn.set_result(None)


class Machine:
    """The clocks of a computer in a world: the one for the time of day is ahead by this much, and can be set.

    A virtual computer that was paused has lost time on both, and knows nothing of it.
    """

    def __init__(self, world: SteppedClock, ahead: timedelta = timedelta()) -> None:
        self._world = world
        self.ahead, self.lost = ahead, timedelta()
        self.sleep = world.sleep

    def now(self) -> datetime:
        return self._world.now() + self.ahead - self.lost

    def steady(self) -> float:
        return self._world.steady() - self.lost.total_seconds()


class RunningClock(SteppedClock):
    """The machine's own clock, for a world that a bot in another process lives in."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def steady(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
