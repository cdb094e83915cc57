"""The meanings of Telegram's errors: the only place that compares Telegram's English texts."""

import re
from datetime import timedelta
from enum import StrEnum

from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError


class Fault(StrEnum):
    """The meaning of a refusal."""

    TAP_TOO_OLD = "tap_too_old"
    NOT_MODIFIED = "not_modified"
    MESSAGE_GONE = "message_gone"
    IS_PHOTO = "is_photo"
    """The message is a photo, which can't become a text."""
    CHAT_GONE = "chat_gone"
    CANNOT_WRITE = "cannot_write"
    TOPIC_GONE = "topic_gone"
    TOO_FAST = "too_fast"
    BAD_MARKUP = "bad_markup"
    NETWORK = "network"
    OTHER = "other"


_SENTENCES: tuple[tuple[str, Fault], ...] = (
    ("query is too old and response timeout expired or query id is invalid", Fault.TAP_TOO_OLD),
    ("query_id_invalid", Fault.TAP_TOO_OLD),
    ("message is not modified", Fault.NOT_MODIFIED),
    ("message to edit not found", Fault.MESSAGE_GONE),
    ("message can't be edited", Fault.MESSAGE_GONE),
    ("message_id_invalid", Fault.MESSAGE_GONE),
    ("message to delete not found", Fault.MESSAGE_GONE),
    ("message can't be deleted", Fault.MESSAGE_GONE),
    ("there is no text in the message to edit", Fault.IS_PHOTO),
    ("can't parse entities", Fault.BAD_MARKUP),
    ("chat not found", Fault.CHAT_GONE),
    ("message thread not found", Fault.TOPIC_GONE),
    ("topic_deleted", Fault.TOPIC_GONE),
    ("topic_closed", Fault.CANNOT_WRITE),
    ("not enough rights to send", Fault.CANNOT_WRITE),
    ("have no rights to send a message", Fault.CANNOT_WRITE),
    ("chat_write_forbidden", Fault.CANNOT_WRITE),
    ("chat_send_plain_forbidden", Fault.CANNOT_WRITE),
    ("chat_restricted", Fault.CANNOT_WRITE),
    ("group chat was upgraded to a supergroup chat", Fault.CHAT_GONE),
)


class Crowded(TelegramError):
    """A chat's flood limit lasts longer than a call can wait, or too many calls wait already."""

    def __init__(self) -> None:
        super().__init__("left alone for now")


class NoPicture(TelegramError):
    """A picture can't be drawn, or its caption is too long."""

    def __init__(self) -> None:
        super().__init__("no picture")


def fault_of(error: TelegramError) -> Fault:
    """Return the meaning of an error. PTB's BadRequest is a NetworkError, so it is looked at first."""
    if isinstance(error, RetryAfter | Crowded):
        return Fault.TOO_FAST
    if isinstance(error, Forbidden | ChatMigrated):
        return Fault.CHAT_GONE
    if isinstance(error, BadRequest):
        said = error.message.lower()
        return next((fault for sentence, fault in _SENTENCES if sentence in said), Fault.OTHER)
    return Fault.NETWORK if isinstance(error, NetworkError) else Fault.OTHER


def what_to_check(error: TelegramError) -> str:
    """Return what an operator should look at if Telegram can't be reached."""
    said = f"{error} {error.__cause__}"
    # If the clock is far off, every certificate is invalid, so that no answer can correct the clock.
    if "CERTIFICATE_VERIFY_FAILED" in said:
        return "Set this computer's clock, if it is wrong"
    proxy = re.search(r"through the (proxy in \w+)", said)
    return f"Check the network, and the {proxy[1]}" if proxy else "Check the network"


def is_token_refused(error: InvalidToken) -> bool:
    """Return whether Telegram itself refuses the token, not a proxy that answers in its place."""
    said = error.__cause__ if isinstance(error.__cause__, InvalidToken) else error  # a start wraps it once more
    # python-telegram-bot adds the status, or the fault as a cause, where the answer holds no words of Telegram's.
    return said.__cause__ is None and not said.message.endswith(("(401)", "(404)"))


def seconds_to_wait(error: RetryAfter) -> float:
    """Return how long Telegram tells us to wait."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
