"""Queries about error codes as people see them, and what a watch of a car counts as new."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.codes import known_as
from bot.domain.ids import CarId, ChatId, CodeQueryId
from bot.domain.refusals import Reason
from bot.domain.reports import CarReport

WATCH_INTERVALS = tuple(timedelta(hours=hours) for hours in (1, 6, 24))
"""How often a car can be checked for new codes; the middle one is the default."""


class Delivery(StrEnum):
    """Whether codes, or their clearing, have reached DIMO."""

    DRAFT = "draft"
    """Offered to people, and not sent by anybody yet."""
    WAITING = "waiting"
    DELIVERED = "delivered"
    REFUSED = "refused"
    """DIMO refused them for good; they stay in the bot's record."""


class Source(StrEnum):
    """Where codes came from."""

    TYPED = "typed"
    CAR = "car"
    DIMO = "dimo"
    """They are in DIMO's history, and the bot did not send them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One code, with DIMO's explanation if there is one; both can be any text."""

    code: str
    explanation: str | None = field(default=None, repr=False)
    is_from_before: bool = False
    """Whether DIMO gave the explanation in an earlier query about the same code."""


@dataclass(frozen=True, slots=True)
class CodeQuery:
    """Codes of one car that were asked about together."""

    id: CodeQueryId
    entries: tuple[Entry, ...]
    source: Source
    delivery: Delivery
    asked_at: datetime
    asked_by: str | None = field(default=None, repr=False)
    cleared_at: datetime | None = None
    cleared_by: str | None = field(default=None, repr=False)
    clearing: Delivery | None = None
    """Whether the clearing has reached DIMO; None if nobody cleared the codes from here."""
    reason: Reason | None = None
    """Why the last attempt to reach DIMO failed."""
    is_given_up: bool = False
    """Whether it is tried again only when a person asks for it."""

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes alone."""
        return tuple(entry.code for entry in self.entries)

    @property
    def is_waiting(self) -> bool:
        """Whether the codes or their clearing have yet to reach DIMO."""
        return Delivery.WAITING in {self.delivery, self.clearing}

    @property
    def is_held_up(self) -> bool:
        """Whether they could not reach DIMO and can be sent again."""
        return self.is_waiting and self.reason is not None

    @property
    def progress(self) -> tuple[Delivery, Delivery | None, Reason | None]:
        """How far the codes and their clearing have come on their way to DIMO."""
        return self.delivery, self.clearing, self.reason


@dataclass(frozen=True, slots=True)
class CodesView:
    """One query of a car's history as a person sees it; `query` is None if there is no history."""

    home: ChatId
    car: CarId
    car_name: str = field(repr=False)
    query: CodeQuery | None
    older: CodeQueryId | None = None
    newer: CodeQueryId | None = None
    may_write: bool = False
    may_watch: bool = False
    is_continued: bool = False
    """Whether another message shows the result of the query."""
    is_elsewhere: bool = False
    """Whether that message is in another chat, which not everybody here may see."""
    reported: CarReport | None = None
    """What the car reported a moment ago."""


@dataclass(frozen=True, slots=True)
class FromCar:
    """The codes that a car itself reports; `new` are those that the newest query does not contain."""

    car: CarId
    car_name: str = field(repr=False)
    report: CarReport
    new: tuple[str, ...] = ()
    offer: CodeQueryId | None = None
    """The draft of the new codes, for a person who may send it."""


@dataclass(frozen=True, slots=True)
class NewCodes:
    """Codes that a watched car reports for the first time."""

    car: CarId
    car_name: str = field(repr=False)
    codes: tuple[str, ...]
    reported_at: datetime | None
    offer: CodeQueryId


@dataclass(frozen=True, slots=True)
class WatchSetting:
    """How often a car is checked for new codes; `every` is None if never."""

    car: CarId
    car_name: str = field(repr=False)
    every: timedelta | None = None
    muted: tuple[str, ...] = ()
    report: CarReport | None = None
    """What the car reports now, if it was asked."""
    unreadable: Reason | None = None
    """Why its report is not available."""


def new_since(reported: Iterable[str], newest: CodeQuery | None) -> list[str]:
    """Return the reported codes that the newest query does not contain; a cleared query contains none."""
    asked = newest.codes if newest is not None and newest.cleared_at is None else ()
    known = {known_as(code) for code in asked}  # other apps write them in their own way
    return [code for code in reported if code not in known]


FORGOTTEN_AFTER = timedelta(days=30)
"""How long after its last report a code counts as new again when it comes back."""


def new_codes(
    reported: Iterable[str], seen: Mapping[str, datetime], muted: Iterable[str], *, now: datetime
) -> tuple[str, ...]:
    """Return the reported codes that a watch has not seen recently, and that are not muted."""
    quiet = {*muted, *(code for code, at in seen.items() if at + FORGOTTEN_AFTER >= now)}
    return tuple(code for code in reported if code not in quiet)


def seen_codes(
    reported: Iterable[str], seen: Mapping[str, datetime], *, now: datetime
) -> tuple[tuple[str, datetime], ...]:
    """Return the codes that a watch has seen recently, each with the time of the last report of it."""
    kept = {code: at for code, at in seen.items() if at + FORGOTTEN_AFTER >= now}
    return tuple({**kept, **dict.fromkeys(reported, now)}.items())
