"""The tables, as SQLModel classes; they stay inside this package, and callers get records.

Telegram's ids need 64 bits. `sealed` is always ciphertext of JSON, see `encryption/sealed_tables.py`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, MetaData, Table, TextClause, text
from sqlmodel import Field, SQLModel

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


def _key(*, index: bool = False) -> Any:  # noqa: ANN401 - SQLModel's fields have no type of their own
    """Make a number of Telegram or DIMO (a part of) the primary key."""
    return Field(sa_type=BigInteger, primary_key=True, index=index, sa_column_kwargs={"autoincrement": False})


def _number(*, index: bool = False) -> Any:  # noqa: ANN401 - see above
    """Make room for a number of Telegram or DIMO."""
    return Field(sa_type=BigInteger, index=index)


def _moment(*, index: bool = False) -> Any:  # noqa: ANN401 - see above
    return Field(sa_type=UtcDateTime, index=index)


def _sealed() -> Any:  # noqa: ANN401 - see above
    return Field(sa_type=LargeBinary)


class _Rows(SQLModel):
    metadata: ClassVar[MetaData] = METADATA


class CanaryTable(_Rows, table=True):
    """One known text for each key, by which the start checks whether the keys fit this database."""

    __tablename__ = "canaries"

    key_id: str = Field(primary_key=True)
    sealed: bytes = _sealed()


class FactTable(_Rows, table=True):
    """Small values that are not secret."""

    __tablename__ = "facts"

    name: str = Field(primary_key=True)
    value: str
    updated_at: datetime = _moment()


class HandledTable(_Rows, table=True):
    """Fingerprints of the taps and messages that were acted on."""

    __tablename__ = "handled"

    key: str = Field(primary_key=True)
    at: datetime = _moment(index=True)


class HomeTable(_Rows, table=True):
    """Home chats; sealed: wallet, owner_name."""

    __tablename__ = "homes"

    chat_id: int = _key()
    owner_id: int = _number()
    selected_car_id: int | None = _number()
    linked_at: datetime = _moment()
    sealed: bytes = _sealed()


class TokenTable(_Rows, table=True):
    """Secrets of chats; sealed: secret, permissions."""

    __tablename__ = "tokens"
    __table_args__ = (_one_of("kind", TokenKind),)

    chat_id: int = _key()
    kind: str = Field(primary_key=True)
    car_id: int = _key()
    expires_at: datetime = _moment(index=True)
    announced_at: datetime | None = _moment()
    sealed: bytes = _sealed()


class CarTable(_Rows, table=True):
    """Cars of home chats; sealed: CarDetails."""

    __tablename__ = "cars"

    chat_id: int = _key()
    car_id: int = _key()
    position: int
    share_expires_at: datetime | None = _moment(index=True)
    share_announced_at: datetime | None = _moment()
    sealed: bytes = _sealed()


class LoginStateTable(_Rows, table=True):
    """Hashes of the states of sign-in links, each usable once."""

    __tablename__ = "login_states"

    state_hash: str = Field(primary_key=True)
    chat_id: int = _number(index=True)
    expires_at: datetime = _moment()
    used_at: datetime | None = _moment()


class PromptTable(_Rows, table=True):
    """Questions; sealed: subject, about."""

    __tablename__ = "prompts"
    __table_args__ = (
        _one_of("state", PromptState),
        _partial("ix_prompts_open", "expires_at", where=text("state = 'open'")),
    )

    id: str = Field(primary_key=True)
    chat_id: int = _number()
    home_chat_id: int = _number()
    person_id: int = _number()
    car_id: int | None = _number()
    message_id: int | None = _number()
    state: str
    created_at: datetime = _moment()
    expires_at: datetime = _moment()
    sealed: bytes = _sealed()


class ActionTable(_Rows, table=True):
    """The journal; sealed: ActionDetails. The database itself lets one action of a car be sending."""

    __tablename__ = "actions"
    __table_args__ = (
        _one_of("state", ActionState),
        _partial("uq_actions_sending", "car_id", where=IS_SENDING, unique=True),
        _partial("ix_actions_unfinished", "car_id", "requested_at", where=IS_UNFINISHED),
        _partial("ix_actions_watched", "watch_until", where=text("watch_until IS NOT NULL")),
        Index("ix_actions_person", "person_id", "requested_at"),
        Index("ix_actions_car", "car_id", "requested_at"),
        Index("ix_actions_home", "home_chat_id", "requested_at"),
    )

    id: str = Field(primary_key=True)
    home_chat_id: int = _number()
    chat_id: int = _number()
    message_id: int | None = _number()
    person_id: int = _number()
    car_id: int = _number()
    state: str
    instance: int | None = _number()
    requested_at: datetime = _moment()
    sent_at: datetime | None = _moment()
    settled_at: datetime | None = _moment()
    watch_until: datetime | None = _moment()
    shown_state: str | None = Field(default=None)
    sealed: bytes = _sealed()


class CodeQueryTable(_Rows, table=True):
    """Queries of cars' error codes, and the answers; sealed: CodeQueryDetails."""

    __tablename__ = "code_queries"
    __table_args__ = (
        _one_of("state", CodeQueryState),
        _one_of("clear_state", ("waiting", "delivered", "refused")),
        Index("ix_code_queries_car", "chat_id", "car_id", "asked_at"),
        _partial("ix_code_queries_due", "next_try_at", where=text("next_try_at IS NOT NULL")),
        _partial("ix_code_queries_shown", "shown_chat_id", "message_id", where=text("message_id IS NOT NULL")),
    )

    chat_id: int = _key()
    car_id: int = _key()
    id: str = Field(primary_key=True)
    person_id: int | None = _number()
    state: str
    asked_at: datetime = _moment()
    dimo_at: datetime | None = _moment()
    cleared_at: datetime | None = _moment()
    clear_state: str | None = Field(default=None)
    tries: int
    next_try_at: datetime | None = _moment()
    shown_chat_id: int | None = _number()
    message_id: int | None = _number()
    sealed: bytes = _sealed()


