"""A family of the demo for tests, around a bot that is not there."""

from pathlib import Path

import pytest

from bot.demo import keeping
from bot.demo.bot_process import BotProcess
from bot.demo.clock import ShiftedClock
from bot.demo.deeds import Deeds
from bot.demo.feed import Feed
from bot.demo.household import Household, Papers, move_in
from bot.demo.picture import Picture
from bot.demo.troubles import Troubles

DIMO = "http://127.0.0.1:1"


@pytest.fixture
def household() -> Household:
    """A family that has just moved in."""
    return move_in(Papers(), ShiftedClock(), DIMO)


@pytest.fixture
def deeds(household: Household) -> Deeds:
    return Deeds(household, BotProcess({}, household.clock), Troubles(household))


def picture_of(household: Household) -> Picture:
    return Picture(household, BotProcess({}, household.clock), Troubles(household))


def feed_of(deeds: Deeds) -> Feed:
    return Feed(Picture(deeds.household, deeds.process, deeds.troubles).parts)


def returned(folder: Path) -> Household:
    """Move in with what was kept."""
    kept = keeping.read(folder)
    papers, key = keeping.papers_in(kept)
    household = move_in(papers, ShiftedClock(kept["shift"]), DIMO, key)
    keeping.put_back(household, kept)
    return household
