"""The tables, as SQLModel classes; they stay inside this package, records go out.

Telegram's ids need 64 bits. `sealed` is always ciphertext of JSON, see sealing.py.
"""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, MetaData, Table, TextClause, text
from sqlmodel import Field, SQLModel

from storage.times import UtcDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
METADATA = MetaData(naming_convention=NAMING)

# Conditions of partial indexes; a query must say the same words to be answered from them.
IS_OPEN = text("state = 'open'")
IS_SENDING = text("state = 'sending'")
UNFINISHED = "state IN ('queued', 'sending')"
IS_UNFINISHED = text(UNFINISHED)
IS_WATCHED = text("watch_until IS NOT NULL")
IS_TRIED_AGAIN = text("next_try_at IS NOT NULL")
IS_SHOWN = text("message_id IS NOT NULL")
END_IS_UNTOLD = text("until IS NOT NULL AND end_told_at IS NULL")


def _partial(name: str, *columns: str, where: TextClause, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


class _Rows(SQLModel):
    metadata: ClassVar[MetaData] = METADATA


class CanaryTable(_Rows, table=True):
    """One known text per key, to tell at start whether the keys fit this database."""

    __tablename__ = "canaries"

    key_id: str = Field(primary_key=True)
    sealed: bytes = Field(sa_type=LargeBinary)


class FactTable(_Rows, table=True):
    """Small facts that are no secret."""

    __tablename__ = "facts"

    name: str = Field(primary_key=True)
    value: str
    updated_at: datetime = Field(sa_type=UtcDateTime)


class HandledTable(_Rows, table=True):
    """Fingerprints of the taps and messages that were acted on."""

    __tablename__ = "handled"

    key: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)


class HomeTable(_Rows, table=True):
    """Home chats; sealed: wallet, owner_name."""

    __tablename__ = "homes"

    chat_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    owner_id: int = Field(sa_type=BigInteger)
    selected_car_id: int | None = Field(sa_type=BigInteger)
    linked_at: datetime = Field(sa_type=UtcDateTime)
    sealed: bytes = Field(sa_type=LargeBinary)


class TokenTable(_Rows, table=True):
    """Secrets of chats; sealed: secret, permissions."""

    __tablename__ = "tokens"
    __table_args__ = (CheckConstraint("kind IN ('user', 'developer', 'vehicle')", name="kind"),)

    chat_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(primary_key=True)
    car_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    announced_at: datetime | None = Field(sa_type=UtcDateTime)
    sealed: bytes = Field(sa_type=LargeBinary)


class CarTable(_Rows, table=True):
    """Cars of home chats; sealed: CarDetails."""

    __tablename__ = "cars"

    chat_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    car_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    position: int
    share_expires_at: datetime | None = Field(sa_type=UtcDateTime, index=True)
    share_announced_at: datetime | None = Field(sa_type=UtcDateTime)
    sealed: bytes = Field(sa_type=LargeBinary)


class LoginStateTable(_Rows, table=True):
    """Hashes of the states of sign-in links, each usable once."""

    __tablename__ = "login_states"

    state_hash: str = Field(primary_key=True)
    chat_id: int = Field(sa_type=BigInteger, index=True)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(sa_type=UtcDateTime)


class PromptTable(_Rows, table=True):
    """Questions; sealed: subject, about."""

    __tablename__ = "prompts"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'confirmed', 'cancelled', 'expired')", name="state"),
        _partial("ix_prompts_open", "expires_at", where=IS_OPEN),
    )

    id: str = Field(primary_key=True)
    chat_id: int = Field(sa_type=BigInteger)
    home_chat_id: int = Field(sa_type=BigInteger)
    person_id: int = Field(sa_type=BigInteger)
    car_id: int | None = Field(sa_type=BigInteger)
    message_id: int | None = Field(sa_type=BigInteger)
    state: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    sealed: bytes = Field(sa_type=LargeBinary)


class ActionTable(_Rows, table=True):
    """The journal; sealed: ActionDetails. The database itself lets one action per car be under way."""

    __tablename__ = "actions"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued', 'sending', 'accepted', 'confirmed', 'not_confirmed', 'refused', 'unknown')",
            name="state",
        ),
        _partial("uq_actions_sending", "car_id", where=IS_SENDING, unique=True),
        _partial("ix_actions_unfinished", "car_id", "requested_at", where=IS_UNFINISHED),
        _partial("ix_actions_watched", "watch_until", where=IS_WATCHED),
        Index("ix_actions_person", "person_id", "requested_at"),
        Index("ix_actions_car", "car_id", "requested_at"),
        Index("ix_actions_home", "home_chat_id", "requested_at"),
    )

    id: str = Field(primary_key=True)
    home_chat_id: int = Field(sa_type=BigInteger)
    chat_id: int = Field(sa_type=BigInteger)
    message_id: int | None = Field(sa_type=BigInteger)
    person_id: int = Field(sa_type=BigInteger)
    car_id: int = Field(sa_type=BigInteger)
    state: str
    instance: int | None = Field(sa_type=BigInteger)
    requested_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(sa_type=UtcDateTime)
    watch_until: datetime | None = Field(sa_type=UtcDateTime)
    shown_state: str | None = Field(default=None)
    sealed: bytes = Field(sa_type=LargeBinary)


