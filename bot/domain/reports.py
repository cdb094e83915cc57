"""What a car reported about itself, and when; what it did not report is unknown, and never guessed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.codes import Listed


class Signal(StrEnum):
    """Something that a car can report about itself."""

    LOCKED = "locked"
    FRUNK_OPEN = "frunk_open"
    TRUNK_OPEN = "trunk_open"
    CHARGING = "charging"
    DOOR_ROW1_DRIVER_SIDE_OPEN = "door_row1_driver_side_open"
    DOOR_ROW1_PASSENGER_SIDE_OPEN = "door_row1_passenger_side_open"
    DOOR_ROW2_DRIVER_SIDE_OPEN = "door_row2_driver_side_open"
    DOOR_ROW2_PASSENGER_SIDE_OPEN = "door_row2_passenger_side_open"
    WINDOW_ROW1_DRIVER_SIDE_OPEN = "window_row1_driver_side_open"
    WINDOW_ROW1_PASSENGER_SIDE_OPEN = "window_row1_passenger_side_open"
    WINDOW_ROW2_DRIVER_SIDE_OPEN = "window_row2_driver_side_open"
    WINDOW_ROW2_PASSENGER_SIDE_OPEN = "window_row2_passenger_side_open"
    BATTERY_PERCENT = "battery_percent"
    RANGE_KM = "range_km"
    FUEL_PERCENT = "fuel_percent"
    ODOMETER_KM = "odometer_km"
    SPEED_KMH = "speed_kmh"
    CHARGE_LIMIT_PERCENT = "charge_limit_percent"
    CABLE_CONNECTED = "cable_connected"
    TYRE_ROW1_LEFT_KPA = "tyre_row1_left_kpa"
    TYRE_ROW1_RIGHT_KPA = "tyre_row1_right_kpa"
    TYRE_ROW2_LEFT_KPA = "tyre_row2_left_kpa"
    TYRE_ROW2_RIGHT_KPA = "tyre_row2_right_kpa"


CABIN_DOORS = (
    Signal.DOOR_ROW1_DRIVER_SIDE_OPEN,
    Signal.DOOR_ROW1_PASSENGER_SIDE_OPEN,
    Signal.DOOR_ROW2_DRIVER_SIDE_OPEN,
    Signal.DOOR_ROW2_PASSENGER_SIDE_OPEN,
)
WINDOWS = (
    Signal.WINDOW_ROW1_DRIVER_SIDE_OPEN,
    Signal.WINDOW_ROW1_PASSENGER_SIDE_OPEN,
    Signal.WINDOW_ROW2_DRIVER_SIDE_OPEN,
    Signal.WINDOW_ROW2_PASSENGER_SIDE_OPEN,
)
TRUNKS = (Signal.TRUNK_OPEN, Signal.FRUNK_OPEN)
TYRES = (
    Signal.TYRE_ROW1_LEFT_KPA,
    Signal.TYRE_ROW1_RIGHT_KPA,
    Signal.TYRE_ROW2_LEFT_KPA,
    Signal.TYRE_ROW2_RIGHT_KPA,
)
OPENABLE = (*CABIN_DOORS, *TRUNKS, *WINDOWS)
"""All that stands open or is closed, in the order in which people are told."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A value that the car reported, with the time at which the car measured it."""

    value: float
    at: datetime

    @property
    def is_on(self) -> bool:
        """Whether a yes-or-no signal reads yes; DIMO sends 1.0 for yes."""
        return self.value >= 0.5


@dataclass(frozen=True, slots=True)
class CarCodes:
    """The trouble codes that a car itself reported; None if it never sent a list or a count."""

    listed: Listed | None = None
    listed_at: datetime | None = None
    count: Reading | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The listed codes in their normal form."""
        return tuple(code.text for code in self.listed.codes) if self.listed else ()


@dataclass(frozen=True, slots=True)
class CarReport:
    """The last report of a car; a signal that it never sent is absent."""

    readings: Mapping[Signal, Reading] = field(default_factory=dict)
    last_seen: datetime | None = None
    codes: CarCodes = CarCodes()

    def reading(self, signal: Signal | None) -> Reading | None:
        """Return the reading of a signal, or None if the car never sent it."""
        return self.readings.get(signal) if signal else None

    def reported_open(self) -> frozenset[Signal]:
        """Return the doors, windows and trunks that were last reported open."""
        return frozenset(one for one in OPENABLE if (reading := self.readings.get(one)) and reading.is_on)
