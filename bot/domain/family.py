"""The people of a home: how long their access lasts, invitations, and requests for access."""

import calendar
import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from urllib.parse import unquote

from bot import lengths
from bot.domain.ids import ChatId, InvitationId, PersonId, ThreadId
from bot.domain.roles import Role, has_ended

INVITATION_LIFETIME = timedelta(hours=24)
GRANTED_ROLES = (Role.DRIVER, Role.GUEST)
"""The roles that an owner can give; the only owner of a home is the person who linked it."""

LONGEST_ACCESS = timedelta(days=3 * 366)


class AccessLength(StrEnum):
    """How long access lasts, as the buttons offer it."""

    ALWAYS = "always"
    HOUR = "hour"
    DAY = "day"
    WEEKEND = "weekend"
    DATE = "date"
    """Until a date that the owner types."""


_SPANS: Mapping[AccessLength, timedelta] = {AccessLength.HOUR: timedelta(hours=1), AccessLength.DAY: timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Term:
    """How long access lasts: for a span from its beginning, until a moment, or without an end."""

    span: timedelta | None = None
    until: datetime | None = None

    def end(self, beginning: datetime) -> datetime | None:
        """Return when access that begins at this moment ends; None if it does not end."""
        return beginning + self.span if self.span is not None else self.until


def term_of(length: AccessLength, *, now: datetime, zone: tzinfo) -> Term:
    """Return the term that a choice means now; raises ValueError for DATE, which only a typed text makes a term."""
    if length is AccessLength.DATE:
        raise ValueError("a date has to be typed")
    if length is AccessLength.WEEKEND:
        return Term(until=end_of_weekend(now, zone))
    return Term(span=_SPANS.get(length))


def end_of_weekend(now: datetime, zone: tzinfo) -> datetime:
    """Return the end of this week's Sunday in UTC; on a Sunday that is today."""
    today = now.astimezone(zone).date()
    monday = today + timedelta(days=7 - today.weekday())
    return _moment(monday, time(), zone)


def _moment(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


_DATES = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"),
    re.compile(r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.?(?:\s?(?P<year>\d{4}))?"),
    re.compile(r"(?P<day>\d{1,2})\.?\s?(?P<month>[a-z]{3,9})\.?(?:\s(?P<year>\d{4}))?"),
    re.compile(r"(?P<month>[a-z]{3,9})\.?\s(?P<day>\d{1,2})(?:,?\s(?P<year>\d{4}))?"),
)
_TIME = re.compile(r"(?<![\s,])[\s,]++(?:at\s)?(?P<hour>\d{1,2})[:.](?P<minute>\d{2})$")
_MONTHS = [name.lower() for name in calendar.month_name]


def read_until(text: str, *, now: datetime, zone: tzinfo) -> datetime | None:
    """Read a date as people type it, with or without a time; None for anything else, and for dates past or far ahead.

    Takes 2026-12-24, 24.12., 24.12.2026, 24 Dec, Dec 24, 24 December 2026, tomorrow; each with "18:30" behind it. A
    date without a time lasts to its end; one without a year is the next such day. Returns UTC.
    """
    if len(text) > lengths.DATE:
        return None
    text = " ".join(text.lower().split())
    at = _TIME.search(text)
    try:
        day = _day(text[: at.start()] if at else text, now.astimezone(zone).date())
        clock = time(int(at["hour"]), int(at["minute"])) if at else time()
        until = _moment(day if at else day + timedelta(days=1), clock, zone)
    except (ValueError, OverflowError):
        return None
    return until if now < until <= now + LONGEST_ACCESS else None


def _day(text: str, today: date) -> date:
    """Read a day that is not past; raises ValueError."""
    if text in {"today", "tomorrow"}:
        return today + timedelta(days=text == "tomorrow")
    found = next((match for form in _DATES if (match := form.fullmatch(text))), None)
    if found is None:
        raise ValueError("no date")
    day, month = int(found["day"]), _month(found["month"])
    # Without a year it is the next such day; the next 29 February may be years away.
    for year in [int(found["year"])] if found["year"] else range(today.year, today.year + 5):
        with contextlib.suppress(ValueError):
            if (candidate := date(year, month, day)) >= today:
                return candidate
    raise ValueError("no such day")


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    (month,) = (number for number, name in enumerate(_MONTHS) if name.startswith(text))  # ValueError if not one
    return month


JOIN_PREFIX = "join_"
"""The prefix of the code in an invitation's link."""
_CODE = "[A-Za-z0-9_-]{21}[AQgw]"  # 128 bits in base64url
_JOIN = re.compile(rf"(?<![A-Za-z0-9_-]){JOIN_PREFIX}({_CODE})")
_CUT = re.compile(rf"[?&;]start={JOIN_PREFIX}([A-Za-z0-9_-]{{0,64}})")
_LONGEST_WITH_A_CODE = 4096
_AROUND_A_CODE = "\"'`“”„«»<>()[].,:;!?"


@dataclass(frozen=True, slots=True)
class SentCode:
    """The code of an invitation in a text that somebody sent."""

    code: str = field(repr=False)
    is_certain: bool
    """Whether the text says that it is one, instead of just having its form."""


def sent_code(text: str) -> SentCode | None:
    """Find the code of an invitation in a text: in its link, however that is written, behind "join_", or alone."""
    text = unquote(text[:_LONGEST_WITH_A_CODE])
    together = "".join(text.split())
    if found := _JOIN.search(text) or _JOIN.search(together) or _CUT.search(together):
        return SentCode(found[1], is_certain=True)
    alone = (word for one in text.split() if re.fullmatch(_CODE, word := one.strip(_AROUND_A_CODE)))
    return next((SentCode(word, is_certain=False) for word in alone), None)


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation as the owner sees it in a list."""

    id: InvitationId
    role: Role
    term: Term
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """A person whose access to the owner's cars lasts, or has ended."""

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
"""How long after a denial the same person can ask the owner again."""


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody in a chat asks for access to an owner's cars."""

    home: ChatId
    person: PersonId
    name: str = field(repr=False)
    chat: ChatId
    chat_title: str = field(repr=False)
    thread: ThreadId | None = None
    """The topic in which they asked, if the chat has topics."""


def may_ask_again(state: RequestState, answered_at: datetime | None, *, now: datetime) -> bool:
    """Return whether the person of an answered request may ask the owner again."""
    if state is RequestState.ALLOWED:
        return True  # they have been removed since
    return state is RequestState.DENIED and (answered_at is None or answered_at + ASK_AGAIN_AFTER <= now)