class CodeWatchTable(_Rows, table=True):
    """Cars that are looked at for error codes from time to time; sealed: CodeWatchDetails."""

    __tablename__ = "code_watches"

    chat_id: int = _key()
    car_id: int = _key()
    every_seconds: int
    next_look_at: datetime = _moment(index=True)
    sealed: bytes = _sealed()


class MemberTable(_Rows, table=True):
    """People who may use the cars of a home, besides its owner; sealed: name."""

    __tablename__ = "members"
    __table_args__ = (
        _one_of("role", _ROLES),
        _partial("ix_members_untold", "until", where=END_IS_UNTOLD),
    )

    home_chat_id: int = _key()
    person_id: int = _key(index=True)
    role: str
    until: datetime | None = _moment()
    added_at: datetime = _moment()
    added_by: int = _number()
    last_used_at: datetime | None = _moment()
    end_told_at: datetime | None = _moment()
    sealed: bytes = _sealed()


class InvitationTable(_Rows, table=True):
    """Invitations to a home, each usable once; of its code only the hash is kept; sealed: name of who invites."""

    __tablename__ = "invitations"
    __table_args__ = (_one_of("role", _ROLES),)

    id: str = Field(primary_key=True)
    code_hash: str = Field(unique=True)
    home_chat_id: int = _number()
    role: str
    lasts_seconds: int | None
    until: datetime | None = _moment()
    created_by: int = _number()
    created_at: datetime = _moment()
    expires_at: datetime = _moment()
    used_at: datetime | None = _moment()
    used_by: int | None = _number()
    withdrawn_at: datetime | None = _moment()
    sealed: bytes = _sealed()


class SharedChatTable(_Rows, table=True):
    """Chats from which the cars of a home can be used, besides the home chat; sealed: title."""

    __tablename__ = "shared_chats"
    __table_args__ = (_one_of("kind", ("private", "group")),)

    chat_id: int = _key()
    home_chat_id: int = _key()
    kind: str
    attached_by: int = _number()
    attached_at: datetime = _moment()
    sealed: bytes = _sealed()


class ChatChoiceTable(_Rows, table=True):
    """Which car a chat means; nothing about it is private."""

    __tablename__ = "chat_choices"

    chat_id: int = _key()
    home_chat_id: int = _number()
    car_id: int = _number()


class AccessRequestTable(_Rows, table=True):
    """People who asked to use the cars of a home; sealed: name."""

    __tablename__ = "access_requests"
    __table_args__ = (_one_of("state", AccessRequestState),)

    home_chat_id: int = _key()
    person_id: int = _key()
    chat_id: int = _number()
    state: str
    asked_at: datetime = _moment()
    answered_at: datetime | None = _moment()
    message_id: int | None = _number()
    sealed: bytes = _sealed()


class HomeSettingsTable(_Rows, table=True):
    """What was set for a home; sealed: names and values."""

    __tablename__ = "home_settings"

    home_chat_id: int = _key()
    sealed: bytes = _sealed()


class EventTable(_Rows, table=True):
    """What a home is still to be told; sealed: details."""

    __tablename__ = "events"

    id: str = Field(primary_key=True)
    home_chat_id: int = _number()
    kind: str
    due_at: datetime = _moment(index=True)
    created_at: datetime = _moment()
    sealed: bytes = _sealed()


def _core(model: type[SQLModel]) -> Table:
    return METADATA.tables[str(model.__tablename__)]


# Core statements over these run in a third of the time of SQLModel's unit of work.
CANARIES = _core(CanaryTable)
FACTS = _core(FactTable)
HANDLED = _core(HandledTable)
HOMES = _core(HomeTable)
TOKENS = _core(TokenTable)
CARS = _core(CarTable)
LOGIN_STATES = _core(LoginStateTable)
PROMPTS = _core(PromptTable)
ACTIONS = _core(ActionTable)
CODE_QUERIES = _core(CodeQueryTable)
CODE_WATCHES = _core(CodeWatchTable)
MEMBERS = _core(MemberTable)
INVITATIONS = _core(InvitationTable)
SHARED_CHATS = _core(SharedChatTable)
CHAT_CHOICES = _core(ChatChoiceTable)
ACCESS_REQUESTS = _core(AccessRequestTable)
HOME_SETTINGS = _core(HomeSettingsTable)
EVENTS = _core(EventTable)
