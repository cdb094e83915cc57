"""The first question to Telegram: asked until it is answered, as a computer often boots before its network works."""

import logging
import random
from collections.abc import Awaitable, Callable

import httpx
from telegram.error import InvalidToken, RetryAfter, TelegramError

from bot.service.ports import Clock
from bot.telegram.transport.errors import is_token_refused, seconds_to_wait, what_to_check

_log = logging.getLogger(__name__)

_LONGEST_PAUSE = 60.0

# What python-telegram-bot raises if something else answers in Telegram's place, such as a hotel's sign-in page.
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)


async def until_telegram_answers(
    ask: Callable[[], Awaitable[object]], clock: Clock, jitter: Callable[[], float] = random.random
) -> None:
    """Ask until Telegram answers; raises InvalidToken as soon as Telegram refuses the token.

    Each change of what is wrong is logged once. `jitter` is from 0 to 1: it spreads out the retries of many bots.
    """
    failures, said = 0, ""
    while True:
        try:
            await ask()
        except (TelegramError, *_UNREADABLE) as error:
            if isinstance(error, InvalidToken) and is_token_refused(error):
                raise
            said = _say(_what_is_wrong(error), said)
            if isinstance(error, RetryAfter):
                await clock.sleep(seconds_to_wait(error))
                continue
            await clock.sleep(min(_LONGEST_PAUSE, 2.0 ** min(failures, 6)) * (1 + jitter()) / 2)
            failures += 1
        else:
            if said:
                _log.info("Telegram answers now")
            return


def _say(wrong: str, said: str) -> str:
    if wrong != said:
        _log.warning("%s. The bot starts as soon as Telegram answers", wrong)
    return wrong


def _what_is_wrong(error: Exception) -> str:
    if isinstance(error, RetryAfter):
        return "Telegram gets too many requests and asks the bot to wait"
    if isinstance(error.__cause__, httpx.HTTPError) and isinstance(error, TelegramError):
        return f"TELEGRAM_API_URL: Telegram can't be reached. {what_to_check(error)}"
    return "TELEGRAM_API_URL: its server answers with an error, or is not Telegram's Bot API"
