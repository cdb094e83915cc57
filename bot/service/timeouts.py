"""Waiting for something, but no longer than for some time."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from bot.service.ports import Clock

T = TypeVar("T")


async def within(clock: Clock, seconds: float, work: Awaitable[T], *, late: T | None = None) -> T | None:
    """Return the result of the work, or `late` if it takes longer: it is then cancelled. Raises what it raises."""
    result = asyncio.ensure_future(work)
    timer = asyncio.create_task(clock.sleep(seconds))
    try:
        await asyncio.wait({result, timer}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        timer.cancel()
        if not result.done():
            result.cancel()
            await asyncio.wait({result})
    return late if result.cancelled() else result.result()
