"""What a car lacks."""

from bot.domain.diagnosis import Group, is_tesla, never_sent
from bot.domain.reports import Signal

EVERYTHING = set(Signal)


def test_a_car_that_sends_all_lacks_nothing() -> None:
    assert never_sent(EVERYTHING) == []
    assert never_sent(()) == list(Group)


def test_one_signal_of_a_group_is_enough() -> None:
    assert Group.DOORS not in never_sent({Signal.DOOR_ROW1_DRIVER_SIDE_OPEN})


def test_a_car_that_burns_fuel_is_not_said_to_lack_charging() -> None:
    assert Group.CHARGING not in never_sent({Signal.FUEL_PERCENT})
    assert Group.CHARGING in never_sent({Signal.FUEL_PERCENT, Signal.BATTERY_PERCENT})


def test_a_tesla_is_known_by_its_make_or_connection() -> None:
    assert is_tesla("Tesla")
    assert not is_tesla("Ford")
    assert not is_tesla(None)
