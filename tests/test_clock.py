"""The clocks: sleepers wake on time after the computer was suspended, and the bot uses a time that others confirm."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime

import pytest

from bot.clock import CheckedClock, SystemClock
from bot.domain.time_check import Source
from tests.support.clocks import START, Machine, SteppedClock

HOUR = timedelta(hours=1)
A_MOMENT = timedelta(seconds=2)


class Suspendable(SystemClock):
    """A computer that can be suspended: the steady clock then continues, and timers don't."""

    def __init__(self) -> None:
        super().__init__(look_seconds=0.01)
        self.suspended = 0.0
        self.looked = asyncio.Event()

    def steady(self) -> float:
        self.looked.set()
        return super().steady() + self.suspended


async def test_sleepers_wake_soon_after_the_computer() -> None:
    clock = Suspendable()
    sleeper = asyncio.create_task(clock.sleep(3600))
    await clock.looked.wait()
    clock.suspended = 3600.0
    async with asyncio.timeout(10):
        await sleeper


def test_the_steady_clock_goes_on() -> None:
    clock = SystemClock()
    assert clock.steady() <= clock.steady()


@pytest.mark.parametrize("seconds", [0.0, 0.005, 0.03])
async def test_a_sleep_is_not_shorter_than_wanted(seconds: float) -> None:
    clock = SystemClock(look_seconds=0.01)
    before = asyncio.get_running_loop().time()
    await clock.sleep(seconds)
    assert asyncio.get_running_loop().time() - before >= seconds * 0.99


@dataclass
class Answer:
    headers: Mapping[str, str]
    status_code: int = 200


@dataclass
class World:
    """Telegram, DIMO, and a computer whose clock is ahead of theirs."""

    clock: SteppedClock = field(default_factory=SteppedClock)
    ahead: timedelta = timedelta()

    def __post_init__(self) -> None:
        self.machine = Machine(self.clock, self.ahead)
        self.checked = CheckedClock(self.machine)

    async def answers(self, source: Source, *, seconds: float = 0.0, status: int = 200, **more: str) -> None:
        async def send(_: str) -> Answer:
            self.clock.advance(seconds)
            headers = {"date": format_datetime(self.clock.now(), usegmt=True)} | more
            return Answer(headers, status)

        await self.checked.listening(send, source)("a request")

    async def both_answer(self) -> None:
        await self.answers(Source.TELEGRAM)
        await self.answers(Source.DIMO)

    @property
    def says(self) -> str:
        clock = self.checked
        return f"{'known' if clock.is_known else 'guessed'}{', in doubt' if clock.is_in_doubt else ''}, {clock.wrong}"

    def is_right(self) -> bool:
        return abs(self.checked.now() - self.clock.now()) <= A_MOMENT


async def test_a_right_clock_is_confirmed_by_the_first_answer() -> None:
    world = World()
    assert world.says == "guessed, None"
    await world.answers(Source.TELEGRAM)
    assert world.says == "known, None"


@pytest.mark.parametrize("ahead", [HOUR, -HOUR])
async def test_a_wrong_clock_is_corrected_once_two_agree(ahead: timedelta, caplog: pytest.LogCaptureFixture) -> None:
    world = World(ahead=ahead)
    await world.answers(Source.TELEGRAM)
    assert world.says == "guessed, in doubt, None"
    assert not world.is_right()
    await world.answers(Source.DIMO)
    assert world.says == f"known, 60 minutes {'ahead' if ahead > timedelta() else 'behind'}"
    assert world.is_right()
    await world.both_answer()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


@pytest.mark.parametrize(
    "more", [{"status": 502}, {"age": "0"}, {"date": "yesterday"}, {"date": ""}, {"seconds": 11.0}], ids=str
)
async def test_what_a_cache_or_a_proxy_says_and_what_took_long_counts_for_nothing(more: dict[str, object]) -> None:
    world = World()
    await world.answers(Source.TELEGRAM, **more)  # type: ignore[arg-type]  # the cases have different types
    assert world.says == "guessed, None"


def pause(world: World, by: timedelta = HOUR) -> None:
    """Pause the virtual machine: its monotonic clock misses that time, and its time of day is set right afterwards."""
    world.clock.advance(by.total_seconds())
    world.machine.lost += by
    world.machine.ahead += by


