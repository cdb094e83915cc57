"""The result of linking a DIMO account, the reasons why it may fail, and who is asked before it is done."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.expiry import TokenKind
from bot.domain.ids import ConsentId, PersonId

LINK_PREFIX = "link_"
"""What a start parameter begins with that brings a person back from the sign-in page; the state follows."""


class LinkFault(StrEnum):
    """Why a message did not link an account."""

    UNREADABLE = "unreadable"
    BARE_TOKEN = "bare_token"  # noqa: S105 - see below
    NO_TOKEN = "no_token"  # noqa: S105 - a fault, not a secret
    LOGIN_SAID_NO = "login_said_no"
    PART_MISSING = "part_missing"
    STATE_MISSING = "state_missing"
    STATE_NOT_OURS = "state_not_ours"
    LANDED_ELSEWHERE = "landed_elsewhere"
    FORGED = "forged"
    KEY_UNKNOWN = "key_unknown"
    EXPIRED = "expired"
    OTHER_ENVIRONMENT = "other_environment"
    OTHER_APP = "other_app"
    NOT_ALLOWED = "not_allowed"
    DIMO_UNREACHABLE = "dimo_unreachable"


@dataclass(frozen=True, slots=True)
class SharedCar:
    """A car with what the share of it allows."""

    name: str
    description: str
    may_be_commanded: bool
    may_be_read: bool
    share_ends_at: datetime | None
    is_tesla: bool = False


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
    asks_zone: bool = False
    """Whether the home has not said yet where it is."""


class LinkNews(StrEnum):
    """What a person is told if nothing is linked now: somebody else has to allow it, or it was linked before."""

    LINKED_ALREADY = "linked_already"
    OPERATOR_ASKED = "operator_asked"
    OPERATOR_SILENT = "operator_silent"
    OPERATOR_AWAY = "operator_away"
    OPERATOR_SAID_YES = "operator_said_yes"
    OPERATOR_SAID_NO = "operator_said_no"
    OWNER_ASKED = "owner_asked"
    OPERATOR_ASKED_INSTEAD = "operator_asked_instead"
    NOBODY_THERE = "nobody_there"
    STILL_ASKING = "still_asking"
    REFUSED = "refused"
    NOT_ANSWERED = "not_answered"


class LinkAnswer(StrEnum):
    """The answers to a question whether somebody may link."""

    ALLOW = "allow"
    DENY = "deny"


class LinkPermissionState(StrEnum):
    """Whether the operator lets a person link; the answer is kept."""

    OPEN = "open"
    ALLOWED = "allowed"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class PermissionAsked:
    """Somebody asks the operator whether they may link an account of their own."""

    person: PersonId
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ConsentAsked:
    """Somebody wants to link an account that a home holds already."""

    consent: ConsentId
    person: PersonId
    name: str = field(repr=False)
    owner_name: str | None = field(repr=False)
    """The name of the home's owner, for the operator who decides instead; None for the owner."""


@dataclass(frozen=True, slots=True)
class ConsentOver:
    """How the question ended; `answer` is None if it expired before it was answered."""

    name: str = field(repr=False)
    answer: LinkAnswer | None
