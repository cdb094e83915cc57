"""The log as people read it: lines, and which of them are wanted."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.actions import Action
from bot.domain.ids import PersonId
from bot.domain.outcomes import State
from bot.domain.refusals import Reason

ANYBODY = PersonId(0)


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Whose lines are wanted, and about which action; None is every action."""

    person: PersonId = ANYBODY
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """Who did what, when, with which outcome; a person without a name was forgotten."""

    at: datetime
    person_name: str = field(repr=False)
    action: Action
    car_name: str = field(repr=False)
    state: State
    reason: Reason | None
    request_id: str | None
