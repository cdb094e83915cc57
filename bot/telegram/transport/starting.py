"""The first question to Telegram: asked until it is answered, as a computer often boots before its network works."""

import logging
import random
from collections.abc import Awaitable, Callable

import httpx
from telegram.error import InvalidToken, RetryAfter, TelegramError

from bot.service.outages import Outage
from bot.service.ports import Clock
from bot.telegram.transport.errors import is_token_refused, seconds_to_wait, what_to_check

_log = logging.getLogger(__name__)

# What python-telegram-bot raises if something else answers in Telegram's place, such as a hotel's sign-in page.
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)


async def until_telegram_answers(
    ask: Callable[[], Awaitable[object]],
    clock: Clock,
    chance: Callable[[], float] = random.random,
    noted: Callable[[bool], None] = lambda _: None,
) -> None:
    """Ask until Telegram answers, `noted` being told whether it does; raises InvalidToken once the token is refused."""
    outage = Outage(clock, _log, chance=chance, noted=noted)
    while True:
        try:
            await ask()
        except (TelegramError, *_UNREADABLE) as error:
            if isinstance(error, InvalidToken) and is_token_refused(error):
                raise
            seconds = seconds_to_wait(error) if isinstance(error, RetryAfter) else None
            await outage.wait(what_is_wrong(error), seconds=seconds)
        else:
            outage.ended("Telegram answers")
            return


def what_is_wrong(error: Exception) -> str:
    """Say what keeps Telegram from answering, and what to check."""
    if isinstance(error, RetryAfter):
        return "Telegram gets too many requests and asks the bot to wait"
    if isinstance(error.__cause__, httpx.HTTPError) and isinstance(error, TelegramError):
        return f"TELEGRAM_API_URL: Telegram can't be reached. {what_to_check(error)}"
    return "TELEGRAM_API_URL: its server answers with an error, or is not Telegram's Bot API"
