"""People and their access: how long it lasts, what an invitation gives, and what a request for access becomes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from bot.domain.ids import ChatId, InvitationId, PersonId
from bot.domain.roles import Role, has_ended

INVITATION_LIFETIME = timedelta(hours=24)
GRANTED_ROLES = (Role.DRIVER, Role.GUEST)
"""What an owner can make of a person; there is one owner of a home, the person who linked it."""

LONGEST_ACCESS = timedelta(days=3 * 366)


class Lasting(StrEnum):
    """How long access lasts, as an owner chooses it with a tap."""

    ALWAYS = "always"
    HOUR = "hour"
    DAY = "day"
    WEEKEND = "weekend"
    DATE = "date"
    """Until a date that the owner types."""


_SPANS: Mapping[Lasting, timedelta] = {Lasting.HOUR: timedelta(hours=1), Lasting.DAY: timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Term:
    """Until when access lasts: a span from its beginning, or a moment, or neither."""

    span: timedelta | None = None
    until: datetime | None = None

    def end(self, beginning: datetime) -> datetime | None:
        """Say when access that begins at this moment ends; None is never."""
        return beginning + self.span if self.span is not None else self.until


def term_of(lasting: Lasting, *, now: datetime, zone: tzinfo) -> Term:
    """Return what a choice means at this moment; a date is typed and has no meaning by itself (ValueError)."""
    if lasting is Lasting.DATE:
        raise ValueError("a date is typed")
    if lasting is Lasting.WEEKEND:
        return Term(until=end_of_weekend(now, zone))
    return Term(span=_SPANS.get(lasting))


def end_of_weekend(now: datetime, zone: tzinfo) -> datetime:
    """Return the end of this week's Sunday, which is today on a Sunday, in UTC."""
    today = now.astimezone(zone).date()
    monday = today + timedelta(days=7 - today.weekday())
    return _moment(monday, time(), zone)


def _moment(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")
_DOTTED = re.compile(r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.?(?:\s?(?P<year>\d{4}))?")
_NAMED = re.compile(r"(?P<day>\d{1,2})\.?\s?(?P<name>[a-z]{3,9})\.?(?:\s(?P<year>\d{4}))?")
_NAMED_FIRST = re.compile(r"(?P<name>[a-z]{3,9})\.?\s(?P<day>\d{1,2})(?:,?\s(?P<year>\d{4}))?")
_TIME = re.compile(r"[\s,]+(?:at\s)?(?P<hour>\d{1,2})[:.](?P<minute>\d{2})$")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


def read_until(text: str, *, now: datetime, zone: tzinfo) -> datetime | None:
    """Read a date as people type it, with or without a time; None for anything else, and for what is past or far off.

    Takes 2026-12-24, 24.12., 24.12.2026, 24 Dec, Dec 24, 24 December 2026, tomorrow; each with "18:30" behind it. A
    date without a time lasts to its end; one without a year is the next one there is. Returns UTC.
    """
    text = " ".join(text.lower().split())
    at = _TIME.search(text)
    if at is not None:
        text = text[: at.start()]
    try:
        clock = None if at is None else time(int(at["hour"]), int(at["minute"]))
        day = _day(text, now.astimezone(zone).date())
        until = None if day is None else _until(day, clock, zone)
    except (ValueError, OverflowError):
        return None
    return until if until is not None and now < until <= now + LONGEST_ACCESS else None


def _until(day: date, clock: time | None, zone: tzinfo) -> datetime:
    return _moment(day + timedelta(days=1), time(), zone) if clock is None else _moment(day, clock, zone)


def _day(text: str, today: date) -> date | None:
    if text in {"today", "tomorrow"}:
        return today + timedelta(days=text == "tomorrow")
    for form in (_ISO, _DOTTED, _NAMED, _NAMED_FIRST):
        found = form.fullmatch(text)
        if found is not None:
            parts = found.groupdict()
            month = int(parts["month"]) if parts.get("month") else _month(parts["name"])
            return _next(int(parts["day"]), month, parts.get("year"), today)
    return None


def _month(name: str) -> int:
    found = [number for number, month in enumerate(_MONTHS, 1) if month.startswith(name)]
    if len(found) != 1:
        raise ValueError("no month has this name")
    return found[0]


def _next(day: int, month: int, year: str | None, today: date) -> date:
    if year is not None:
        return date(int(year), month, day)
    # A 29 February waits for its year.
    for candidate in range(today.year, today.year + 5):
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    raise ValueError("no such day")


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation as the owner sees it in a list."""

    id: InvitationId
    role: Role
    term: Term
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """A person who may use the owner's cars, or might until a moment ago."""

    person: PersonId
    name: str = field(repr=False)
    role: Role
    until: datetime | None
    last_used_at: datetime | None
    is_owner: bool = False

    def has_ended(self, now: datetime) -> bool:
        """Return whether the access is over."""
        return has_ended(self.until, now)


class SharedChatKind(StrEnum):
    """The kinds of chats, besides a home's own, from which its cars are used."""

    GROUP = "group"
    PRIVATE = "private"
    """A member's own private chat with the bot."""


class RequestState(StrEnum):
    """The states of a request for access."""

    OPEN = "open"
    ALLOWED = "allowed"
    DENIED = "denied"
    DENIED_FOR_GOOD = "denied_for_good"


ASK_AGAIN_AFTER = timedelta(days=1)
"""How long after a No the same person's request reaches the owner again."""


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody in a chat asks for access to an owner's cars."""

    home: ChatId
    person: PersonId
    name: str = field(repr=False)
    chat: ChatId
    chat_title: str = field(repr=False)


def may_ask_again(state: RequestState, answered_at: datetime | None, *, now: datetime) -> bool:
    """Say whether a request that was answered may reach the owner again."""
    if state is RequestState.ALLOWED:
        return True  # allowed once, and removed since
    return state is RequestState.DENIED and (answered_at is None or answered_at + ASK_AGAIN_AFTER <= now)
