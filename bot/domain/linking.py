"""The result of linking a DIMO account, and the reasons why it may fail."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.expiry import TokenKind


class LinkFault(StrEnum):
    """Why a message did not link an account."""

    UNREADABLE = "unreadable"
    NO_TOKEN = "no_token"  # noqa: S105 - a fault, not a secret
    LOGIN_SAID_NO = "login_said_no"
    STATE_NOT_OURS = "state_not_ours"
    FORGED = "forged"
    EXPIRED = "expired"
    OTHER_ENVIRONMENT = "other_environment"
    OTHER_APP = "other_app"
    DIMO_UNREACHABLE = "dimo_unreachable"


@dataclass(frozen=True, slots=True)
class SharedCar:
    """A car with what the share of it allows."""

    name: str
    description: str
    may_be_commanded: bool
    may_be_read: bool
    share_ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Linked:
    """A linked account with its cars."""

    kind: TokenKind
    cars: tuple[SharedCar, ...]
    ends_at: datetime
    has_key_to_dimo: bool
    """Whether there is a license or a console token by which commands can reach the cars."""
    members: int = 0
    """How many people besides the owner may use the cars; linking another account does not change that."""
