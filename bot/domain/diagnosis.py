"""What a car lacks, so that something can't work with it."""

from collections.abc import Collection, Mapping
from enum import StrEnum

from bot.domain.reports import CABIN_DOORS, TRUNKS, TYRES, WINDOWS, Signal

TESLA_KEY = "https://tesla.com/_ak/auth.drivedimo.com"
"""The page on which the owner of a Tesla puts DIMO's virtual key into it, without which it obeys no command.

Source: DIMO's sign-in page, which opens it when a Tesla is connected.
"""


class Group(StrEnum):
    """What a car reports together, or not at all."""

    LOCK = "lock"
    TRUNKS = "trunks"
    DOORS = "doors"
    WINDOWS = "windows"
    BATTERY_OR_FUEL = "battery_or_fuel"
    CHARGING = "charging"
    TYRES = "tyres"


_ANY_OF: Mapping[Group, Collection[Signal]] = {
    Group.LOCK: (Signal.LOCKED,),
    Group.TRUNKS: TRUNKS,
    Group.DOORS: CABIN_DOORS,
    Group.WINDOWS: WINDOWS,
    Group.BATTERY_OR_FUEL: (Signal.BATTERY_PERCENT, Signal.FUEL_PERCENT),
    Group.CHARGING: (Signal.CHARGING,),
    Group.TYRES: TYRES,
}


def never_sent(signals: Collection[Signal]) -> list[Group]:
    """Return what a car never sent, if these are the signals that it sent at some time.

    A car that burns fuel only is not said to lack charging.
    """
    lacking = [group for group, any_of in _ANY_OF.items() if not {*any_of} & {*signals}]
    burns_fuel = Signal.FUEL_PERCENT in signals and Signal.BATTERY_PERCENT not in signals
    return [group for group in lacking if not (burns_fuel and group is Group.CHARGING)]


def is_tesla(connection_or_make: str | None) -> bool:
    """Return whether a car is a Tesla, by its make or by the name of its connection."""
    return (connection_or_make or "").lower().startswith("tesla")
