from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.reports import CABIN_DOORS, CarReport, Reading, Signal

AT = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(("value", "is_on"), [(0.0, False), (0.49, False), (0.5, True), (1.0, True)])
def test_one_is_true_and_nought_is_false(value: float, is_on: bool) -> None:
    assert Reading(value, AT).is_on is is_on


@pytest.mark.parametrize("signal", Signal)
def test_a_signal_that_was_never_sent_has_no_reading(signal: Signal) -> None:
    assert CarReport().reading(signal) is None


def test_no_signal_has_no_reading() -> None:
    assert CarReport({Signal.LOCKED: Reading(1.0, AT)}).reading(None) is None


def test_a_car_that_reports_no_doors_is_not_said_to_have_one_open() -> None:
    assert CarReport({Signal.LOCKED: Reading(0.0, AT)}).open_door() is None


def test_closed_doors_are_not_open() -> None:
    assert CarReport({door: Reading(0.0, AT) for door in CABIN_DOORS}).open_door() is None


def test_of_several_open_doors_the_newest_report_counts() -> None:
    seen = {door: Reading(1.0, AT + timedelta(minutes=n)) for n, door in enumerate(CABIN_DOORS)}
    seen[CABIN_DOORS[-1]] = Reading(0.0, AT + timedelta(hours=1))
    found = CarReport(seen).open_door()
    assert found is not None
    assert found.at == AT + timedelta(minutes=len(CABIN_DOORS) - 2)
