"""The machine's clock: who sleeps wakes when the time of day says so, also after the computer was suspended."""

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.clock import SystemClock


class Movable(SystemClock):
    """A time of day that can be set, as suspending a computer or a time server does."""

    def __init__(self) -> None:
        super().__init__(look_seconds=0.01)
        self.shift = timedelta()
        self.looked = asyncio.Event()

    def now(self) -> datetime:
        self.looked.set()
        return super().now() + self.shift


async def _asleep(clock: Movable, seconds: float) -> asyncio.Task[None]:
    """Start a sleeper, and return once it has looked at the clock."""
    sleeper = asyncio.create_task(clock.sleep(seconds))
    await clock.looked.wait()
    return sleeper


async def test_who_sleeps_wakes_soon_after_the_computer_does() -> None:
    clock = Movable()
    sleeper = await _asleep(clock, 3600)
    clock.shift = timedelta(hours=1)
    async with asyncio.timeout(10):
        await sleeper


async def test_a_clock_that_is_put_back_makes_nobody_sleep_longer() -> None:
    clock = Movable()
    sleeper = await _asleep(clock, 0.05)
    clock.shift = -timedelta(hours=1)
    async with asyncio.timeout(10):
        await sleeper


@pytest.mark.parametrize("seconds", [0.0, 0.005, 0.03])
async def test_a_sleep_is_not_shorter_than_wanted(seconds: float) -> None:
    clock = SystemClock(look_seconds=0.01)
    before = asyncio.get_running_loop().time()
    await clock.sleep(seconds)
    assert asyncio.get_running_loop().time() - before >= seconds * 0.99
