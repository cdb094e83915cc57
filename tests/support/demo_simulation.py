"""A family of the demo for tests, around a bot that is not there."""

from pathlib import Path

import pytest

from bot.demo.app import saved_state
from bot.demo.app.bot_process import BotProcess
from bot.demo.app.fault_switches import FaultSwitches
from bot.demo.app.page_feed import PageFeed
from bot.demo.app.page_state import PageState
from bot.demo.app.people_actions import PeopleActions
from bot.demo.app.simulation import Credentials, Simulation, new_simulation
from bot.demo.clock import ShiftedClock

DIMO = "http://127.0.0.1:1"


@pytest.fixture
def simulation() -> Simulation:
    """A family that has just moved in."""
    return new_simulation(Credentials(), ShiftedClock(), DIMO)


@pytest.fixture
def actions(simulation: Simulation) -> PeopleActions:
    return PeopleActions(simulation, BotProcess({}, simulation.clock), FaultSwitches(simulation))


def page_state_of(simulation: Simulation) -> PageState:
    return PageState(simulation, BotProcess({}, simulation.clock), FaultSwitches(simulation))


def feed_of(actions: PeopleActions) -> PageFeed:
    return PageFeed(PageState(actions.simulation, actions.process, actions.switches).parts)


def returned(folder: Path) -> Simulation:
    """Move in with what was kept."""
    kept = saved_state.read(folder)
    credentials, key = saved_state.credentials_in(kept)
    simulation = new_simulation(credentials, ShiftedClock(kept["shift"]), DIMO, key)
    saved_state.put_back(simulation, kept)
    return simulation
