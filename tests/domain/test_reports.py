from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.reports import CABIN_DOORS, CarReport, Reading, Signal

AT = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(("value", "is_on"), [(0.0, False), (0.49, False), (0.5, True), (1.0, True)])
def test_one_means_yes_and_zero_means_no(value: float, is_on: bool) -> None:
    assert Reading(value, AT).is_on is is_on


@pytest.mark.parametrize("signal", Signal)
def test_a_signal_that_was_never_sent_has_no_reading(signal: Signal) -> None:
    assert CarReport().reading(signal) is None


def test_there_is_no_reading_without_a_signal() -> None:
    assert CarReport({Signal.LOCKED: Reading(1.0, AT)}).reading(None) is None


def test_without_reports_of_doors_none_is_open() -> None:
    assert CarReport({Signal.LOCKED: Reading(0.0, AT)}).open_door() is None


def test_closed_doors_are_not_open() -> None:
    assert CarReport({door: Reading(0.0, AT) for door in CABIN_DOORS}).open_door() is None


def test_the_newest_report_of_several_open_doors_is_returned() -> None:
    seen = {door: Reading(1.0, AT + timedelta(minutes=n)) for n, door in enumerate(CABIN_DOORS)}
    seen[CABIN_DOORS[-1]] = Reading(0.0, AT + timedelta(hours=1))
    found = CarReport(seen).open_door()
    assert found is not None
    assert found.at == AT + timedelta(minutes=len(CABIN_DOORS) - 2)
