"""The log as people read it: what was done with the cars, and whose access began or ended."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from bot.domain.actions import Action
from bot.domain.ids import PersonId
from bot.domain.outcomes import State
from bot.domain.refusals import Reason
from bot.domain.roles import Role

ANYBODY = PersonId(0)


@dataclass(frozen=True, slots=True)
class LogFilter:
    """The lines of one person, or of anybody, about one action, or about every action."""

    person: PersonId = ANYBODY
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """Who did what, when, with which outcome; the name is empty if the person was forgotten."""

    at: datetime
    person_name: str = field(repr=False)
    action: Action
    car_name: str = field(repr=False)
    state: State
    reason: Reason | None
    request_id: str | None
    closes: bool = False
    """Whether it was to close a lid that was reported open."""


class AccessChange(StrEnum):
    """How somebody's access to a home changed."""

    JOINED = "joined"
    ENDED = "ended"
    """By itself, or because the home was unlinked."""
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class AccessLine:
    """Whose access began or ended, and when; of a beginning also the role and the end."""

    at: datetime
    person_name: str = field(repr=False)
    change: AccessChange
    role: Role | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class LookLine:
    """Who looked where a car was, and when; the name is empty if the person was forgotten."""

    at: datetime
    person_name: str = field(repr=False)
    car_name: str = field(repr=False)


AnyLine: TypeAlias = LogLine | AccessLine | LookLine
