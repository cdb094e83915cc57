"""A service that is away is tried again with growing pauses, and the log says each thing once."""

import logging
from functools import partial

import pytest

from bot.service.outages import Outage
from tests.support.clocks import SteppedClock

LOG = logging.getLogger("bot.test")


class Naps(SteppedClock):
    """A clock whose sleeps end at once; it records their lengths."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


async def test_the_pauses_grow_to_the_longest_that_is_wanted() -> None:
    clock = Naps()
    outage = Outage(clock, LOG, chance=partial(float, 1))
    for _ in range(5):
        await outage.wait("It is away", at_most=5)
    await outage.wait("It is away", seconds=600, at_most=5)
    assert clock.slept == [1, 2, 4, 5, 5, 600]


async def test_each_cause_is_logged_once_however_often_it_alternates(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    outage = Outage(Naps(), LOG)
    for cause in ("It is away", "It is busy", "It is away", "It is busy"):
        await outage.wait(cause)
    outage.ended("It is back")
    await outage.wait("It is away")
    assert [record.message for record in caplog.records] == [
        "It is away. Trying again",
        "It is busy. Trying again",
        "It is back",
        "It is away. Trying again",
    ]
