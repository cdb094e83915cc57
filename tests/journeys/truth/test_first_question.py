"""A bot that starts before its network works, or while Telegram is down, works as soon as Telegram answers."""

import asyncio

import pytest

from bot.demo.telegram import faults
from tests.support.world import Family


@pytest.mark.parametrize(
    "fault",
    [faults.SERVER_ERROR, faults.BAD_GATEWAY, faults.DROPPED, faults.flood(70)],
    ids=["500", "502", "no network", "flood"],
)
async def test_a_start_waits_for_telegram(family: Family, fault: faults.Fault) -> None:
    await family.stop_bot()
    trouble = family.telegram.fails_always("getMe", fault)
    starting = asyncio.create_task(family.start_bot())
    for _ in range(3):
        await family.clock.until_asleep("first question")
        family.clock.advance(71)
    await family.clock.until_asleep("first question")
    assert trouble.met == 4
    trouble.end()
    family.clock.advance(71)
    await starting
    await family.says("/lock", "Accepted")
