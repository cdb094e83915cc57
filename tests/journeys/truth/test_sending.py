"""Telegram's limits on messages are kept, and make nobody wait who asks now."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.demo.telegram.people import Person
from bot.telegram.transport.limits import TELEGRAM
from tests.support.world import Family

LATE = "reached me late"


@asynccontextmanager
async def limits_enforced(family: Family) -> AsyncIterator[None]:
    """Let Telegram enforce its limits, and time pass as the bot waits for them."""

    async def passes() -> None:
        while True:
            family.clock.advance(await family.clock.until_asleep("pacing"))
            await asyncio.sleep(0)

    passing = asyncio.create_task(passes())
    try:
        yield
    finally:
        passing.cancel()
        await asyncio.gather(passing, return_exceptions=True)


async def keeps_limits(family: Family) -> None:
    """Start the bot anew, where Telegram enforces its limits."""
    await family.stop_bot()
    family.limits = TELEGRAM
    family.telegram.enforce_limits()


def told_late(people: list[Person]) -> int:
    return sum(person.private_chat.find(LATE) is not None for person in people)


@pytest.mark.usefixtures("strangers_have_no_limit")
async def test_600_old_updates_make_no_flood_and_a_fresh_lock_waits_for_none_of_them(family: Family) -> None:
    await keeps_limits(family)
    people = [family.telegram.add_person(f"Person {number}") for number in range(400)]
    for number in range(600):
        (people[number] if number < 400 else family.dad).says("/lock")
    family.clock.advance(121)
    fresh = family.dad.says("/lock")
    await family.start_bot()
    await family.car.wait_received(1)
    assert told_late(people) < len(people)
    async with limits_enforced(family):
        await family.dad.sees("Accepted", after=fresh, within=60)
        assert told_late(people) < len(people)
        await family.telegram.until(lambda: told_late(people) == len(people), within=60)
    assert family.telegram.refused_floods == []
    assert family.car.received == ["doors/lock"]


async def test_a_confirming_tap_reaches_the_car_from_a_chat_at_its_limit(family: Family) -> None:
    await keeps_limits(family)
    await family.start_bot()
    question = await family.asks("/unlock", "Unlock Bluey?")
    for _ in range(45):
        family.dad.says("/privacy")
    await family.clock.until_asleep("pacing")
    await family.taps(question, "Unlock")
    await family.car.wait_received(1)
    async with limits_enforced(family):
        await question.becomes("Accepted")
    assert family.telegram.refused_floods == []
    assert family.car.received == ["doors/unlock"]
