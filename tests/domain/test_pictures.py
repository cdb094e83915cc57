from datetime import UTC, datetime

from bot.domain.pictures import CarPicture, picture_of
from bot.domain.reports import OPENABLE, CarReport, Reading, Signal

AT = datetime(2026, 6, 1, tzinfo=UTC)


def reported(**values: float) -> CarReport:
    return CarReport({Signal(name): Reading(value, AT) for name, value in values.items()})


def test_what_is_not_reported_is_neither_open_nor_closed() -> None:
    assert picture_of(None) == picture_of(CarReport()) == CarPicture()
    picture = picture_of(reported(trunk_open=1, frunk_open=0))
    assert picture == CarPicture(open=frozenset({Signal.TRUNK_OPEN}), closed=frozenset({Signal.FRUNK_OPEN}))


def test_every_part_is_open_or_closed_once_it_is_reported() -> None:
    report = reported(**dict.fromkeys(OPENABLE, 0.0))
    assert picture_of(report) == CarPicture(closed=frozenset(OPENABLE))


def test_the_signs_show_what_is_reported() -> None:
    picture = picture_of(reported(locked=0, charging=1, battery_percent=71.6, fuel_percent=-3))
    assert (picture.is_locked, picture.is_charging) == (False, True)
    assert (picture.battery_percent, picture.fuel_percent) == (72, 0)


def test_reports_that_look_the_same_have_one_picture() -> None:
    assert picture_of(reported(battery_percent=71.6)) == picture_of(reported(battery_percent=72.4, odometer_km=1))
