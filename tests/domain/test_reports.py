from datetime import UTC, datetime

import pytest

from bot.domain.reports import OPENABLE, CarReport, Reading, Signal

AT = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(("value", "is_on"), [(0.0, False), (0.49, False), (0.5, True), (1.0, True)])
def test_one_means_yes_and_zero_means_no(value: float, is_on: bool) -> None:
    assert Reading(value, AT).is_on is is_on


@pytest.mark.parametrize("signal", Signal)
def test_a_signal_that_was_never_sent_has_no_reading(signal: Signal) -> None:
    assert CarReport().reading(signal) is None


def test_there_is_no_reading_without_a_signal() -> None:
    assert CarReport({Signal.LOCKED: Reading(1.0, AT)}).reading(None) is None


def test_only_what_was_last_reported_open_is_open() -> None:
    closed = {part: Reading(0.0, AT) for part in OPENABLE}
    assert CarReport({Signal.LOCKED: Reading(0.0, AT)}).reported_open() == frozenset()
    assert CarReport(closed).reported_open() == frozenset()
    assert CarReport({**closed, Signal.TRUNK_OPEN: Reading(1.0, AT)}).reported_open() == {Signal.TRUNK_OPEN}
