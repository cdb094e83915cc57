from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.actions import ACTIONS, Action
from bot.domain.outcomes import UNSETTLED, State, Verdict, judge
from bot.domain.reports import CarReport, Reading, Signal

SENT = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
BEFORE, AFTER = SENT - timedelta(hours=2), SENT + timedelta(seconds=20)
INSTANT = timedelta(microseconds=1)

actions = st.sampled_from(Action)
moments = st.datetimes(datetime(2026, 4, 1), datetime(2026, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis wants naive bounds
readings = st.builds(Reading, st.sampled_from((0.0, 1.0)), moments)
reports = st.builds(CarReport, st.dictionaries(st.sampled_from(Signal), readings), st.none() | moments)


def a_report(action: Action, *, agrees: bool, at: datetime) -> CarReport:
    traits = ACTIONS[action]
    return CarReport({traits.signal: Reading(float(traits.agrees == agrees), at)})


@pytest.mark.parametrize("action", Action)
def test_a_newer_report_that_agrees_confirms(action: Action) -> None:
    assert judge(action, a_report(action, agrees=True, at=AFTER), sent_at=SENT) is Verdict.AGREES


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("at", [BEFORE, SENT, AFTER])
def test_a_report_that_disagrees_proves_nothing(action: Action, at: datetime) -> None:
    """The car may still be asleep, or the report still on its way."""
    assert judge(action, a_report(action, agrees=False, at=at), sent_at=SENT) is Verdict.NOT_YET


@pytest.mark.parametrize("action", Action)
def test_a_car_that_does_not_send_the_signal_can_not_confirm(action: Action) -> None:
    other = {signal: Reading(1.0, AFTER) for signal in Signal if signal is not ACTIONS[action].signal}
    assert judge(action, CarReport(other), sent_at=SENT) is Verdict.NOT_REPORTED


@pytest.mark.parametrize("action", [action for action in Action if not ACTIONS[action].toggles])
@pytest.mark.parametrize("at", [BEFORE, SENT - INSTANT, SENT])
def test_an_older_report_that_agrees_says_that_it_was_so_before(action: Action, at: datetime) -> None:
    """Cars report changes only; a report of the very moment of sending is not one about the command."""
    assert judge(action, a_report(action, agrees=True, at=at), sent_at=SENT) is Verdict.ALREADY_SO


def test_an_open_lid_that_toggles_may_have_been_closed_by_the_command() -> None:
    report = a_report(Action.TRUNK, agrees=True, at=BEFORE)
    assert judge(Action.TRUNK, report, sent_at=SENT) is Verdict.NOT_YET


def test_it_was_locked_before_proves_nothing_while_an_opening_may_still_run() -> None:
    report = a_report(Action.LOCK, agrees=True, at=BEFORE)
    assert judge(Action.LOCK, report, sent_at=SENT, is_settled=False) is Verdict.NOT_YET


def test_a_newer_report_confirms_also_while_an_opening_may_still_run() -> None:
    report = a_report(Action.LOCK, agrees=True, at=AFTER)
    assert judge(Action.LOCK, report, sent_at=SENT, is_settled=False) is Verdict.AGREES


@given(actions, reports, moments, st.booleans())
def test_only_a_newer_agreeing_report_of_the_right_signal_ever_confirms(
    action: Action, report: CarReport, sent_at: datetime, is_settled: bool
) -> None:
    reading = report.readings.get(ACTIONS[action].signal)
    proven = reading is not None and reading.at > sent_at and reading.is_on == ACTIONS[action].agrees
    verdict = judge(action, report, sent_at=sent_at, is_settled=is_settled)
    assert (verdict is Verdict.AGREES) == proven


def test_only_what_dimo_surely_did_not_take_or_the_car_confirmed_is_settled() -> None:
    assert set(State) - UNSETTLED == {State.QUEUED, State.CONFIRMED, State.REFUSED}