class CodeQueryTable(_Rows, table=True):
    """What was asked about error codes of cars, and what came back; sealed: CodeQueryDetails."""

    __tablename__ = "code_queries"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'waiting', 'delivered', 'refused')", name="state"),
        CheckConstraint("clear_state IN ('waiting', 'delivered', 'refused')", name="clear_state"),
        Index("ix_code_queries_car", "chat_id", "car_id", "asked_at"),
        _partial("ix_code_queries_due", "next_try_at", where=IS_TRIED_AGAIN),
        _partial("ix_code_queries_shown", "shown_chat_id", "message_id", where=IS_SHOWN),
    )

    chat_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    car_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    id: str = Field(primary_key=True)
    person_id: int | None = Field(sa_type=BigInteger)
    state: str
    asked_at: datetime = Field(sa_type=UtcDateTime)
    dimo_at: datetime | None = Field(sa_type=UtcDateTime)
    cleared_at: datetime | None = Field(sa_type=UtcDateTime)
    clear_state: str | None = Field(default=None)
    tries: int
    next_try_at: datetime | None = Field(sa_type=UtcDateTime)
    shown_chat_id: int | None = Field(sa_type=BigInteger)
    message_id: int | None = Field(sa_type=BigInteger)
    sealed: bytes = Field(sa_type=LargeBinary)


class CodeWatchTable(_Rows, table=True):
    """Cars that are looked at for error codes from time to time; sealed: CodeWatchDetails."""

    __tablename__ = "code_watches"

    chat_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    car_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    every_seconds: int
    next_look_at: datetime = Field(sa_type=UtcDateTime, index=True)
    sealed: bytes = Field(sa_type=LargeBinary)


class MemberTable(_Rows, table=True):
    """People who may use the cars of a home, besides its owner; sealed: name."""

    __tablename__ = "members"
    __table_args__ = (
        CheckConstraint("role IN ('owner', 'driver', 'guest')", name="role"),
        _partial("ix_members_untold", "until", where=END_IS_UNTOLD),
    )

    home_chat_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    person_id: int = Field(sa_type=BigInteger, primary_key=True, index=True, sa_column_kwargs={"autoincrement": False})
    role: str
    until: datetime | None = Field(sa_type=UtcDateTime)
    added_at: datetime = Field(sa_type=UtcDateTime)
    added_by: int = Field(sa_type=BigInteger)
    last_used_at: datetime | None = Field(sa_type=UtcDateTime)
    end_told_at: datetime | None = Field(sa_type=UtcDateTime)
    sealed: bytes = Field(sa_type=LargeBinary)


class InvitationTable(_Rows, table=True):
    """Invitations to a home, each usable once; of its code only the hash is kept; sealed: name of who invites."""

    __tablename__ = "invitations"
    __table_args__ = (CheckConstraint("role IN ('owner', 'driver', 'guest')", name="role"),)

    id: str = Field(primary_key=True)
    code_hash: str = Field(unique=True)
    home_chat_id: int = Field(sa_type=BigInteger)
    role: str
    lasts_seconds: int | None
    until: datetime | None = Field(sa_type=UtcDateTime)
    created_by: int = Field(sa_type=BigInteger)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(sa_type=UtcDateTime)
    used_by: int | None = Field(sa_type=BigInteger)
    withdrawn_at: datetime | None = Field(sa_type=UtcDateTime)
    sealed: bytes = Field(sa_type=LargeBinary)


class SharedChatTable(_Rows, table=True):
    """Chats from which the cars of a home can be used, besides the home chat; sealed: title."""

    __tablename__ = "shared_chats"
    __table_args__ = (CheckConstraint("kind IN ('private', 'group')", name="kind"),)

    chat_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    home_chat_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str
    attached_by: int = Field(sa_type=BigInteger)
    attached_at: datetime = Field(sa_type=UtcDateTime)
    sealed: bytes = Field(sa_type=LargeBinary)


class ChatChoiceTable(_Rows, table=True):
    """Which car a chat means; nothing about it is private."""

    __tablename__ = "chat_choices"

    chat_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    home_chat_id: int = Field(sa_type=BigInteger)
    car_id: int = Field(sa_type=BigInteger)


class AccessRequestTable(_Rows, table=True):
    """People who asked to use the cars of a home; sealed: name."""

    __tablename__ = "access_requests"
    __table_args__ = (CheckConstraint("state IN ('open', 'allowed', 'denied', 'denied_for_good')", name="state"),)

    home_chat_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    person_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    chat_id: int = Field(sa_type=BigInteger)
    state: str
    asked_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(sa_type=UtcDateTime)
    message_id: int | None = Field(sa_type=BigInteger)
    sealed: bytes = Field(sa_type=LargeBinary)


class HomeSettingsTable(_Rows, table=True):
    """What was set for a home; sealed: names and values."""

    __tablename__ = "home_settings"

    home_chat_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    sealed: bytes = Field(sa_type=LargeBinary)


class EventTable(_Rows, table=True):
    """What a home is still to be told; sealed: details."""

    __tablename__ = "events"

    id: str = Field(primary_key=True)
    home_chat_id: int = Field(sa_type=BigInteger)
    kind: str
    due_at: datetime = Field(sa_type=UtcDateTime, index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    sealed: bytes = Field(sa_type=LargeBinary)


def _core(model: type[SQLModel]) -> Table:
    return METADATA.tables[str(model.__tablename__)]


# Prepared Core statements over these run in a third of the time of the unit of work.
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
