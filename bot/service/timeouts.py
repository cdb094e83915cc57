"""Waiting for an answer, but not for ever."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from bot.service.ports import Clock

T = TypeVar("T")


async def within(clock: Clock, seconds: float, work: Coroutine[Any, Any, T], *, late: T | None = None) -> T | None:
    """Return the result of the work, or `late` if it takes longer: it is then cancelled. Raises what it raises."""
    answer = asyncio.create_task(work, name="waited for briefly")
    timer = asyncio.create_task(clock.sleep(seconds))
    try:
        await asyncio.wait({answer, timer}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        timer.cancel()
        answer.cancel()
        await asyncio.wait({answer})
    return late if answer.cancelled() else answer.result()
