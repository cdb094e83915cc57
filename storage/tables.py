"""The tables, as SQLModel classes; they stay inside this package, and callers get records.

Telegram's ids need 64 bits. `sealed` is always ciphertext of JSON, see `encryption/sealed_tables.py`.
Indexes over some of the rows are in `partial_indexes.py`.
"""

from datetime import datetime

from sqlalchemy import Index, false
from sqlmodel import Field

from storage import states
from storage.columns import Rows, ciphertext, keyed_hash, moment, number, number_key, one_of

METADATA = Rows.metadata

_ROLES = ("owner", "driver", "guest")


class Canaries(Rows, table=True):
    """A known text, encrypted under each key: at the start it shows whether the keys fit this database."""

    key_id: str = Field(primary_key=True)
    sealed: bytes = ciphertext()


class Facts(Rows, table=True):
    """Small values that are not secret."""

    name: str = Field(primary_key=True)
    value: str
    updated_at: datetime = moment()


class Handled(Rows, table=True):
    """Fingerprints of the taps and messages that were acted on."""

    key: str = Field(primary_key=True)
    at: datetime = moment(index=True)


class Homes(Rows, table=True):
    """Home chats; sealed: wallet, owner_name."""

    chat_id: int = number_key()
    owner_id: int = number()
    selected_car_id: int | None = number()
    linked_at: datetime = moment()
    wallet_hash: str | None = keyed_hash(of="wallet")
    sealed: bytes = ciphertext()


class Tokens(Rows, table=True):
    """Secrets of chats; sealed: secret, permissions."""

    __table_args__ = (one_of("kind", states.TokenKind),)

    chat_id: int = number_key()
    kind: str = Field(primary_key=True)
    car_id: int = number_key()
    expires_at: datetime = moment(index=True)
    announced_at: datetime | None = moment()
    sealed: bytes = ciphertext()


class Cars(Rows, table=True):
    """Cars of home chats; sealed: CarDetails."""

    chat_id: int = number_key()
    car_id: int = number_key()
    position: int
    share_expires_at: datetime | None = moment(index=True)
    share_announced_at: datetime | None = moment()
    sealed: bytes = ciphertext()


class LoginStates(Rows, table=True):
    """Hashes of the states of sign-in links, each usable once."""

    state_hash: str = Field(primary_key=True)
    chat_id: int = number(index=True)
    expires_at: datetime = moment(index=True)
    used_at: datetime | None = moment()


class Landings(Rows, table=True):
    """Landing addresses of sign-ins whose person is not back in the chat yet; sealed: the address, with its token."""

    state_hash: str = Field(primary_key=True)
    chat_id: int = number(index=True)
    expires_at: datetime = moment(index=True)
    sealed: bytes = ciphertext()


class LinkPermissions(Rows, table=True):
    """People who asked whether they may link an account; sealed: name."""

    __table_args__ = (one_of("state", states.LinkPermissionState),)

    person_id: int = number_key()
    state: str
    asked_person_id: int | None = number()
    asked_at: datetime = moment()
    answered_at: datetime | None = moment()
    sealed: bytes = ciphertext()


class LinkConsents(Rows, table=True):
    """Links that wait for a yes, for a quarter of an hour; sealed: what would be linked, with its token."""

    id: str = Field(primary_key=True)
    chat_id: int = number(index=True)
    asked_chat_id: int = number()
    message_id: int | None = number()
    expires_at: datetime = moment()
    sealed: bytes = ciphertext()


class Inbox(Rows, table=True):
    """Updates that are acknowledged to Telegram and not handled yet; sealed: what Telegram sent."""

    update_id: int = number_key()
    person_id: int = number()
    instance: int = number()
    received_at: datetime = moment()
    sealed: bytes = ciphertext()


class Prompts(Rows, table=True):
    """Questions; sealed: subject, about."""

    __table_args__ = (one_of("state", states.PromptState),)

    id: str = Field(primary_key=True)
    chat_id: int = number()
    home_chat_id: int = number(index=True)
    person_id: int = number(index=True)
    car_id: int | None = number()
    thread_id: int | None = number()
    message_id: int | None = number()
    state: str
    created_at: datetime = moment()
    expires_at: datetime = moment(index=True)
    is_stale: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    sealed: bytes = ciphertext()


