"""The log of actions as people read it."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.actions import Action
from bot.domain.ids import PersonId
from bot.domain.outcomes import State
from bot.domain.refusals import Reason

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
