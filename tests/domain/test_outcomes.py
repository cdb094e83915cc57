from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.actions import ACTIONS, Action
from bot.domain.outcomes import UNSETTLED, State, Verdict, is_ahead, judge
from bot.domain.reports import CarReport, Reading, Signal

SENT = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
BEFORE, AFTER = SENT - timedelta(hours=2), SENT + timedelta(seconds=20)
INSTANT = timedelta(microseconds=1)
NOW = SENT + timedelta(seconds=30)

actions = st.sampled_from(Action)
moments = st.datetimes(datetime(2026, 4, 1), datetime(2026, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis wants naive bounds
readings = st.builds(Reading, st.sampled_from((0.0, 1.0)), moments)
reports = st.builds(CarReport, st.dictionaries(st.sampled_from(Signal), readings), st.none() | moments)


def a_report(action: Action, *, agrees: bool, at: datetime) -> CarReport:
    traits = ACTIONS[action]
    return CarReport({traits.signal: Reading(float(traits.agrees == agrees), at)})


@pytest.mark.parametrize("action", Action)
def test_a_newer_report_that_agrees_confirms_the_action(action: Action) -> None:
    assert judge(action, a_report(action, agrees=True, at=AFTER), sent_at=SENT, now=NOW) is Verdict.AGREES


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("at", [BEFORE, SENT, AFTER])
def test_a_report_that_disagrees_proves_nothing(action: Action, at: datetime) -> None:
    """The car may still be asleep, or its report may be delayed."""
    assert judge(action, a_report(action, agrees=False, at=at), sent_at=SENT, now=NOW) is Verdict.NOT_YET


@pytest.mark.parametrize("action", Action)
def test_without_its_signal_an_action_is_not_confirmed(action: Action) -> None:
    other = {signal: Reading(1.0, AFTER) for signal in Signal if signal is not ACTIONS[action].signal}
    assert judge(action, CarReport(other), sent_at=SENT, now=NOW) is Verdict.NOT_REPORTED


@pytest.mark.parametrize("action", [action for action in Action if not ACTIONS[action].toggles])
@pytest.mark.parametrize("at", [BEFORE, SENT - INSTANT, SENT])
def test_an_older_report_that_agrees_shows_the_state_before_the_command(action: Action, at: datetime) -> None:
    """Cars only report changes. A report from the moment of sending is not about the command."""
    assert judge(action, a_report(action, agrees=True, at=at), sent_at=SENT, now=NOW) is Verdict.ALREADY_SO


def test_an_older_report_of_an_open_toggling_lid_proves_nothing() -> None:
    report = a_report(Action.TRUNK, agrees=True, at=BEFORE)
    assert judge(Action.TRUNK, report, sent_at=SENT, now=NOW) is Verdict.NOT_YET


@pytest.mark.parametrize("action", Action)
def test_a_report_that_was_known_before_the_command_proves_nothing(action: Action) -> None:
    """Its time is later than that of the command, so one of the two clocks is wrong."""
    report = a_report(action, agrees=True, at=AFTER)
    assert judge(action, report, sent_at=SENT, now=NOW, known=report) is Verdict.NOT_YET


@pytest.mark.parametrize("action", Action)
def test_a_newer_report_than_the_known_one_confirms_the_action(action: Action) -> None:
    known = a_report(action, agrees=True, at=BEFORE)
    report = a_report(action, agrees=True, at=AFTER)
    assert judge(action, report, sent_at=SENT, now=NOW, known=known) is Verdict.AGREES


@pytest.mark.parametrize("action", Action)
def test_a_report_from_the_future_proves_nothing(action: Action) -> None:
    report = a_report(action, agrees=True, at=NOW + timedelta(seconds=6))
    assert judge(action, report, sent_at=SENT, now=NOW) is Verdict.NOT_YET


@pytest.mark.parametrize(("ahead", "is_wrong"), [(-60.0, False), (0.0, False), (5.0, False), (5.001, True)])
def test_a_reading_may_be_five_seconds_ahead(ahead: float, is_wrong: bool) -> None:
    assert is_ahead(Reading(1.0, NOW + timedelta(seconds=ahead)), now=NOW) is is_wrong


@given(actions, reports, moments, moments, st.none() | reports)
def test_only_newer_agreeing_reports_of_the_right_signal_confirm(
    action: Action, report: CarReport, sent_at: datetime, now: datetime, known: CarReport | None
) -> None:
    signal = ACTIONS[action].signal
    reading = report.readings.get(signal)
    proven = (
        reading is not None
        and sent_at < reading.at <= now + timedelta(seconds=5)
        and reading.is_on == ACTIONS[action].agrees
        and (known is None or known.readings.get(signal) != reading)
    )
    verdict = judge(action, report, sent_at=sent_at, now=now, known=known)
    assert (verdict is Verdict.AGREES) == proven


def test_only_queued_confirmed_and_refused_actions_are_settled() -> None:
    assert set(State) - UNSETTLED == {State.QUEUED, State.CONFIRMED, State.REFUSED}
