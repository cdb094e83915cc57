"""The frozen records that storage takes and hands out; rows themselves die with their transaction."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Home:
    """A private chat in which somebody linked an account."""

    chat_id: int
    owner_id: int
    owner_name: str = field(repr=False)
    wallet: str | None = field(repr=False)
    selected_car_id: int | None
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """A secret of a chat; car_id 0 means no car, chat_id 0 the operator's license."""

    chat_id: int
    kind: str
    car_id: int
    secret: str = field(repr=False)
    permissions: tuple[int, ...]
    expires_at: datetime
    announced_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CarDetails:
    """What is known of a car; `reports` None means that the car was never asked."""

    name: str = field(repr=False)
    make: str
    model: str
    year: int | None
    connection: str | None
    permissions: tuple[int, ...]
    reports: tuple[str, ...] | None = None
    cannot: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Car:
    """A car of a home chat, at its position in the list."""

    chat_id: int
    car_id: int
    position: int
    share_expires_at: datetime | None
    share_announced_at: datetime | None
    details: CarDetails


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question that waits for one person's answer, or waited."""

    id: str
    chat_id: int
    home_chat_id: int
    person_id: int
    car_id: int | None
    message_id: int | None
    state: str
    created_at: datetime
    expires_at: datetime
    subject: str


@dataclass(frozen=True, slots=True)
class ActionDetails:
    """What the journal keeps sealed about an action."""

    action: str
    person_name: str = field(repr=False)
    car_name: str = field(repr=False)
    request_id: str | None = None
    reason: str | None = None
    via: str | None = None
    note: str | None = None
    reading_value: float | None = None
    reading_at: datetime | None = None
    open_door_at: datetime | None = None
    opening_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action in the journal, from its intent to its outcome."""

    id: str
    home_chat_id: int
    chat_id: int
    message_id: int | None
    person_id: int
    car_id: int
    state: str
    instance: int | None
    requested_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None
    watch_until: datetime | None
    details: ActionDetails
    shown_state: str | None = None
