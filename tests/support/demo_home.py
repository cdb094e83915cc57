"""A family of the demo for tests, around a bot that is not there."""

from pathlib import Path

import pytest

from bot.demo.app import saved_state
from bot.demo.app.bot_process import BotProcess
from bot.demo.app.faults import Troubles
from bot.demo.app.household import Household, Papers, move_in
from bot.demo.app.page_state import Picture
from bot.demo.app.people_actions import Deeds
from bot.demo.clock import ShiftedClock
from bot.demo.watchers import Feed

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
    kept = saved_state.read(folder)
    papers, key = saved_state.papers_in(kept)
    household = move_in(papers, ShiftedClock(kept["shift"]), DIMO, key)
    saved_state.put_back(household, kept)
    return household
