"""The demo's simulation for tests, without a bot."""

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
    """Return a new simulation."""
    return new_simulation(Credentials(), ShiftedClock(), DIMO)


@pytest.fixture
def actions(simulation: Simulation) -> PeopleActions:
    return PeopleActions(simulation, BotProcess({}, simulation.clock), FaultSwitches(simulation))


def page_state_of(simulation: Simulation) -> PageState:
    return PageState(simulation, BotProcess({}, simulation.clock), FaultSwitches(simulation))


def feed_of(actions: PeopleActions) -> PageFeed:
    return PageFeed(PageState(actions.simulation, actions.process, actions.switches).parts)


def restored(folder: Path) -> Simulation:
    """Return the simulation that was saved in a folder."""
    saved = saved_state.read(folder)
    credentials, key = saved_state.credentials_in(saved)
    simulation = new_simulation(credentials, ShiftedClock(saved["shift"]), DIMO, key)
    saved_state.restore(simulation, saved)
    return simulation
