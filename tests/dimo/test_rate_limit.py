import asyncio

import pytest

from bot.dimo.rate_limit import Limiter, QueueTooLong, place
from tests.support.dimo_makers import Clock


def a_limiter(clock: Clock, per_second: float = 10) -> Limiter:
    return Limiter(per_second, monotonic=clock.monotonic, sleep=clock.sleep)


async def test_ten_requests_start_at_once_and_the_eleventh_a_second_later(clock: Clock) -> None:
    limiter = a_limiter(clock)
    for _ in range(11):
        await limiter.turn(patience=20)
    assert clock.slept == [1.0]


async def test_no_second_ever_holds_more_than_ten_starts(clock: Clock) -> None:
    limiter = a_limiter(clock)
    starts = []
    for pause in [0, 0.3, 0.05, 0] * 25:
        clock.seconds += pause
        await limiter.turn(patience=100)
        starts.append(clock.seconds)
    assert all(later - first >= 1.0 for first, later in zip(starts, starts[10:], strict=False))


async def test_requests_start_in_the_order_of_asking() -> None:
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(round(seconds, 3))

    limiter = Limiter(1, monotonic=lambda: 0.0, sleep=note)
    await asyncio.gather(*(limiter.turn(patience=20) for _ in range(4)))
    assert waits == [1.0, 2.0, 3.0]


async def test_a_rate_of_zero_lifts_the_limit(clock: Clock) -> None:
    limiter = a_limiter(clock, per_second=0)
    for _ in range(1000):
        await limiter.turn(patience=0)
    assert clock.slept == []
    assert limiter.is_free()


async def test_less_than_one_request_a_second_is_spread_over_seconds(clock: Clock) -> None:
    limiter = a_limiter(clock, per_second=0.5)
    for _ in range(2):
        await limiter.turn(patience=20)
    assert clock.slept == [2.0]


async def test_several_share_the_rate_as_many_as_there_are_at_the_time(clock: Clock) -> None:
    sharers = [1]
    limiter = Limiter(10, monotonic=clock.monotonic, sleep=clock.sleep, sharers=lambda: sharers[-1])
    for number, starts in ((1, 10), (3, 3), (20, 1), (2, 5)):
        sharers.append(number)
        clock.seconds += 100
        for _ in range(starts):
            await limiter.turn(patience=0)
        assert not limiter.is_free()
    sharers.append(20)
    clock.seconds += 1
    assert not limiter.is_free(), "one in two seconds"
    clock.seconds += 1
    assert limiter.is_free()


async def test_nobody_is_overtaken_when_a_share_grows() -> None:
    sharers, waits = [10], list[float]()

    async def note(seconds: float) -> None:
        waits.append(round(seconds, 3))

    limiter = Limiter(10, monotonic=lambda: 0.0, sleep=note, sharers=lambda: sharers[-1])
    for _ in range(4):
        await limiter.turn(patience=20)
    sharers.append(1)
    for _ in range(2):
        await limiter.turn(patience=20)
    assert waits == [1.0, 2.0, 3.0, 3.0, 3.0]


async def test_a_turn_too_far_away_is_refused_at_once_and_takes_no_place(clock: Clock) -> None:
    limiter = a_limiter(clock, per_second=1)
    await limiter.turn(patience=0.5)
    with pytest.raises(QueueTooLong):
        await limiter.turn(patience=0.5)
    assert not limiter.is_free()
    clock.seconds += 1.0
    assert limiter.is_free()


async def test_as_many_are_let_in_as_there_are_places() -> None:
    places, release, inside = asyncio.Semaphore(2), asyncio.Event(), []

    async def visit(number: int) -> None:
        async with place(places, patience=20):
            inside.append(number)
            await release.wait()

    visits = [asyncio.create_task(visit(number)) for number in range(3)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert inside == [0, 1]
    release.set()
    await asyncio.gather(*visits)
    assert inside == [0, 1, 2]


async def test_place_is_waited_for_no_longer_than_patience() -> None:
    places = asyncio.Semaphore(1)
    async with place(places, patience=20):
        with pytest.raises(QueueTooLong):
            async with place(places, patience=0):
                pytest.fail("all places were taken")
    async with place(places, patience=0):
        pass


async def test_place_is_free_again_after_an_error() -> None:
    places = asyncio.Semaphore(1)
    with pytest.raises(ValueError, match="inside"):
        async with place(places, patience=0):
            raise ValueError("inside")
    async with place(places, patience=0):
        pass
