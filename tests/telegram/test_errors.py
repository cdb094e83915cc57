from datetime import timedelta

import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.telegram.transport.errors import _SENTENCES, Fault, fault_of, seconds_to_wait

SENTENCES = {
    "Query is too old and response timeout expired or query id is invalid": Fault.TAP_TOO_OLD,
    "Query_id_invalid": Fault.TAP_TOO_OLD,
    "Message is not modified: specified new message content and reply markup are exactly the same": (
        Fault.NOT_MODIFIED
    ),
    "Message to edit not found": Fault.MESSAGE_GONE,
    "Message can't be edited": Fault.MESSAGE_GONE,
    "Message_id_invalid": Fault.MESSAGE_GONE,
    "Message to delete not found": Fault.MESSAGE_GONE,
    "Message can't be deleted for everyone": Fault.MESSAGE_GONE,
    "There is no text in the message to edit": Fault.IS_PHOTO,
    "Chat not found": Fault.CHAT_GONE,
    "Group chat was upgraded to a supergroup chat": Fault.CHAT_GONE,
    "Message thread not found": Fault.TOPIC_GONE,
    "Topic_deleted": Fault.TOPIC_GONE,
    "Topic_closed": Fault.CANNOT_WRITE,
    "Not enough rights to send text messages to the chat": Fault.CANNOT_WRITE,
    "Have no rights to send a message": Fault.CANNOT_WRITE,
    "Chat_write_forbidden": Fault.CANNOT_WRITE,
    "Chat_send_plain_forbidden": Fault.CANNOT_WRITE,
    "Chat_restricted": Fault.CANNOT_WRITE,
    "Can't parse entities: unsupported start tag": Fault.BAD_MARKUP,
    "Button_data_invalid": Fault.OTHER,
}
"""Telegram's refusals as python-telegram-bot raises them: without the prefix, and with one capital letter."""


@pytest.mark.parametrize(("sentence", "fault"), SENTENCES.items())
def test_a_refusal_is_recognized_by_its_sentence(sentence: str, fault: Fault) -> None:
    assert fault_of(BadRequest(sentence)) is fault


@pytest.mark.parametrize(("sentence", "fault"), SENTENCES.items())
def test_a_refusal_is_recognized_in_capitals_and_with_its_prefix(sentence: str, fault: Fault) -> None:
    assert fault_of(BadRequest(f"Bad Request: {sentence.upper()}")) is fault


def test_every_sentence_that_the_bot_knows_is_tried() -> None:
    tried = [sentence.lower() for sentence in SENTENCES]
    assert all(any(known in sentence for sentence in tried) for known, _ in _SENTENCES)


@pytest.mark.parametrize(
    "sentence",
    [
        "Forbidden: bot was blocked by the user",
        "Forbidden: bot was kicked from the group chat",
        "Forbidden: bot is not a member of the supergroup chat",
        "Forbidden: user is deactivated",
        "Forbidden: bot can't initiate conversation with a user",
    ],
)
def test_a_chat_that_shuts_the_bot_out_counts_as_gone(sentence: str) -> None:
    assert fault_of(Forbidden(sentence)) is Fault.CHAT_GONE


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (ChatMigrated(-1_001_234_567_890), Fault.CHAT_GONE),
        (TimedOut(), Fault.NETWORK),
        (NetworkError("httpx.ConnectError"), Fault.NETWORK),
        (InvalidToken(), Fault.OTHER),
        (Conflict("terminated by other getUpdates request"), Fault.OTHER),
        (TelegramError("Internal Server Error"), Fault.OTHER),
    ],
)
def test_an_error_without_a_sentence_is_recognized_by_its_class(error: TelegramError, fault: Fault) -> None:
    assert fault_of(error) is fault


def test_a_bad_request_is_never_taken_for_the_network() -> None:
    """In python-telegram-bot BadRequest is a NetworkError, and would be repeated again and again."""
    error = BadRequest("Whatever")
    assert isinstance(error, NetworkError)
    assert fault_of(error) is Fault.OTHER


def test_a_flood_limit_is_recognized_with_its_seconds() -> None:
    error = RetryAfter(timedelta(seconds=7))
    assert fault_of(error) is Fault.TOO_FAST
    assert seconds_to_wait(error) == 7.0
