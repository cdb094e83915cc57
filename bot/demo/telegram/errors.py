"""The errors of the Bot API, in the words of tdlib/telegram-bot-api's `Client.cpp` and of TDLib."""

from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """An answer with `"ok": false`."""

    def __init__(self, status: int, description: str, parameters: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{status} {description}")
        self.status = status
        self.description = description
        self.parameters = parameters

    def to_json(self) -> dict[str, Any]:
        """Return the body of the answer."""
        body = {"ok": False, "error_code": self.status, "description": self.description}
        return body | {"parameters": dict(self.parameters)} if self.parameters else body


class Misuse(ApiError):
    """A call that is wrong whatever the state of the chats: the bot's mistake."""

    def __init__(self, description: str) -> None:
        super().__init__(400, f"Bad Request: {description}")


def bad_request(description: str) -> ApiError:
    """Return a 400 that is caused by the state of a chat."""
    return ApiError(400, f"Bad Request: {description}")


def forbidden(description: str) -> ApiError:
    """Return a 403."""
    return ApiError(403, f"Forbidden: {description}")


def conflict(description: str) -> ApiError:
    """Return a 409."""
    return ApiError(409, f"Conflict: {description}")


def flood(seconds: int) -> ApiError:
    """Return a 429 that asks to wait."""
    return ApiError(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


def unauthorized() -> ApiError:
    """Return the error for a revoked token."""
    return ApiError(401, "Unauthorized")


def migrated(chat_id: int) -> ApiError:
    """Return the error for a group that became a supergroup."""
    return ApiError(
        400,
        "Bad Request: group chat was upgraded to a supergroup chat",
        {"migrate_to_chat_id": chat_id},
    )


def too_old() -> ApiError:
    """Return the error for a tap that can no longer be answered."""
    return bad_request("query is too old and response timeout expired or query ID is invalid")


def not_modified() -> ApiError:
    """Return the error for an edit that changes nothing."""
    return bad_request(
        "message is not modified: specified new message content and reply markup are exactly the same as a "
        "current content and reply markup of the message"
    )
