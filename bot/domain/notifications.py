"""News that an owner is told without asking: about other people, and about the state of the car."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.actions import Action
from bot.domain.ids import CarId
from bot.domain.outcomes import State
from bot.domain.roles import Role


@dataclass(frozen=True, slots=True)
class Opening:
    """Another person opened a car, or tried to; or closed its trunk, if it `closes`."""

    car: CarId
    car_name: str = field(repr=False)
    person_name: str = field(repr=False)
    action: Action
    at: datetime
    state: State
    closes: bool = False


@dataclass(frozen=True, slots=True)
class MemberJoined:
    """Somebody has joined by an invitation."""

    person_name: str = field(repr=False)
    role: Role
    until: datetime | None


@dataclass(frozen=True, slots=True)
class AccessEnded:
    """Somebody's access has ended by itself."""

    person_name: str = field(repr=False)
    at: datetime


NewsItem = Opening | MemberJoined | AccessEnded


@dataclass(frozen=True, slots=True)
class News:
    """What an owner is told in one message."""

    items: tuple[NewsItem, ...]


@dataclass(frozen=True, slots=True)
class CarLeft:
    """A car has another owner at DIMO and can't be used from here any more."""

    car_name: str = field(repr=False)
    is_owner: bool
    """Whether the reader is the owner of the home that it left."""


class HowEnded(StrEnum):
    """Why somebody's access has ended."""

    TIME = "time"
    """The end that was set for it has come."""
    REMOVED = "removed"
    UNLINKED = "unlinked"
    """The owner has disconnected the cars."""


@dataclass(frozen=True, slots=True)
class AccessLost:
    """Sent to the person whose access has ended; a group also needs their name, the private chat does not."""

    owner_name: str = field(repr=False)
    person_name: str | None = field(default=None, repr=False)
    how: HowEnded = HowEnded.TIME
