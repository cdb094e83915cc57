import pytest

from bot.domain.actions import ACTIONS, Action
from bot.domain.reports import Signal

OPENINGS = {Action.UNLOCK, Action.FRUNK, Action.TRUNK}


def test_every_action_has_traits() -> None:
    assert set(ACTIONS) == set(Action)


@pytest.mark.parametrize("action", Action)
def test_only_these_actions_open_the_car(action: Action) -> None:
    assert ACTIONS[action].opens == (action in OPENINGS)


@pytest.mark.parametrize("action", Action)
def test_actions_that_open_the_car_are_not_repeatable(action: Action) -> None:
    assert ACTIONS[action].repeatable == (action not in OPENINGS)


def test_only_the_rear_trunk_toggles() -> None:
    assert [action for action in Action if ACTIONS[action].toggles] == [Action.TRUNK]


@pytest.mark.parametrize(
    ("action", "signal", "reads"),
    [
        (Action.LOCK, Signal.LOCKED, True),
        (Action.UNLOCK, Signal.LOCKED, False),
        (Action.FRUNK, Signal.FRUNK_OPEN, True),
        (Action.TRUNK, Signal.TRUNK_OPEN, True),
        (Action.CHARGE_START, Signal.CHARGING, True),
        (Action.CHARGE_STOP, Signal.CHARGING, False),
    ],
)
def test_an_action_is_confirmed_by_its_own_signal(action: Action, signal: Signal, reads: bool) -> None:
    assert (ACTIONS[action].signal, ACTIONS[action].agrees) == (signal, reads)
