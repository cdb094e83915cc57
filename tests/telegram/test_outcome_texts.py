import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.actions import ACTIONS, Action
from bot.domain.ids import CarId
from bot.domain.outcomes import Note, Outcome, State
from bot.domain.refusals import Reason
from bot.domain.reports import CABIN_DOORS, OPENABLE, Reading, Signal
from bot.telegram import screens, texts
from tests.support.screens import NASTY, labels, read_screen, read_text

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=3)

WORDS = {
    State.QUEUED: "Sending",
    State.SENDING: "Sending",
    State.ACCEPTED: "Accepted",
    State.CONFIRMED: "Confirmed",
    State.NOT_CONFIRMED: "Not confirmed",
    State.REFUSED: "Refused",
    State.UNKNOWN: "Unknown",
}
PARTS: tuple[frozenset[Signal], ...] = (frozenset(), frozenset(OPENABLE))
READINGS = (None, Reading(0.0, EARLIER), Reading(1.0, NOW))


def an_outcome(state: State, action: Action = Action.UNLOCK, **more: object) -> Outcome:
    names = {"car_name": "Bluey", "person_name": "Dad", "car": CarId(1)}
    return Outcome(state, action, **{**names, **more})  # type: ignore[arg-type]  # a test gives what it is about


def every_outcome(state: State, action: Action) -> Iterator[Outcome]:
    """Yield every outcome of an action in this state, likely or not, with harmful names."""
    extras = itertools.cycle(itertools.product(READINGS, PARTS, (None, NOW), (False, True)))
    for note, reason in itertools.product((None, *Note), (None, *Reason)):
        reading, still_open, unsettled, closes = next(extras)
        yield Outcome(
            state=state,
            action=action,
            car_name=NASTY,
            person_name=NASTY,
            car=CarId(1),
            reason=reason,
            note=note,
            reading=reading,
            still_open=still_open,
            opening_may_run_until=unsettled,
            closes=closes and action is Action.TRUNK,
        )


@pytest.mark.parametrize("state", State)
def test_every_outcome_begins_with_its_word_and_telegram_accepts_it(state: State) -> None:
    for outcome in itertools.chain.from_iterable(every_outcome(state, action) for action in Action):
        shown = read_text(texts.actions.outcome(outcome, now=NOW))
        emoji, _, rest = shown.partition(" ")
        assert not emoji.isascii()
        assert rest.startswith((f"{WORDS[state]}: ", f"{WORDS[state]}, still open: "))


@pytest.mark.parametrize("state", State)
def test_no_outcome_promises_more_than_is_known(state: State) -> None:
    for outcome in itertools.chain.from_iterable(every_outcome(state, action) for action in Action):
        shown = texts.actions.outcome(outcome, now=NOW).lower()
        assert not [boast for boast in ("success", "done!", "completed") if boast in shown]


@pytest.mark.parametrize("state", [state for state in State if state is not State.CONFIRMED])
@pytest.mark.parametrize("action", Action)
def test_only_a_confirmed_outcome_states_what_the_car_did(state: State, action: Action) -> None:
    shown = read_text(texts.actions.outcome(an_outcome(state, action), now=NOW))
    assert texts.actions.ACTION_WORDS[action].did.format(car="Bluey") not in shown


@pytest.mark.parametrize("state", State)
def test_every_outcome_names_the_person_and_the_car(state: State) -> None:
    shown = texts.actions.outcome(an_outcome(state), now=NOW)
    assert "Dad" in shown
    assert "Bluey" in shown


def test_confirmed_shows_the_time_of_the_cars_own_report() -> None:
    shown = read_text(texts.actions.outcome(an_outcome(State.CONFIRMED, reading=Reading(0.0, EARLIER)), now=NOW))
    assert "09:00" in shown


def test_not_confirmed_shows_the_last_known_state_with_its_age() -> None:
    shown = read_text(texts.actions.outcome(an_outcome(State.NOT_CONFIRMED, reading=Reading(1.0, EARLIER)), now=NOW))
    assert "locked, 09:00 UTC (3 hours ago)" in shown


def test_not_confirmed_without_any_report_says_that_it_may_be_either() -> None:
    shown = read_text(texts.actions.outcome(an_outcome(State.NOT_CONFIRMED), now=NOW))
    assert "I have no report from the car." in shown
    assert "may be locked or unlocked" in shown


def test_accepted_says_at_once_that_the_car_does_not_report_this() -> None:
    shown = texts.actions.outcome(an_outcome(State.ACCEPTED, note=Note.CAR_DOES_NOT_REPORT), now=NOW)
    assert "does not report its lock" in shown


