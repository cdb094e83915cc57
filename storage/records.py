"""The frozen records that storage takes and returns; rows themselves cannot be used after their transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


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
    secret: str = field(repr=False)
    expires_at: datetime
    car_id: int = 0
    permissions: tuple[int, ...] = ()
    announced_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CarDetails:
    """What is known of a car; with `reports` None it was never asked."""

    name: str = field(repr=False)
    make: str
    model: str
    year: int | None
    connection: str | None
    permissions: tuple[int, ...]
    reports: tuple[str, ...] | None = None
    cannot: tuple[str, ...] = ()
    device_id: str | None = field(default=None, repr=False)
    owner: str | None = field(default=None, repr=False)
    """The wallet that owned the car when it was linked, in small letters."""
    vin_end: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Car:
    """A car of a home chat, at its position in the list."""

    chat_id: int
    car_id: int
    position: int
    share_expires_at: datetime | None
    details: CarDetails
    share_announced_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LinkPermission:
    """Whether a person may link an account; `asked_person_id` is None if nobody has been asked yet."""

    person_id: int
    state: str
    asked_person_id: int | None
    asked_at: datetime
    name: str = field(repr=False)
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LinkConsent:
    """What a chat would link if the asked chat says yes in time, because a home holds the account already."""

    id: str
    chat_id: int
    asked_chat_id: int
    expires_at: datetime
    home: Home
    token: Token
    cars: tuple[Car, ...]
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class StoredLanding:
    """The address on which a sign-in of this chat landed in a browser."""

    state_hash: str
    chat_id: int
    expires_at: datetime
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WaitingUpdate:
    """An update of Telegram, as JSON, that the process `instance` has received and not handled yet; 0 is nobody."""

    update_id: int
    person_id: int
    instance: int
    received_at: datetime
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question to one person, open or answered; a closed one `is_stale` while its message shows it as open."""

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
    about: str | None = field(default=None, repr=False)
    thread_id: int | None = None
    is_stale: bool = False


@dataclass(frozen=True, slots=True)
class ActionDetails:
    """The sealed part of an action."""

    action: str
    person_name: str = field(repr=False)
    car_name: str = field(repr=False)
    request_id: str | None = None
    reason: str | None = None
    via: str | None = None
    note: str | None = None
    reading_value: float | None = None
    reading_at: datetime | None = None
    opening_until: datetime | None = None
    still_open: tuple[str, ...] = ()
    closes: bool = False


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action in the journal, from its intent to its outcome; `shown_chat_id` has its message if another chat does.

    Each change that people are to be shown is a new version; `shown_version` is the one that they were shown last, in
    which the action was in `shown_state`.
    """

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
    thread_id: int | None = None
    shown_chat_id: int | None = None
    version: int = 0
    shown_version: int = -1


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """A code of a query; `description` is None until DIMO answered, and "" if there is none."""

    code: str = field(repr=False)
    description: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class CodeQueryDetails:
    """The sealed part of a query of error codes; older rows have `cleared_by` without `cleared_by_id`."""

    entries: tuple[CodeEntry, ...]
    source: str
    person_name: str | None = field(default=None, repr=False)
    cleared_by: str | None = field(default=None, repr=False)
    reason: str | None = None
    cleared_by_id: int | None = None
    sent_at: datetime | None = None
    """When the codes were last sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeQuery:
    """A query about error codes of a car; `id` is unique among the queries of the home chat's car."""

    chat_id: int
    car_id: int
    id: str
    person_id: int | None = None
    state: str
    asked_at: datetime
    dimo_at: datetime | None = None
    cleared_at: datetime | None = None
    clear_state: str | None = None
    tries: int = 0
    next_try_at: datetime | None = None
    shown_chat_id: int | None = None
    message_id: int | None = None
    thread_id: int | None = None
    details: CodeQueryDetails


@dataclass(frozen=True, slots=True)
class CodeWatchDetails:
    """The sealed part of a watch: codes reported and when, codes not to be reported, codes still to be reported."""

    told: tuple[tuple[str, datetime], ...] = field(default=(), repr=False)
    muted: tuple[str, ...] = field(default=(), repr=False)
    untold: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class CodeWatch:
    """A home chat's car that is checked for new error codes every `every_seconds`; never if that is 0."""

    chat_id: int
    car_id: int
    every_seconds: int
    next_look_at: datetime
    details: CodeWatchDetails


