"""The tables; they stay inside this package, and callers get records.

Telegram's ids need 64 bits. `sealed` is always ciphertext of JSON, see `encryption/sealed_tables.py`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TextClause,
    text,
)

from storage.states import AccessRequestState, ActionState, CodeQueryState, PromptState, TokenKind
from storage.times import UtcDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
METADATA = MetaData(naming_convention=NAMING)

_ROLES = ("owner", "driver", "guest")

# Conditions of partial indexes; a query must use the same words to be answered from them.
IS_SENDING = text("state = 'sending'")
UNFINISHED = "state IN ('queued', 'sending')"
IS_UNFINISHED = text(UNFINISHED)
END_IS_UNTOLD = text("until IS NOT NULL AND end_told_at IS NULL")


def _partial(name: str, *columns: str, where: TextClause, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _one_of(name: str, values: Iterable[str]) -> CheckConstraint:
    return CheckConstraint(f"{name} IN ({', '.join(map(repr, map(str, values)))})", name=name)


def _key(name: str) -> Column[int]:
    """A number of Telegram or DIMO as (a part of) the primary key."""
    return Column(name, BigInteger, primary_key=True, autoincrement=False)


def _text_key(name: str) -> Column[str]:
    return Column(name, String, primary_key=True)


def _number(name: str, *, nullable: bool = False) -> Column[int]:
    """A number of Telegram or DIMO."""
    return Column(name, BigInteger, nullable=nullable)


def _text(name: str, **options: Any) -> Column[str]:  # noqa: ANN401 - options of Column
    return Column(name, String, **{"nullable": False, **options})


def _moment(name: str, *, nullable: bool = False, index: bool = False) -> Column[datetime]:
    return Column(name, UtcDateTime, nullable=nullable, index=index)


def _sealed() -> Column[bytes]:
    return Column("sealed", LargeBinary, nullable=False)


# One known text for each key, by which the start checks whether the keys fit this database.
CANARIES = Table("canaries", METADATA, _text_key("key_id"), _sealed())

# Small values that are not secret.
FACTS = Table("facts", METADATA, _text_key("name"), _text("value"), _moment("updated_at"))

# Fingerprints of the taps and messages that were acted on.
HANDLED = Table("handled", METADATA, _text_key("key"), _moment("at", index=True))

# Home chats; sealed: wallet, owner_name.
HOMES = Table(
    "homes",
    METADATA,
    _key("chat_id"),
    _number("owner_id"),
    _number("selected_car_id", nullable=True),
    _moment("linked_at"),
    _sealed(),
)

# Secrets of chats; sealed: secret, permissions.
TOKENS = Table(
    "tokens",
    METADATA,
    _key("chat_id"),
    _text_key("kind"),
    _key("car_id"),
    _moment("expires_at", index=True),
    _moment("announced_at", nullable=True),
    _sealed(),
    _one_of("kind", TokenKind),
)

# Cars of home chats; sealed: CarDetails.
CARS = Table(
    "cars",
    METADATA,
    _key("chat_id"),
    _key("car_id"),
    Column("position", Integer, nullable=False),
    _moment("share_expires_at", nullable=True, index=True),
    _moment("share_announced_at", nullable=True),
    _sealed(),
)

# Hashes of the states of sign-in links, each usable once.
LOGIN_STATES = Table(
    "login_states",
    METADATA,
    _text_key("state_hash"),
    Column("chat_id", BigInteger, nullable=False, index=True),
    _moment("expires_at"),
    _moment("used_at", nullable=True),
)

# Questions; sealed: subject, about.
PROMPTS = Table(
    "prompts",
    METADATA,
    _text_key("id"),
    _number("chat_id"),
    _number("home_chat_id"),
    _number("person_id"),
    _number("car_id", nullable=True),
    _number("message_id", nullable=True),
    _text("state"),
    _moment("created_at"),
    _moment("expires_at"),
    _sealed(),
    _one_of("state", PromptState),
    _partial("ix_prompts_open", "expires_at", where=text("state = 'open'")),
)

# The journal; sealed: ActionDetails. The database itself lets one action of a car be sending.
ACTIONS = Table(
    "actions",
    METADATA,
    _text_key("id"),
    _number("home_chat_id"),
    _number("chat_id"),
    _number("message_id", nullable=True),
    _number("person_id"),
    _number("car_id"),
    _text("state"),
    _number("instance", nullable=True),
    _moment("requested_at"),
    _moment("sent_at", nullable=True),
    _moment("settled_at", nullable=True),
    _moment("watch_until", nullable=True),
    _text("shown_state", nullable=True),
    _sealed(),
    _one_of("state", ActionState),
    _partial("uq_actions_sending", "car_id", where=IS_SENDING, unique=True),
    _partial("ix_actions_unfinished", "car_id", "requested_at", where=IS_UNFINISHED),
    _partial("ix_actions_watched", "watch_until", where=text("watch_until IS NOT NULL")),
    Index("ix_actions_person", "person_id", "requested_at"),
    Index("ix_actions_car", "car_id", "requested_at"),
    Index("ix_actions_home", "home_chat_id", "requested_at"),
)

# Queries of cars' error codes, and the answers; sealed: CodeQueryDetails.
CODE_QUERIES = Table(
    "code_queries",
    METADATA,
    _key("chat_id"),
    _key("car_id"),
    _text_key("id"),
    _number("person_id", nullable=True),
    _text("state"),
    _moment("asked_at"),
    _moment("dimo_at", nullable=True),
    _moment("cleared_at", nullable=True),
    _text("clear_state", nullable=True),
    Column("tries", Integer, nullable=False),
    _moment("next_try_at", nullable=True),
    _number("shown_chat_id", nullable=True),
    _number("message_id", nullable=True),
    _sealed(),
    _one_of("state", CodeQueryState),
    _one_of("clear_state", ("waiting", "delivered", "refused")),
    Index("ix_code_queries_car", "chat_id", "car_id", "asked_at"),
    _partial("ix_code_queries_due", "next_try_at", where=text("next_try_at IS NOT NULL")),
    _partial("ix_code_queries_shown", "shown_chat_id", "message_id", where=text("message_id IS NOT NULL")),
)

# Cars that are checked for error codes from time to time; sealed: CodeWatchDetails.
CODE_WATCHES = Table(
    "code_watches",
    METADATA,
    _key("chat_id"),
    _key("car_id"),
    Column("every_seconds", Integer, nullable=False),
    _moment("next_look_at", index=True),
    _sealed(),
)

# People who may use the cars of a home; sealed: name.
MEMBERS = Table(
    "members",
    METADATA,
    _key("home_chat_id"),
    Column("person_id", BigInteger, primary_key=True, autoincrement=False, index=True),
    _text("role"),
    _moment("until", nullable=True),
    _moment("added_at"),
    _number("added_by"),
    _moment("last_used_at", nullable=True),
    _moment("end_told_at", nullable=True),
    _sealed(),
    _one_of("role", _ROLES),
    _partial("ix_members_untold", "until", where=END_IS_UNTOLD),
)

# Invitations to a home, each usable once; sealed: name of who invites. Of the code only the hash is stored.
INVITATIONS = Table(
    "invitations",
    METADATA,
    _text_key("id"),
    _text("code_hash", unique=True),
    _number("home_chat_id"),
    _text("role"),
    Column("lasts_seconds", Integer),
    _moment("until", nullable=True),
    _number("created_by"),
    _moment("created_at"),
    _moment("expires_at"),
    _moment("used_at", nullable=True),
    _number("used_by", nullable=True),
    _moment("withdrawn_at", nullable=True),
    _sealed(),
    _one_of("role", _ROLES),
)

# Chats, besides the home chat, from which the cars of a home can be used; sealed: title.
SHARED_CHATS = Table(
    "shared_chats",
    METADATA,
    _key("chat_id"),
    _key("home_chat_id"),
    _text("kind"),
    _number("attached_by"),
    _moment("attached_at"),
    _sealed(),
    _one_of("kind", ("private", "group")),
)

# The car that a chat chose; nothing about it is private.
CHAT_CHOICES = Table("chat_choices", METADATA, _key("chat_id"), _number("home_chat_id"), _number("car_id"))

# People who asked to use the cars of a home; sealed: name.
ACCESS_REQUESTS = Table(
    "access_requests",
    METADATA,
    _key("home_chat_id"),
    _key("person_id"),
    _number("chat_id"),
    _text("state"),
    _moment("asked_at"),
    _moment("answered_at", nullable=True),
    _number("message_id", nullable=True),
    _sealed(),
    _one_of("state", AccessRequestState),
)

# The settings of a home; sealed: names and values.
HOME_SETTINGS = Table("home_settings", METADATA, _key("home_chat_id"), _sealed())

# What a home is still to be told; sealed: details.
EVENTS = Table(
    "events",
    METADATA,
    _text_key("id"),
    _number("home_chat_id"),
    _text("kind"),
    _moment("due_at", index=True),
    _moment("created_at"),
    _sealed(),
)
