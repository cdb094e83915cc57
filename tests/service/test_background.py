import asyncio
import logging

import pytest

from bot.service.background import Background
from tests.support.world import SteppedClock


class Rounds:
    """Work that should never end: its first rounds fail or return, and the next one keeps running."""

    def __init__(self, *, breaks: int = 0, ends: int = 0) -> None:
        self.breaks = breaks
        self.ends = ends
        self.begun = 0
        self.goes_on = asyncio.Event()

    async def work(self) -> None:
        self.begun += 1
        if self.begun <= self.breaks:
            raise RuntimeError(f"round {self.begun} broke")
        if self.begun <= self.breaks + self.ends:
            return
        self.goes_on.set()
        await asyncio.Event().wait()


async def until_it_goes_on(rounds: Rounds, clock: SteppedClock, *, pauses: int) -> None:
    for _ in range(pauses):
        clock.advance(await clock.until_asleep("tidying"))
    async with asyncio.timeout(5):
        await rounds.goes_on.wait()


async def test_kept_work_starts_again_after_every_error(caplog: pytest.LogCaptureFixture) -> None:
    background, clock, rounds = Background(), SteppedClock(), Rounds(breaks=2)
    background.keep(rounds.work, clock=clock, name="tidying")
    await until_it_goes_on(rounds, clock, pauses=2)
    await background.close()
    assert rounds.begun == 3
    logged = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert logged == ["tidying failed; it starts again"] * 2


async def test_kept_work_starts_again_after_it_returns() -> None:
    background, clock, rounds = Background(), SteppedClock(), Rounds(ends=1)
    background.keep(rounds.work, clock=clock, name="tidying")
    await until_it_goes_on(rounds, clock, pauses=1)
    await background.close()
    assert rounds.begun == 2


async def test_kept_work_waits_before_it_starts_again() -> None:
    """Work that fails at once must not keep the machine busy."""
    background, clock, rounds = Background(), SteppedClock(), Rounds(breaks=1)
    background.keep(rounds.work, clock=clock, name="tidying")
    assert await clock.until_asleep("tidying") == pytest.approx(5.0, abs=0.1)
    assert rounds.begun == 1
    await background.close()


async def test_failing_work_is_logged_by_its_name_and_stops_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    background, rounds, other = Background(), Rounds(breaks=1), Rounds()
    background.start(rounds.work(), name="asking once")
    background.start(other.work(), name="going on")
    async with asyncio.timeout(5):
        await other.goes_on.wait()
    await background.close()
    assert "asking once failed" in [record.getMessage() for record in caplog.records]


async def test_nothing_starts_after_the_close() -> None:
    background, rounds = Background(), Rounds()
    await background.close()
    background.start(rounds.work(), name="too late")
    await asyncio.sleep(0)
    assert rounds.begun == 0


async def test_the_close_waits_for_cancelled_work() -> None:
    """The database is closed next, and work that is just ending may need it."""
    background, is_under_way, ended = Background(), asyncio.Event(), False

    async def ends_slowly() -> None:
        nonlocal ended
        try:
            is_under_way.set()
            await asyncio.Event().wait()
        finally:
            for _ in range(3):
                await asyncio.sleep(0)
            ended = True

    background.start(ends_slowly(), name="ending slowly")
    await is_under_way.wait()
    await background.close()
    assert ended