class Actions(Rows, table=True):
    """The journal; sealed: ActionDetails. The database itself lets one action of a car be sending."""

    __table_args__ = (
        one_of("state", states.ActionState),
        Index("ix_actions_person", "person_id", "requested_at"),
        Index("ix_actions_car", "car_id", "requested_at"),
        Index("ix_actions_home", "home_chat_id", "requested_at"),
        Index("ix_actions_home_person", "home_chat_id", "person_id", "requested_at"),
        Index("ix_actions_action", "action_hash", "requested_at"),
    )

    id: str = Field(primary_key=True)
    home_chat_id: int = number()
    chat_id: int = number()
    thread_id: int | None = number()
    shown_chat_id: int | None = number()
    message_id: int | None = number()
    person_id: int = number()
    car_id: int = number()
    state: str
    instance: int | None = number()
    requested_at: datetime = moment()
    sent_at: datetime | None = moment()
    settled_at: datetime | None = moment()
    watch_until: datetime | None = moment()
    shown_state: str | None = Field(default=None)
    version: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    shown_version: int = Field(default=-1, sa_column_kwargs={"server_default": "-1"})
    action_hash: str | None = keyed_hash(of="action", within=("home_chat_id", "requested_at"), index=False)
    sealed: bytes = ciphertext()


class CodeQueries(Rows, table=True):
    """Queries of cars' error codes, and the answers; sealed: CodeQueryDetails."""

    __table_args__ = (
        one_of("state", states.CodeQueryState),
        one_of("clear_state", ("waiting", "delivered", "refused")),
        Index("ix_code_queries_car", "chat_id", "car_id", "asked_at"),
    )

    chat_id: int = number_key()
    car_id: int = number_key()
    id: str = Field(primary_key=True)
    person_id: int | None = number(index=True)
    state: str
    asked_at: datetime = moment()
    dimo_at: datetime | None = moment()
    cleared_at: datetime | None = moment()
    clear_state: str | None = Field(default=None)
    tries: int
    next_try_at: datetime | None = moment()
    shown_chat_id: int | None = number()
    thread_id: int | None = number()
    message_id: int | None = number()
    clearer_hash: str | None = keyed_hash(of="cleared_by_id")
    sealed: bytes = ciphertext()


class CodeWatches(Rows, table=True):
    """Cars that are checked for error codes from time to time; sealed: CodeWatchDetails."""

    chat_id: int = number_key()
    car_id: int = number_key()
    every_seconds: int
    next_look_at: datetime = moment(index=True)
    sealed: bytes = ciphertext()


class Members(Rows, table=True):
    """People who may use the cars of a home, besides its owner; sealed: name."""

    __table_args__ = (one_of("role", _ROLES),)

    home_chat_id: int = number_key()
    person_id: int = number_key(index=True)
    role: str
    until: datetime | None = moment()
    added_at: datetime = moment()
    added_by: int = number(index=True)
    last_used_at: datetime | None = moment()
    end_told_at: datetime | None = moment()
    sealed: bytes = ciphertext()


class Invitations(Rows, table=True):
    """Invitations to a home, each usable once; of the code only a hash is stored; sealed: name of the inviting person."""

    __table_args__ = (one_of("role", _ROLES),)

    id: str = Field(primary_key=True)
    code_hash: str = Field(unique=True)
    home_chat_id: int = number(index=True)
    role: str
    lasts_seconds: int | None
    until: datetime | None = moment()
    created_by: int = number(index=True)
    created_at: datetime = moment()
    expires_at: datetime = moment(index=True)
    used_at: datetime | None = moment()
    used_by: int | None = number(index=True)
    withdrawn_at: datetime | None = moment()
    sealed: bytes = ciphertext()


class SharedChats(Rows, table=True):
    """Chats from which the cars of a home can be used, besides the home chat; sealed: title."""

    __table_args__ = (one_of("kind", ("private", "group")),)

    chat_id: int = number_key()
    home_chat_id: int = number_key(index=True)
    kind: str
    attached_by: int = number(index=True)
    attached_at: datetime = moment()
    sealed: bytes = ciphertext()


class ChatChoices(Rows, table=True):
    """The car that a person chose in a chat; nothing about it is private."""

    chat_id: int = number_key()
    person_id: int = number_key(index=True)
    home_chat_id: int = number(index=True)
    car_id: int = number()


class Panels(Rows, table=True):
    """The newest panel of each chat, and which of its two keyboards it has; nothing about it is private."""

    __table_args__ = (one_of("page", ("main", "more")),)

    chat_id: int = number_key()
    message_id: int = number()
    thread_id: int | None = number()
    home_chat_id: int = number(index=True)
    car_id: int = number(index=True)
    person_id: int = number(index=True)
    page: str


class AccessChanges(Rows, table=True):
    """Who has gained or lost access to a home, and when; sealed: how, the name, the role and the end."""

    __table_args__ = (Index("ix_access_changes_home", "home_chat_id", "at"),)

    id: str = Field(primary_key=True)
    home_chat_id: int = number()
    person_id: int = number(index=True)
    at: datetime = moment()
    sealed: bytes = ciphertext()


