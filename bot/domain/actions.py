"""The actions on a car, and a table of their traits."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.reports import Signal


class Action(StrEnum):
    """Something that is done to a car."""

    LOCK = "lock"
    UNLOCK = "unlock"
    FRUNK = "frunk"
    TRUNK = "trunk"
    CHARGE_START = "charge_start"
    CHARGE_STOP = "charge_stop"


@dataclass(frozen=True, slots=True)
class Traits:
    """What the rules need to know of an action."""

    opens: bool
    """It opens the car: it asks first, counts against the limit, and is never repeated in doubt."""
    repeatable: bool
    """Doing it twice has the effect of doing it once, so a lost request may be sent again."""
    signal: Signal
    """The signal that shows it, if the car reports that signal."""
    agrees: bool
    """What the signal reads after the action."""
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
