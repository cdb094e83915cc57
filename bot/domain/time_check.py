"""Finds the time from the dates of Telegram's and DIMO's answers.

The machine's clock counts while answers agree with it. No single answer moves the time, because a proxy or a cache may
lie: Telegram and DIMO must agree, or two answers of one of them while the other is silent.

A virtual machine that was paused misses that time on its monotonic clock, and only its time of day is set forward. Such
a jump counts at once, because it can only make questions and access end too early; the next answer decides about it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import lru_cache

TOLERANCE = timedelta(seconds=30)
"""A clock that is off by at most this is right."""

_ALIKE = timedelta(seconds=10)
"""Two answers that differ by at most this agree: a date has whole seconds, and an answer may have taken long."""

_STEP = timedelta(seconds=1)
"""A smaller change of the machine's clock is ignored: two clocks are never read at the same moment."""

_QUICK_SECONDS = 10.0
"""An answer that took longer is ignored: its date may have been written at any moment of that time."""

_SILENT_SECONDS = 60.0
_YEARS = range(2020, 2200)
_UNITS = ((86400, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds"))
_LONGEST_DATE = 40


class Source(StrEnum):
    """The sources of the time."""

    TELEGRAM = "telegram"
    DIMO = "dimo"


@dataclass(frozen=True, slots=True)
class DatedAnswer:
    """The date of an answer, and when the request was sent and answered, in monotonic seconds."""

    source: Source
    date: datetime
    asked: float
    came: float

    @property
    def zero(self) -> datetime:
        """What time it was, according to this answer, when the monotonic clock read zero."""
        return self.date + timedelta(seconds=0.5 - (self.asked + self.came) / 2)


@dataclass(frozen=True, slots=True)
class Time:
    """What time it was when the monotonic clock read zero, and how that is known."""

    zero: datetime
    is_known: bool = False
    """Whether others agree; until then only the machine says so."""
    doubt: DatedAnswer | None = None
    """The last answer, if it says something else and nobody has agreed with it yet."""
    heard: Mapping[Source, float] = field(default_factory=dict)
    """When each was heard last."""
    machine: datetime | None = None
    """What the zero was by the machine's own clock when it was judged last; None if nobody watches that clock."""
    before_jump: datetime | None = None
    """The zero before the machine's clock jumped ahead, if no answer has decided yet which of the two is right."""


def notice_jump(time: Time, *, machine: datetime) -> Time:
    """Return the time after the machine's own clock may have jumped ahead; `machine` is the zero by that clock."""
    jump = timedelta() if time.machine is None else machine - time.machine
    if jump <= TOLERANCE:
        return time
    if time.is_known and abs(machine - time.zero) <= TOLERANCE:
        return replace(time, machine=machine)  # it was wrong, and somebody has set it right
    before = (time.before_jump or time.zero) if time.is_known else None
    return replace(time, zero=time.zero + jump, machine=machine, before_jump=before)


def judge(time: Time, answer: DatedAnswer, *, machine: datetime) -> Time:
    """Return what is known after one more answer; `machine` is the zero by the machine's own clock."""
    time, before = replace(time, heard={**time.heard, answer.source: answer.came}, machine=machine), time
    if answer.came - answer.asked > _QUICK_SECONDS:
        return time
    counts = time.zero if time.is_known else machine
    if abs(answer.zero - counts) <= TOLERANCE:
        was_set = abs(answer.zero - machine) <= TOLERANCE and abs(machine - counts) > _STEP
        return replace(time, zero=machine if was_set else counts, is_known=True, doubt=None, before_jump=None)
    if time.before_jump is not None and abs(answer.zero - time.before_jump) <= TOLERANCE:
        return replace(time, zero=time.before_jump, doubt=None, before_jump=None)  # the clock was only set
    if before.doubt is not None and _settles(before, before.doubt, answer):
        return replace(time, zero=answer.zero, is_known=True, doubt=None, before_jump=None)
    return replace(time, doubt=answer)


def _settles(before: Time, doubt: DatedAnswer, answer: DatedAnswer) -> bool:
    others = [at for source, at in before.heard.items() if source is not answer.source]
    is_enough = doubt.source is not answer.source or all(answer.came - at > _SILENT_SECONDS for at in others)
    return is_enough and abs(doubt.zero - answer.zero) <= _ALIKE


@dataclass(frozen=True, slots=True)
class WrongClock:
    """A machine's clock that is wrong, and by how much it is ahead."""

    ahead: timedelta

    def __str__(self) -> str:
        seconds = abs(self.ahead.total_seconds())
        size, unit = next(one for one in _UNITS if seconds >= 2 * one[0])
        return f"{round(seconds / size)} {unit} {'ahead' if self.ahead > timedelta() else 'behind'}"


def wrong_clock(time: Time, *, machine: datetime) -> WrongClock | None:
    """Return the machine's clock if it is wrong; None if it is right, or if that is not known."""
    ahead = machine - time.zero
    return WrongClock(ahead) if time.is_known and abs(ahead) > TOLERANCE else None


@lru_cache(maxsize=8)  # the answers of one second have the same date
def read_date(text: str) -> datetime | None:
    """Read the `Date` of an answer; None if it can't be read, or is absurd."""
    if len(text) > _LONGEST_DATE:
        return None
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return date.astimezone(UTC) if date.tzinfo is not None and date.year in _YEARS else None