class LocationLooks(Rows, table=True):
    """Who has looked where a car was, and when; sealed: the names of the person and the car."""

    __table_args__ = (Index("ix_location_looks_home", "home_chat_id", "at"),)

    id: str = Field(primary_key=True)
    home_chat_id: int = number()
    person_id: int = number(index=True)
    at: datetime = moment()
    sealed: bytes = ciphertext()


class Schedules(Rows, table=True):
    """What is done to cars by itself; paused without a next run. Sealed: what, when, who, and which car."""

    id: str = Field(primary_key=True)
    home_chat_id: int = number(index=True)
    person_id: int = number(index=True)
    car_id: int = number()
    next_run_at: datetime | None = moment(index=True)
    created_at: datetime = moment()
    sealed: bytes = ciphertext()


class NoteWatches(Rows, table=True):
    """Cars at which the bot looks for notes; sealed: what is known of the car."""

    home_chat_id: int = number_key()
    car_id: int = number_key()
    next_look_at: datetime | None = moment(index=True)
    sealed: bytes = ciphertext()


class Notes(Rows, table=True):
    """Notes that are not over, one for each person; sealed: what they say."""

    __table_args__ = (Index("ix_notes_car", "home_chat_id", "car_id"),)

    id: str = Field(primary_key=True)
    home_chat_id: int = number()
    car_id: int = number()
    person_id: int = number(index=True)
    message_id: int | None = number()
    version: int
    begun_at: datetime = moment(index=True)
    sealed: bytes = ciphertext()


class NoteChoices(Rows, table=True):
    """Which notes a person takes; sealed: whether any, and what is muted."""

    person_id: int = number_key()
    sealed: bytes = ciphertext()


class AccessRequests(Rows, table=True):
    """People who asked to use the cars of a home; sealed: name."""

    __table_args__ = (one_of("state", states.AccessRequestState),)

    home_chat_id: int = number_key()
    person_id: int = number_key(index=True)
    chat_id: int = number()
    state: str
    asked_at: datetime = moment()
    answered_at: datetime | None = moment(index=True)
    thread_id: int | None = number()
    message_id: int | None = number()
    sealed: bytes = ciphertext()


class HomeSettings(Rows, table=True):
    """The settings of a home; sealed: names and values."""

    home_chat_id: int = number_key()
    sealed: bytes = ciphertext()


class Events(Rows, table=True):
    """Announcements to homes that were not sent yet; sealed: details."""

    id: str = Field(primary_key=True)
    home_chat_id: int = number(index=True)
    kind: str
    due_at: datetime = moment(index=True)
    created_at: datetime = moment()
    claimed_by: int | None = number()
    sealed: bytes = ciphertext()


class Counters(Rows, table=True):
    """How often somebody made the bot do something, within a window of time; the key is a fingerprint."""

    key: str = Field(primary_key=True)
    ends_at: datetime = moment(index=True)
    count: int


# Core statements over these run in a third of the time of SQLModel's unit of work.
CANARIES = METADATA.tables["canaries"]
FACTS = METADATA.tables["facts"]
HANDLED = METADATA.tables["handled"]
INBOX = METADATA.tables["inbox"]
HOMES = METADATA.tables["homes"]
TOKENS = METADATA.tables["tokens"]
CARS = METADATA.tables["cars"]
LANDINGS = METADATA.tables["landings"]
LOGIN_STATES = METADATA.tables["login_states"]
LINK_PERMISSIONS = METADATA.tables["link_permissions"]
LINK_CONSENTS = METADATA.tables["link_consents"]
PROMPTS = METADATA.tables["prompts"]
ACTIONS = METADATA.tables["actions"]
CODE_QUERIES = METADATA.tables["code_queries"]
CODE_WATCHES = METADATA.tables["code_watches"]
MEMBERS = METADATA.tables["members"]
INVITATIONS = METADATA.tables["invitations"]
SHARED_CHATS = METADATA.tables["shared_chats"]
CHAT_CHOICES = METADATA.tables["chat_choices"]
PANELS = METADATA.tables["panels"]
ACCESS_CHANGES = METADATA.tables["access_changes"]
LOCATION_LOOKS = METADATA.tables["location_looks"]
SCHEDULES = METADATA.tables["schedules"]
NOTE_WATCHES = METADATA.tables["note_watches"]
NOTES = METADATA.tables["notes"]
NOTE_CHOICES = METADATA.tables["note_choices"]
ACCESS_REQUESTS = METADATA.tables["access_requests"]
HOME_SETTINGS = METADATA.tables["home_settings"]
EVENTS = METADATA.tables["events"]
COUNTERS = METADATA.tables["counters"]