@dataclass(frozen=True, slots=True)
class Member:
    """A person who may use the cars of a home until `until`, or without end if that is None."""

    home_chat_id: int
    person_id: int
    role: str
    name: str = field(repr=False)
    until: datetime | None
    added_at: datetime
    added_by: int
    last_used_at: datetime | None = None
    end_told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccessChange:
    """Somebody gained access to a home, or lost it; of an end, `role` and `until` say nothing."""

    id: str
    home_chat_id: int
    person_id: int
    at: datetime
    kind: str
    name: str = field(repr=False)
    role: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is done to a car by itself; `next_run_at` is None while it is paused.

    `at` and `until` are minutes of the day, `days` are bits from Monday on.
    """

    id: str
    home_chat_id: int
    person_id: int
    car_id: int
    next_run_at: datetime | None
    created_at: datetime
    kind: str = field(repr=False)
    at: int = field(repr=False)
    until: int | None = field(repr=False)
    days: int = field(repr=False)
    person_name: str = field(repr=False)
    car_name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NoteWatch:
    """A car at which the bot looks for notes; `next_look_at` is None while nobody wants one."""

    home_chat_id: int
    car_id: int
    next_look_at: datetime | None
    details: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note for one person; `message_id` is None until it was sent."""

    id: str
    home_chat_id: int
    car_id: int
    person_id: int
    message_id: int | None
    version: int
    begun_at: datetime
    kind: str = field(repr=False)
    car_name: str = field(repr=False)
    since: datetime = field(repr=False)
    parts: tuple[str, ...] = field(default=(), repr=False)
    percent: float | None = field(default=None, repr=False)
    lock_helps: bool = field(default=False, repr=False)
    over_at: datetime | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class NoteChoice:
    """Whether a person takes notes, None if they never said so; and until when topics are muted, None for good."""

    person_id: int
    takes: bool | None = field(default=None, repr=False)
    muted: Mapping[str, datetime | None] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class LocationLook:
    """Somebody looked where a car was; the name is empty if the person was forgotten."""

    id: str
    home_chat_id: int
    person_id: int
    at: datetime
    name: str = field(repr=False)
    car_name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A role in a home for the first person who brings the code; `name` is the inviting person's.

    The access that it gives ends `lasts_seconds` after its use, or at `until`, or never.
    """

    id: str
    code_hash: str = field(repr=False)
    home_chat_id: int
    role: str
    lasts_seconds: int | None
    until: datetime | None
    created_by: int
    created_at: datetime
    expires_at: datetime
    name: str = field(repr=False)
    used_at: datetime | None = None
    used_by: int | None = None
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SharedChat:
    """A chat from which the cars of a home can be used; it may be attached to several homes."""

    chat_id: int
    home_chat_id: int
    kind: str
    attached_by: int
    attached_at: datetime
    title: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ChatChoice:
    """The car that a person chose in a chat."""

    chat_id: int
    person_id: int
    home_chat_id: int
    car_id: int


@dataclass(frozen=True, slots=True)
class Panel:
    """The message that is a chat's panel of a car, shown to this person last."""

    chat_id: int
    message_id: int
    thread_id: int | None
    home_chat_id: int
    car_id: int
    person_id: int
    page: str


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """A request, made in a chat, to use the cars of a home; `message_id` is the message to the home's owner."""

    home_chat_id: int
    person_id: int
    chat_id: int
    state: str
    asked_at: datetime
    name: str = field(repr=False)
    answered_at: datetime | None = None
    message_id: int | None = None
    thread_id: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """An announcement to a home, sent when it is due; `details` holds texts, numbers, truth values and None."""

    id: str
    home_chat_id: int
    kind: str
    due_at: datetime
    created_at: datetime
    details: Mapping[str, Any] = field(repr=False)
    claimed_by: int | None = None
    """The number of the process that announces it now."""


@dataclass(frozen=True, slots=True)
class HomeSettings:
    """The settings of a home; `details` holds texts, numbers, truth values and None."""

    home_chat_id: int
    details: Mapping[str, Any] = field(repr=False)
