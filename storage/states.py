"""The states and kinds on which storage itself decides, as they are stored."""

from enum import StrEnum


class PromptState(StrEnum):
    """How a prompt was answered, or that it is not answered yet."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class ActionState(StrEnum):
    """How far an action has come; the first two have no outcome yet."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class CodeQueryState(StrEnum):
    """Whether a query was sent to DIMO and answered."""

    DRAFT = "draft"
    WAITING = "waiting"
    DELIVERED = "delivered"
    REFUSED = "refused"


class AccessRequestState(StrEnum):
    """How a request for access was answered, or that it is not answered yet."""

    OPEN = "open"
    ALLOWED = "allowed"
    DENIED = "denied"
    DENIED_FOR_GOOD = "denied_for_good"


class LinkPermissionState(StrEnum):
    """Whether a person may link an account, or that this was not answered yet."""

    OPEN = "open"
    ALLOWED = "allowed"
    DENIED = "denied"


class TokenKind(StrEnum):
    """What a token gives access to: as a person, as the license, or to one car."""

    USER = "user"
    DEVELOPER = "developer"
    VEHICLE = "vehicle"
