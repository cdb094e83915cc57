import asyncio

import pytest

from bot.service.single_flight import SingleFlight


class Exchange:
    """A slow call that many callers should share."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def __call__(self) -> str:
        self.asked += 1
        return await asyncio.shield(self.answer)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_twenty_callers_cause_one_call() -> None:
    flights, exchange = SingleFlight[str](), Exchange()
    callers = [asyncio.create_task(flights.fly("car", exchange)) for _ in range(20)]
    await settle()
    exchange.answer.set_result("a token")
    assert await asyncio.gather(*callers) == ["a token"] * 20
    assert exchange.asked == 1


async def test_another_key_is_another_call() -> None:
    flights, exchange = SingleFlight[str](), Exchange()
    callers = [asyncio.create_task(flights.fly(key, exchange)) for key in ("car", "other", "car")]
    await settle()
    exchange.answer.set_result("a token")
    await asyncio.gather(*callers)
    assert exchange.asked == 2


async def test_a_caller_after_the_end_of_a_call_starts_a_new_one() -> None:
    flights, exchange = SingleFlight[str](), Exchange()
    exchange.answer.set_result("a token")
    await flights.fly("car", exchange)
    await flights.fly("car", exchange)
    assert exchange.asked == 2


async def test_an_error_reaches_every_caller_and_the_next_one_tries_again() -> None:
    flights, exchange = SingleFlight[str](), Exchange()
    callers = [asyncio.create_task(flights.fly("car", exchange)) for _ in range(3)]
    await settle()
    exchange.answer.set_exception(OSError("no network"))
    results = await asyncio.gather(*callers, return_exceptions=True)
    assert [type(result) for result in results] == [OSError] * 3
    with pytest.raises(OSError, match="no network"):
        await flights.fly("car", exchange)
    assert exchange.asked == 2


async def test_a_caller_that_leaves_does_not_end_the_call_of_the_others() -> None:
    """The first caller started the call and is cancelled; the others still get the result."""
    flights, exchange = SingleFlight[str](), Exchange()
    first, second = (asyncio.create_task(flights.fly("car", exchange)) for _ in range(2))
    await settle()
    first.cancel()
    await settle()
    exchange.answer.set_result("a token")
    assert await second == "a token"
    assert exchange.asked == 1


async def test_a_call_without_callers_is_cancelled() -> None:
    """It would outlive the connections that it uses, so it must end when its last caller leaves."""
    ended = asyncio.Event()

    async def endless() -> str:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return "never"

    flights = SingleFlight[str]()
    callers = [asyncio.create_task(flights.fly("car", endless)) for _ in range(2)]
    await settle()
    callers[0].cancel()
    await settle()
    assert not ended.is_set()
    callers[1].cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    assert ended.is_set()
