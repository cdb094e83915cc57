"""Schedules: what is done to a car by itself, at which time of day and on which days. Nothing that opens."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

from bot.domain.actions import Action

LATE_AFTER = timedelta(minutes=5)
"""A run that is later than this is not done any more."""
MOST_OF_HOME = 20
QUARTERS = 96
"""The quarters of an hour of a day."""
EVERY_DAY = 0b1111111
WORKDAYS = 0b0011111


class ScheduleKind(StrEnum):
    """What a schedule does."""

    LOCK = "lock"
    CHARGE = "charge"
    """Starts charging, and stops it at the end."""


class Run(NamedTuple):
    """One action of a schedule, at its moment in UTC."""

    at: datetime
    action: Action


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done when; times are minutes of the day, days are bits from Monday, the lowest, to Sunday.

    `until` is when charging ends: on the next day, if that is not after its beginning. None for a lock.
    """

    kind: ScheduleKind
    at: int
    until: int | None
    days: int

    @property
    def is_whole(self) -> bool:
        """Whether it has a day, and charging lasts for some time."""
        return self.days > 0 and self.until != self.at

    def next_run(self, zone: tzinfo, *, after: datetime) -> Run:
        """Return the first run after a moment, in this time zone."""
        return min(run for run in self._runs(zone, after) if run.at > after)

    def charges_since(self, zone: tzinfo, *, now: datetime) -> datetime | None:
        """Return when the charging began that should be going on; None if there should be none."""
        past = [run for run in self._runs(zone, now) if run.at <= now]
        last = max(past, key=lambda run: run.at, default=None)
        return last.at if last is not None and last.action is Action.CHARGE_START else None

    def _runs(self, zone: tzinfo, after: datetime) -> Iterator[Run]:
        """Yield the runs of the days around a moment; a whole week is enough, as some day is chosen."""
        today = after.astimezone(zone).date()
        for number in range(-2, 9):
            day = today + timedelta(days=number)
            if not self.days >> day.weekday() & 1:
                continue
            begins = Action.LOCK if self.kind is ScheduleKind.LOCK else Action.CHARGE_START
            yield Run(_moment(day, self.at, zone), begins)
            if self.until is not None:
                last = day if self.until > self.at else day + timedelta(days=1)
                yield Run(_moment(last, self.until, zone), Action.CHARGE_STOP)


def _moment(day: date, minute: int, zone: tzinfo) -> datetime:
    """Return a local time in UTC: of one that comes twice the first, and one that does not exist an hour later."""
    local = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
    return local.astimezone(UTC)


_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_GROUPS = {
    **dict.fromkeys(("daily", "everyday", "always"), EVERY_DAY),
    **dict.fromkeys(("weekdays", "workdays"), WORKDAYS),
    **dict.fromkeys(("weekend", "weekends"), EVERY_DAY ^ WORKDAYS),
}
_TIME = r"(\d{1,2})(?:[:.](\d\d))?\s?([ap]m)?"
_PLAN = re.compile(rf"(lock|charge)\s+(?:at\s|from\s)?\s?{_TIME}(?:\s?(?:-|to|until)\s?{_TIME})?(?:\s+(.{{1,60}}))?")
_LONGEST = 100


def read_plan(text: str) -> Plan | None:
    """Read a plan as people write it, such as `lock 22:00 mon-fri` or `charge 1am-6am`; None for any other text."""
    words = " ".join(text[:_LONGEST].lower().replace("\u2013", "-").split())
    found = _PLAN.fullmatch(words)
    if found is None:
        return None
    kind, days = ScheduleKind(found[1]), _days(found[8] or "daily")
    at, until = _minute(*found.group(2, 3, 4)), _minute(*found.group(5, 6, 7))
    if at is None or (until is not None) is not (kind is ScheduleKind.CHARGE):
        return None
    plan = Plan(kind, at, until, days)
    return plan if plan.is_whole else None


def _minute(hour: str | None, minute: str | None, half: str | None) -> int | None:
    """Return the minute of the day that a time names; None for none."""
    if hour is None:
        return None
    number, rest = int(hour), int(minute or 0)
    if half is not None:
        if not 1 <= number <= 12:
            return None
        number = number % 12 + (12 if half == "pm" else 0)
    return number * 60 + rest if number < 24 and rest < 60 else None


def _days(text: str) -> int:
    """Return the days that words name; 0 if they name none, or something else as well."""
    days = 0
    for part in re.split(r"\s?(?:,|\band\b|\s)\s?", text.replace("every day", "daily").removeprefix("on ")):
        found = _GROUPS.get(part) or _range(part)
        if not found:
            return 0
        days |= found
    return days


def _range(text: str) -> int:
    first, dash, last = (part.strip() for part in text.partition("-"))
    ends = [_weekday(one) for one in ((first, last) if dash else (first, first))]
    if None in ends:
        return 0
    begin, end = (one for one in ends if one is not None)
    return sum(1 << (begin + number) % 7 for number in range((end - begin) % 7 + 1))


def _weekday(text: str) -> int | None:
    """Return the number of a day, which may be written out; None for any other word."""
    long = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    matching = [number for number, name in enumerate(long) if len(text) >= len(_NAMES[0]) and name.startswith(text)]
    return matching[0] if matching else None
