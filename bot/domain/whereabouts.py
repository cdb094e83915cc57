"""Where a car was, and how exactly that is known."""

from dataclasses import dataclass, field
from datetime import datetime

_METRES_PER_HDOP = 5.0
"""How far off a usual receiver is where the satellites stand best."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a car last was, in degrees, and when it said so."""

    latitude: float = field(repr=False)
    longitude: float = field(repr=False)
    at: datetime
    accuracy_metres: float | None
    """None if it is not known."""
    is_approximate: bool
    """Whether it is only an area of some kilometres, because no more is shared."""


def accuracy_metres(hdop: float | None) -> float | None:
    """Return how far off a position may be, by its dilution of precision; None if that is not known."""
    return None if hdop is None or hdop <= 0 else hdop * _METRES_PER_HDOP