@pytest.mark.parametrize("seconds_ahead", [0, -1200], ids=["right", "wrong"])
async def test_the_time_of_a_pause_counts_at_once_and_is_in_doubt_until_an_answer(seconds_ahead: int) -> None:
    world = World(ahead=timedelta(seconds=seconds_ahead))
    await world.both_answer()
    pause(world)
    assert world.is_right()
    assert "guessed, in doubt" in world.says
    pause(world)
    assert world.is_right()
    await world.answers(Source.TELEGRAM)
    assert "known, " in world.says
    assert "doubt" not in world.says
    assert world.is_right()


async def test_an_answer_from_before_a_pause_does_not_put_the_time_back() -> None:
    world = World()
    await world.both_answer()
    date = format_datetime(world.clock.now(), usegmt=True)

    async def send(_: str) -> Answer:
        pause(world)
        return Answer({"date": date})

    await world.checked.listening(send, Source.TELEGRAM)("a request")
    assert world.is_right()
    assert world.checked.is_in_doubt


@pytest.mark.parametrize("is_so", [True, False], ids=["confirmed", "contradicted"])
async def test_a_jump_of_the_clock_wakes_nobody_before_an_answer_confirms_it(is_so: bool) -> None:
    world = World()
    await world.both_answer()
    sleeper = asyncio.create_task(world.checked.sleep(1800))
    await asyncio.sleep(0)
    world.machine.ahead = HOUR
    assert world.checked.is_in_doubt
    await asyncio.sleep(0)
    assert not sleeper.done()
    date = format_datetime(world.clock.now() + (HOUR if is_so else timedelta()), usegmt=True)
    await world.answers(Source.DIMO, date=date)
    if is_so:
        async with asyncio.timeout(10):
            await sleeper
    else:
        await asyncio.sleep(0)
        assert not sleeper.done()
        sleeper.cancel()


async def test_a_clock_that_is_set_ahead_while_the_bot_runs_is_followed_until_an_answer_contradicts_it() -> None:
    world = World()
    await world.both_answer()
    world.machine.ahead = HOUR
    assert abs(world.checked.now() - world.clock.now() - HOUR) <= A_MOMENT
    assert world.checked.is_in_doubt
    await world.answers(Source.TELEGRAM)
    assert world.is_right()
    assert world.says == "known, 60 minutes ahead"


@pytest.mark.parametrize("by", [HOUR, -HOUR])
async def test_a_clock_that_is_set_while_the_bot_runs_moves_no_time_for_long(by: timedelta) -> None:
    world = World()
    await world.both_answer()
    world.machine.ahead = by
    assert world.is_right() or by > timedelta()
    await world.both_answer()
    assert world.is_right()
    wrong = world.checked.wrong
    assert wrong is not None
    assert abs(wrong.ahead - by) <= A_MOMENT
    world.machine.ahead = timedelta()
    assert world.is_right()
    assert not world.checked.is_in_doubt
    await world.both_answer()
    assert world.checked.wrong is None


async def test_time_goes_on_from_what_was_known_until_somebody_tells_it() -> None:
    world = World(ahead=-HOUR)
    world.checked.not_before(START - 2 * HOUR)
    assert abs(world.checked.now() - START + HOUR) <= A_MOMENT
    world.checked.not_before(START - HOUR / 2)
    assert abs(world.checked.now() - START + HOUR / 2) <= A_MOMENT
    await world.both_answer()
    assert world.is_right()
    world.checked.not_before(START + HOUR)
    assert world.is_right()


async def test_a_correction_wakes_those_whose_moment_has_come() -> None:
    world = World(ahead=-HOUR)
    soon, later = (asyncio.create_task(world.checked.sleep(seconds)) for seconds in (1800, 7200))
    await asyncio.sleep(0)
    await world.both_answer()
    async with asyncio.timeout(10):
        await soon
    assert not later.done()
    left = await world.clock.until_asleep(later.get_name())
    assert abs(left - 3600) <= A_MOMENT.total_seconds()
    world.clock.advance(3600)
    async with asyncio.timeout(10):
        await later


async def test_a_correction_back_makes_nobody_sleep_longer() -> None:
    world = World(ahead=HOUR)
    sleeper = asyncio.create_task(world.checked.sleep(60))
    await asyncio.sleep(0)
    await world.both_answer()
    world.clock.advance(60)
    async with asyncio.timeout(10):
        await sleeper


async def test_a_sleeper_can_be_cancelled() -> None:
    sleeper = asyncio.create_task(World().checked.sleep(60))
    await asyncio.sleep(0)
    sleeper.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeper
