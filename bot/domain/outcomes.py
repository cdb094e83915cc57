"""What became of an action, and what a car's report proves about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.actions import ACTIONS, Action
from bot.domain.expiry import Ending
from bot.domain.refusals import Reason
from bot.domain.reports import CarReport, Reading


class State(StrEnum):
    """Where an action stands."""

    QUEUED = "queued"
    """Its intent is committed; it waits for an earlier action on the same car. Nothing was sent."""
    SENDING = "sending"
    """Its request may be on the way to DIMO at this moment."""
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"
    REFUSED = "refused"
    UNKNOWN = "unknown"


UNSETTLED = frozenset({State.SENDING, State.ACCEPTED, State.NOT_CONFIRMED, State.UNKNOWN})
"""States in which an opening may still run at the car."""


class Note(StrEnum):
    """What more there is to say about an outcome."""

    WAITING_FOR_REPORT = "waiting_for_report"
    CAR_DOES_NOT_REPORT = "car_does_not_report"
    MAY_NOT_READ_REPORTS = "may_not_read_reports"
    ALREADY_SO = "already_so"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known about an action, as far as a person wants to know it."""

    state: State
    action: Action
    car_name: str
    person_name: str
    reason: Reason | None = None
    note: Note | None = None
    reading: Reading | None = None
    open_door_at: datetime | None = None
    """When the car last reported a cabin door that stands open."""
    opening_may_run_until: datetime | None = None
    """Set on a Lock while an earlier opening may still run at the car after it."""
    ended: Ending | None = None
    """What has ended for this car, so that somebody should link again."""


class Verdict(StrEnum):
    """What a report proves about an accepted action."""

    AGREES = "agrees"
    """A report newer than the command reads as the action wants it."""
    ALREADY_SO = "already_so"
    """The car read so before the command; it reports changes only, so none will come."""
    NOT_YET = "not_yet"
    NOT_REPORTED = "not_reported"
    """The car does not send this signal."""


_CLOCKS_APART = timedelta(seconds=5)


def is_ahead(reading: Reading, *, now: datetime) -> bool:
    """Tell whether a reading comes from the future: then our clock, or the car's, is wrong."""
    return reading.at > now + _CLOCKS_APART


def judge(
    action: Action, report: CarReport, *, sent_at: datetime, now: datetime, known: CarReport | None = None
) -> Verdict:
    """Decide what a report proves; an old or missing value is never taken for the answer.

    A report from the future, or one that was known before the command, proves nothing: then our clock is wrong,
    and "newer than the command" means nothing.
    """
    traits = ACTIONS[action]
    reading = report.reading(traits.signal)
    if reading is None:
        return Verdict.NOT_REPORTED
    if reading.is_on != traits.agrees or is_ahead(reading, now=now):
        return Verdict.NOT_YET
    if reading.at > sent_at:
        return Verdict.NOT_YET if known and known.reading(traits.signal) == reading else Verdict.AGREES
    return Verdict.NOT_YET if traits.toggles else Verdict.ALREADY_SO
