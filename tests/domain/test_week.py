"""A week of a car: its levels, charges and distance, with gaps where it said nothing."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.week import Hour, Week

BEGIN = datetime(2026, 10, 19, 6, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def at(hour: int) -> datetime:
    return BEGIN + timedelta(hours=hour)


def test_a_week_without_reports_has_no_picture() -> None:
    week = Week(BEGIN, [Hour(at(3), odometer_km=10.0)])
    assert week.picture(UTC, miles=False) is None
    assert (week.levels, week.charges, week.driven_km) == ([], [], 0.0)
    assert Week(BEGIN, []).driven_km is None


def test_one_report_is_one_point() -> None:
    picture = Week(BEGIN, [Hour(at(100), battery_percent=72.4, range_km=300)]).picture(UTC, miles=True)
    assert picture is not None
    assert picture.levels[100] == 72
    assert sum(level is not None for level in picture.levels) == 1
    assert (picture.reach[100], picture.unit) == (186, "mi")


def test_hours_in_which_a_car_charged_are_one_charge_until_it_says_that_it_does_not() -> None:
    hours = [Hour(at(hour), is_charging=hour not in {6, 30}) for hour in (1, 2, 5, 6, 7, 30, 40)]
    charges = Week(BEGIN, hours).charges
    assert [(one.begins, one.ends) for one in charges] == [
        (at(1), at(6)),
        (at(7), at(8)),
        (at(40), at(41)),
    ]


def test_fuel_counts_where_there_is_no_battery() -> None:
    week = Week(BEGIN, [Hour(at(1), fuel_percent=50), Hour(at(9), fuel_percent=40)])
    assert week.is_of_fuel
    assert [one.percent for one in week.levels] == [50, 40]
    assert not Week(BEGIN, [Hour(at(1), fuel_percent=50, battery_percent=20)]).is_of_fuel


def test_days_begin_at_the_homes_midnight_also_when_the_clocks_change() -> None:
    picture = Week(BEGIN, [Hour(at(1), battery_percent=50)]).picture(BERLIN, miles=False)
    assert picture is not None
    hours = [hour for hour, _ in picture.midnights]
    assert [day for _, day in picture.midnights] == [20, 21, 22, 23, 24, 25, 26]
    assert hours[0] == 16
    assert hours[-1] - hours[-2] == 25, "the night of the 25th has 25 hours"


def test_what_was_driven_is_the_difference_of_the_odometer() -> None:
    week = Week(BEGIN, [Hour(at(1), odometer_km=100.0), Hour(at(5)), Hour(at(9), odometer_km=163.5)])
    assert week.driven_km == 63.5