def test_already_so_shows_the_time_of_the_last_report() -> None:
    outcome = an_outcome(
        State.ACCEPTED, Action.LOCK, note=Note.ALREADY_SO, reading=Reading(1.0, NOW - timedelta(hours=1))
    )
    assert "was already locked at 11:00 UTC" in read_text(texts.actions.outcome(outcome, now=NOW))


@pytest.mark.parametrize("reason", Reason)
def test_a_refused_outcome_says_why_and_what_to_do_next(reason: Reason) -> None:
    shown = read_text(texts.actions.outcome(an_outcome(State.REFUSED, reason=reason), now=NOW))
    assert "⛔ Refused: 🔓 Dad's Unlock for Bluey.\n" in shown
    assert "Next: " in shown


def test_unknown_says_that_it_may_have_happened_and_that_nothing_is_repeated() -> None:
    shown = texts.actions.outcome(an_outcome(State.UNKNOWN), now=NOW)
    assert "Bluey may be locked or unlocked" in shown
    assert "I sent it once only" in shown


def test_an_unsettled_opening_is_shown_with_a_lock_button() -> None:
    outcome = an_outcome(State.ACCEPTED, Action.LOCK, opening_may_run_until=NOW + timedelta(minutes=2))
    screen = screens.actions.outcome(outcome, now=NOW)
    assert "may still run until 12:02 UTC" in read_screen(screen)
    assert "🔒 Lock" in labels(screen)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", Action)
def test_telegram_accepts_the_screen_of_every_outcome(state: State, action: Action) -> None:
    for reason in Reason:
        more = {"reason": reason, "opening_may_run_until": NOW, "car": CarId(2**63 - 1)}
        read_screen(screens.actions.outcome(an_outcome(state, action, **more), now=NOW))


@pytest.mark.parametrize("action", Action)
def test_an_outcome_in_doubt_has_a_status_button(action: Action) -> None:
    for state in (State.UNKNOWN, State.NOT_CONFIRMED):
        assert "📋 Status" in labels(screens.actions.outcome(an_outcome(state, action), now=NOW))


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("state", [State.QUEUED, State.SENDING])
def test_nothing_is_offered_while_a_command_is_on_its_way(state: State, action: Action) -> None:
    assert labels(screens.actions.outcome(an_outcome(state, action), now=NOW)) == []


@pytest.mark.parametrize("action", [action for action in Action if ACTIONS[action].opens])
def test_an_outcome_of_an_opening_has_a_lock_button(action: Action) -> None:
    for state in (State.ACCEPTED, State.CONFIRMED, State.NOT_CONFIRMED, State.UNKNOWN):
        assert "🔒 Lock" in labels(screens.actions.outcome(an_outcome(state, action), now=NOW))


def test_a_lock_says_what_is_still_open() -> None:
    outcome = an_outcome(State.CONFIRMED, Action.LOCK, still_open=frozenset({Signal.TRUNK_OPEN, CABIN_DOORS[0]}))
    assert read_text(texts.actions.outcome(outcome, now=NOW)).startswith(
        "⚠️ Confirmed, still open: driver's door and trunk."
    )
    assert "🧳 Close trunk" in labels(screens.actions.outcome(outcome, now=NOW))


def test_a_trunk_that_was_open_is_closed() -> None:
    outcome = an_outcome(State.CONFIRMED, Action.TRUNK, closes=True)
    assert "Dad closed Bluey's trunk" in read_text(texts.actions.outcome(outcome, now=NOW))


@pytest.mark.parametrize("state", [State.UNKNOWN, State.NOT_CONFIRMED])
def test_what_contradicts_a_command_is_shown_with_its_time(state: State) -> None:
    outcome = an_outcome(state, note=Note.REPORTED_SINCE, reading=Reading(1.0, NOW))
    assert "Since then the car reported: locked, 12:00 UTC." in read_text(texts.actions.outcome(outcome, now=NOW))


def test_every_action_and_every_signal_of_an_action_has_its_words() -> None:
    assert set(texts.actions.ACTION_WORDS) == set(Action)
    assert {ACTIONS[action].signal for action in Action} <= set(texts.cars.SIGNAL_NOUNS)


@pytest.mark.parametrize("signal", texts.cars.SIGNAL_NOUNS)
def test_a_signal_reads_differently_when_it_is_on_and_when_it_is_off(signal: Signal) -> None:
    assert texts.cars.reads(signal, Reading(1.0, NOW)) != texts.cars.reads(signal, Reading(0.0, NOW))


@pytest.mark.parametrize("state", State)
def test_the_outcome_for_a_forgotten_person_names_nobody(state: State) -> None:
    shown = read_text(texts.actions.outcome(an_outcome(state, person_name=""), now=NOW))
    assert "somebody" in shown.lower()
    assert "?" not in shown
