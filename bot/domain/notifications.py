"""What an owner is told by itself of what others did, and of what became of the car."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.actions import Action
from bot.domain.ids import CarId
from bot.domain.outcomes import State
from bot.domain.roles import Role


@dataclass(frozen=True, slots=True)
class _ByPerson:
    """What somebody did with a car."""

    car: CarId
    car_name: str = field(repr=False)
    person_name: str = field(repr=False)
    action: Action


@dataclass(frozen=True, slots=True)
class Opening(_ByPerson):
    """Somebody else opened a car, or tried to; `state` is what is known of it."""

    at: datetime
    state: State


@dataclass(frozen=True, slots=True)
class LeftUnlocked(_ByPerson):
    """A car reported itself unlocked at `at`, and no lock since somebody opened it."""

    opened_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class MemberJoined:
    """Somebody took an invitation."""

    person_name: str = field(repr=False)
    role: Role
    until: datetime | None


@dataclass(frozen=True, slots=True)
class AccessEnded:
    """Somebody's access ended by itself."""

    person_name: str = field(repr=False)
    at: datetime


NewsItem = Opening | LeftUnlocked | MemberJoined | AccessEnded
