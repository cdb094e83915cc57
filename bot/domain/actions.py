"""The things that can be done to a car, and what is true of each: the table that every rule reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.reports import Signal


class Action(StrEnum):
    """One thing that is done to a car."""

    LOCK = "lock"
    UNLOCK = "unlock"
    FRUNK = "frunk"
    TRUNK = "trunk"
    CHARGE_START = "charge_start"
    CHARGE_STOP = "charge_stop"


@dataclass(frozen=True, slots=True)
class Traits:
    """What is true of an action."""

    opens: bool
    """It opens the car: it asks first, counts against the limit, and is never repeated in doubt."""
    repeatable: bool
    """Doing it twice is the same as doing it once, so a lost request may be sent again."""
    signal: Signal
    """What the car reports about it, where the car reports it."""
    agrees: bool
    """What that signal reads once the action has happened."""
    toggles: bool = False
    """On some cars a second one undoes the first."""


ACTIONS: Mapping[Action, Traits] = {
    Action.LOCK: Traits(opens=False, repeatable=True, signal=Signal.LOCKED, agrees=True),
    Action.UNLOCK: Traits(opens=True, repeatable=False, signal=Signal.LOCKED, agrees=False),
    Action.FRUNK: Traits(opens=True, repeatable=False, signal=Signal.FRUNK_OPEN, agrees=True),
    Action.TRUNK: Traits(opens=True, repeatable=False, signal=Signal.TRUNK_OPEN, agrees=True, toggles=True),
    Action.CHARGE_START: Traits(opens=False, repeatable=True, signal=Signal.CHARGING, agrees=True),
    Action.CHARGE_STOP: Traits(opens=False, repeatable=True, signal=Signal.CHARGING, agrees=False),
}
