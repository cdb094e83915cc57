import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from bot.telegram.transport.http_request import Places


class Line:
    """Requests at a counter with some places; each holds its place until it is let go."""

    def __init__(self, places: int) -> None:
        self.places = Places(places)
        self.served: list[str] = []
        self.inside = self.most_inside = 0
        self._gates: dict[str, asyncio.Event] = {}

    def comes(self, name: str, *, is_urgent: bool = False) -> asyncio.Task[None]:
        self._gates[name] = asyncio.Event()
        return asyncio.create_task(self._hold(name, is_urgent))

    def lets_go(self, name: str) -> None:
        self._gates[name].set()

    async def _hold(self, name: str, is_urgent: bool) -> None:
        async with self.places.place(is_urgent=is_urgent):
            self.served.append(name)
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
            await self._gates[name].wait()
            self.inside -= 1


async def settle() -> None:
    """Let every task go as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


@asynccontextmanager
async def a_full_counter() -> AsyncIterator[Line]:
    line = Line(1)
    holder = line.comes("holder")
    await settle()
    yield line
    line.lets_go("holder")
    await holder


async def test_no_more_requests_are_under_way_than_there_are_places() -> None:
    line = Line(3)
    tasks = [line.comes(str(n)) for n in range(10)]
    await settle()
    assert line.served == ["0", "1", "2"]
    for n in range(10):
        line.lets_go(str(n))
    await asyncio.gather(*tasks)
    assert line.most_inside == 3
    assert line.served == [str(n) for n in range(10)]


async def test_answers_to_taps_go_before_everybody_who_waits() -> None:
    async with a_full_counter() as line:
        tasks = [
            line.comes("note"),
            line.comes("edit"),
            line.comes("tap", is_urgent=True),
            line.comes("tap 2", is_urgent=True),
        ]
        for name in ("holder", "note", "edit", "tap", "tap 2"):
            await settle()
            line.lets_go(name)
        await asyncio.gather(*tasks)
        assert line.served == ["holder", "tap", "tap 2", "note", "edit"]


async def test_who_gives_up_waiting_takes_no_place_along() -> None:
    async with a_full_counter() as line:
        impatient, patient = line.comes("impatient"), line.comes("patient")
        await settle()
        impatient.cancel()
        await settle()
        line.lets_go("holder")
        line.lets_go("patient")
        await patient
        assert line.served == ["holder", "patient"]


@pytest.mark.parametrize("give_up", ["before the turn", "in the moment of the turn"])
async def test_a_place_that_comes_to_one_who_is_leaving_is_handed_on(give_up: str) -> None:
    async with a_full_counter() as line:
        leaving, next_one = line.comes("leaving"), line.comes("next")
        await settle()
        steps: list[Callable[[], object]] = [leaving.cancel, lambda: line.lets_go("holder")]
        if give_up == "in the moment of the turn":
            line.lets_go("holder")
            await asyncio.sleep(0)  # the holder leaves: the turn is given, and not yet taken
            steps = [leaving.cancel]
        for step in steps:
            step()
        line.lets_go("next")
        await next_one
        assert line.served == ["holder", "next"]


async def test_an_error_inside_gives_the_place_back() -> None:
    places = Places(1)
    with pytest.raises(RuntimeError):
        async with places.place(is_urgent=False):
            raise RuntimeError
    async with asyncio.timeout(1), places.place(is_urgent=False):
        pass
