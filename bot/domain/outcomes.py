"""Outcomes of actions, and what a car's report proves about an action."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.actions import ACTIONS, Action
from bot.domain.ids import CarId
from bot.domain.refusals import Reason
from bot.domain.reports import CarReport, Reading, Signal


class State(StrEnum):
    """The states of an action."""

    QUEUED = "queued"
    """Stored, and waiting for an earlier action on the same car; nothing was sent."""
    SENDING = "sending"
    """The request may be on its way to DIMO."""
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"
    REFUSED = "refused"
    UNKNOWN = "unknown"


UNSETTLED = frozenset({State.SENDING, State.ACCEPTED, State.NOT_CONFIRMED, State.UNKNOWN})
"""States in which an opening may still be carried out by the car."""


class Note(StrEnum):
    """An explanation of an outcome."""

    WAITING_FOR_REPORT = "waiting_for_report"
    CAR_DOES_NOT_REPORT = "car_does_not_report"
    MAY_NOT_READ_REPORTS = "may_not_read_reports"
    ALREADY_SO = "already_so"
    REPORTED_SINCE = "reported_since"
    """The car has reported since the command, and that does not prove what the command did."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a person is shown about an action."""

    state: State
    action: Action
    car_name: str
    person_name: str
    car: CarId = field(kw_only=True)
    reason: Reason | None = None
    note: Note | None = None
    reading: Reading | None = None
    still_open: frozenset[Signal] = frozenset()
    """What a locked car reports open."""
    closes: bool = False
    """Whether it moves a lid that was reported open, so that it closes."""
    opening_may_run_until: datetime | None = None
    """Set on a Lock as long as the car may still carry out an earlier opening after it."""


BAD = frozenset({State.NOT_CONFIRMED, State.REFUSED, State.UNKNOWN})


@dataclass(frozen=True, slots=True)
class LateOutcome:
    """A bad outcome after the person may have looked away, in a message of its own."""

    outcome: Outcome
    is_followed_elsewhere: bool = False
    """Whether another message shows what the car reports later, and this one does not."""


@dataclass(frozen=True, slots=True)
class SeeBelow:
    """The message of an action whose bad outcome is told in a newer one."""

    outcome: Outcome


class Verdict(StrEnum):
    """What a report proves about an accepted action."""

    AGREES = "agrees"
    """A report newer than the command shows the effect of the action."""
    ALREADY_SO = "already_so"
    """The car had reported that state before the command. It only reports changes, so no report will come."""
    NOT_YET = "not_yet"
    NOT_REPORTED = "not_reported"
    """The car does not send this signal."""


_CLOCKS_APART = timedelta(seconds=5)


def is_ahead(reading: Reading, *, now: datetime) -> bool:
    """Return whether a reading is from the future, so that our clock or the car's is wrong."""
    return reading.at > now + _CLOCKS_APART


def judge(
    action: Action,
    report: CarReport,
    *,
    sent_at: datetime,
    now: datetime,
    known: CarReport | None = None,
    closes: bool = False,
) -> Verdict:
    """Return what a report proves; an old or missing value proves nothing.

    Nor does a report from the future, or one that was known before the command although its time is later: a clock
    is wrong then. `closes` says that the action moves an open lid, which then must read closed.
    """
    traits = ACTIONS[action]
    reading = report.reading(traits.signal)
    if reading is None:
        return Verdict.NOT_REPORTED
    if reading.is_on != (traits.agrees is not closes) or is_ahead(reading, now=now):
        return Verdict.NOT_YET
    if reading.at > sent_at:
        return Verdict.NOT_YET if known and known.reading(traits.signal) == reading else Verdict.AGREES
    return Verdict.NOT_YET if traits.toggles else Verdict.ALREADY_SO
