"""What gives reason for a note, when it begins, how it changes, and when it is over."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.note_rules import (
    LOOKS_OTHERWISE,
    LOOKS_WHILE_REPORTING,
    Known,
    NoteChange,
    Place,
    Wanted,
    next_look,
    take_report,
)
from bot.domain.notes import TOPIC_OF, MuteLength, NoteKind
from bot.domain.reports import CarReport, Reading, Signal

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
LEFT = timedelta(minutes=10)
ALL = Wanted(frozenset(NoteKind), LEFT)

TRUNK, DOOR, WINDOW = Signal.TRUNK_OPEN, Signal.DOOR_ROW1_DRIVER_SIDE_OPEN, Signal.WINDOW_ROW2_DRIVER_SIDE_OPEN


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def at(minute: float) -> datetime:
    return NOON + minutes(minute)


class Car:
    """A car whose reports are taken one after the other."""

    def __init__(self, wanted: Wanted = ALL) -> None:
        self.known, self.wanted = Known(), wanted

    def reports(self, minute: float, *, by: float | None = None, **values: float) -> tuple[NoteChange, ...]:
        """Report these signals, measured at a minute after noon, and look `by` then."""
        readings = {Signal(name): Reading(value, at(minute)) for name, value in values.items()}
        return self.is_looked_at(minute if by is None else by, CarReport(readings, at(minute)))

    def is_looked_at(self, minute: float, report: CarReport | None = None) -> tuple[NoteChange, ...]:
        self.known, changes = take_report(self.known, report or CarReport(), self.wanted, now=at(minute))
        return changes


@pytest.fixture
def car() -> Car:
    return Car()


def test_what_stands_open_for_ten_minutes_is_told_once_and_ends(car: Car) -> None:
    assert car.reports(0, trunk_open=1) == ()
    assert car.is_looked_at(9.9) == ()
    (begun,) = car.is_looked_at(10)
    assert (begun.kind, begun.since, begun.parts, begun.begins) == (NoteKind.LEFT_OPEN, NOON, (TRUNK,), True)
    assert begun.lock_helps
    assert car.is_looked_at(300) == ()
    (over,) = car.reports(301, by=320, trunk_open=0)
    assert (over.kind, over.parts, over.over_at) == (NoteKind.LEFT_OPEN, (TRUNK,), at(301))
    assert car.is_looked_at(400) == ()


def test_what_is_closed_in_time_is_not_told(car: Car) -> None:
    assert car.reports(0, trunk_open=1) == ()
    assert car.reports(9, trunk_open=0, by=12) == ()
    assert car.reports(13, trunk_open=1) == ()
    assert car.is_looked_at(22) == ()


def test_a_note_names_what_is_left_open_later_and_no_more_what_is_closed(car: Car) -> None:
    car.reports(0, trunk_open=1)
    car.is_looked_at(10)
    assert car.reports(11, door_row1_driver_side_open=1) == ()
    (both,) = car.is_looked_at(21)
    assert (set(both.parts), both.begins, both.over_at, both.lock_helps) == ({TRUNK, DOOR}, False, None, False)
    (one,) = car.reports(22, trunk_open=0)
    assert (one.parts, one.over_at) == ((DOOR,), None)
    (over,) = car.reports(23, door_row1_driver_side_open=0)
    assert over.over_at == at(23)


def test_what_is_opened_after_the_named_one_closed_is_another_note(car: Car) -> None:
    car.reports(0, trunk_open=1)
    car.is_looked_at(10)
    (over,) = car.reports(15, trunk_open=0, window_row2_driver_side_open=1)
    assert (over.parts, over.over_at) == ((TRUNK,), at(15))
    (begun,) = car.is_looked_at(25)
    assert (begun.parts, begun.since, begun.begins) == ((WINDOW,), at(15), True)


def test_an_older_report_and_one_from_the_future_change_nothing(car: Car) -> None:
    car.reports(5, trunk_open=0)
    assert car.reports(1, by=20, trunk_open=1) == ()
    assert car.reports(200, by=21, trunk_open=1) == ()
    assert car.is_looked_at(60) == ()


def test_a_moving_car_is_not_left_open(car: Car) -> None:
    car.reports(0, trunk_open=1, speed_kmh=50)
    car.reports(8, speed_kmh=50)
    assert car.is_looked_at(12) == ()
    (begun,) = car.reports(13, speed_kmh=0)
    assert begun.since == NOON


def test_an_unlocked_car_is_told_where_it_reports_its_lock(car: Car) -> None:
    car.reports(0, locked=0)
    (begun,) = car.is_looked_at(10)
    assert (begun.kind, begun.lock_helps) == (NoteKind.LEFT_UNLOCKED, True)
    (over,) = car.reports(12, locked=1)
    assert over.over_at == at(12)
    assert Car().reports(0, trunk_open=0) == ()


def charges(car: Car, **values: float) -> None:
    assert car.reports(0, charging=1, cable_connected=1, battery_percent=60, **values) == ()


def test_a_charge_that_reaches_its_limit_has_finished(car: Car) -> None:
    charges(car, charge_limit_percent=80)
    (done,) = car.reports(90, charging=0, battery_percent=79.5)
    assert (done.kind, done.since, done.percent, done.begins) == (NoteKind.CHARGED, at(90), 79.5, True)
    assert car.is_looked_at(200) == ()
    (over,) = car.reports(210, cable_connected=0)
    assert over.over_at == at(210)


def test_a_charge_below_its_limit_has_stopped_by_itself(car: Car) -> None:
    charges(car, charge_limit_percent=80)
    (stopped,) = car.reports(90, charging=0, battery_percent=70)
    assert stopped.kind is NoteKind.CHARGE_STOPPED
    changes = car.reports(95, charging=1)
    assert [change.over_at for change in changes] == [at(95)]


def test_without_a_limit_the_end_of_a_charge_is_told_as_that(car: Car) -> None:
    charges(car)
    (done,) = car.reports(90, charging=0, battery_percent=70)
    assert done.kind is NoteKind.CHARGED


def test_who_pulls_the_cable_or_asks_for_the_stop_is_not_told_of_it() -> None:
    pulled = Car()
    charges(pulled, charge_limit_percent=80)
    assert pulled.reports(30, charging=0, cable_connected=0) == ()
    asked = Car(Wanted(frozenset(NoteKind), LEFT, stop_asked=at(29)))
    charges(asked, charge_limit_percent=80)
    assert asked.reports(30, charging=0) == ()


def test_a_car_that_is_plugged_in_and_should_charge_is_told(car: Car) -> None:
    car.reports(-60, cable_connected=1, charging=0, battery_percent=50, charge_limit_percent=80)
    assert car.is_looked_at(30) == ()
    car.wanted = Wanted(frozenset(NoteKind), LEFT, charges_since=at(40))
    assert car.is_looked_at(49) == ()
    (begun,) = car.is_looked_at(50)
    assert (begun.kind, begun.since) == (NoteKind.NOT_CHARGING, at(40))
    (over,) = car.reports(55, charging=1)
    assert over.over_at == at(55)


def test_a_low_battery_is_one_note_until_it_is_charged(car: Car) -> None:
    (begun,) = car.reports(0, battery_percent=19)
    assert (begun.kind, begun.percent) == (NoteKind.LOW_BATTERY, 19)
    assert car.reports(10, battery_percent=21) == ()
    assert car.reports(20, battery_percent=18) == ()
    (over,) = car.reports(30, charging=1)
    assert over.over_at == at(30)


def test_fuel_and_tyres(car: Car) -> None:
    fuel, tyre = car.reports(0, fuel_percent=12, tyre_row2_left_kpa=195, tyre_row1_left_kpa=240)
    assert (fuel.kind, fuel.percent) == (NoteKind.LOW_FUEL, 12)
    assert (tyre.kind, tyre.parts) == (NoteKind.LOW_TYRE, (Signal.TYRE_ROW2_LEFT_KPA,))
    assert car.reports(5, tyre_row2_left_kpa=205) == ()
    assert len(car.reports(9, tyre_row2_left_kpa=212, fuel_percent=90)) == 2


def test_what_nobody_wants_is_forgotten_and_begins_anew(car: Car) -> None:
    car.reports(0, trunk_open=1)
    assert car.is_looked_at(10)
    car.wanted = Wanted(frozenset({NoteKind.LOW_FUEL}), LEFT)
    assert car.reports(11, battery_percent=5) == ()
    car.wanted = ALL
    assert {change.kind for change in car.is_looked_at(12)} == {NoteKind.LEFT_OPEN, NoteKind.LOW_BATTERY}


def test_a_car_is_looked_at_more_often_while_it_reports() -> None:
    driving, asleep = CarReport(last_seen=at(-3)), CarReport(last_seen=at(-30))
    assert next_look(Known(), driving, ALL, now=NOON) == LOOKS_WHILE_REPORTING
    assert next_look(Known(), asleep, ALL, now=NOON) == LOOKS_OTHERWISE
    assert next_look(Known(), CarReport(), ALL, now=NOON) == LOOKS_OTHERWISE


def test_a_note_that_is_about_to_begin_is_looked_for_at_its_time(car: Car) -> None:
    car.reports(0, trunk_open=1)
    asleep = CarReport(last_seen=at(-30))
    assert next_look(car.known, asleep, ALL, now=at(1)) == minutes(9)
    assert next_look(car.known, asleep, ALL, now=at(8)) == LOOKS_WHILE_REPORTING


def test_a_car_that_is_away_from_where_it_was_parked_has_moved_until_it_stands_again(car: Car) -> None:
    home = Place(52.5, 13.4, at(0))

    def is_at(minute: float, metres_north: float) -> tuple[NoteChange, ...]:
        place = Place(52.5 + metres_north / 111_320, 13.4, at(minute))
        car.known, changes = take_report(car.known, CarReport(), car.wanted, now=at(minute), place=place)
        return changes

    assert is_at(0, 0) == ()
    assert car.known.parked == home
    assert is_at(5, 40) == ()
    (begun,) = is_at(10, 900)
    assert (begun.kind, begun.begins, begun.since) == (NoteKind.MOVED, True, at(10))
    assert is_at(15, 5000) == ()
    (over,) = is_at(20, 5010)
    assert over.over_at is not None
    assert is_at(25, 5000) == ()


def test_each_kind_has_a_topic_and_a_rule() -> None:
    assert TOPIC_OF.keys() == set(NoteKind)


@pytest.mark.parametrize(
    ("length", "until"),
    [
        (MuteLength.HALF_AN_HOUR, NOON + minutes(30)),
        (MuteLength.TOMORROW, datetime(2026, 5, 2, 5, 0, tzinfo=UTC)),
        (MuteLength.FOR_GOOD, None),
    ],
)
def test_how_long_a_topic_is_muted(length: MuteLength, until: datetime | None) -> None:
    assert length.ends_at(NOON, ZoneInfo("Europe/Berlin")) == until
