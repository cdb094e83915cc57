"""The first question to Telegram is asked until it is answered."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial

import httpx
import pytest
from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.telegram.transport.starting import until_telegram_answers
from tests.support.clocks import SteppedClock

BAD_GATEWAY = NetworkError("Bad Gateway (502)")
REFUSED = InvalidToken("Unauthorized")


class Naps(SteppedClock):
    """A clock whose sleeps end at once; it records their lengths."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def offline() -> TelegramError:
    error = NetworkError("httpx.ConnectError: no route")
    error.__cause__ = httpx.ConnectError("no route")
    return error


def elsewhere() -> TelegramError:
    """A hotel's sign-in page, with status 404."""
    error = InvalidToken("Not Found (404). Parsing the server response b'<html>' failed")
    error.__cause__ = TelegramError("Invalid server response")
    return error


def fails(*errors: Exception) -> Callable[[], Awaitable[None]]:
    left = list(errors)

    async def ask() -> None:
        if left:
            raise left.pop(0)

    return ask


async def test_pauses_grow_to_a_minute_with_some_chance_in_them() -> None:
    for chance, share in ((1.0, 1.0), (0.0, 0.5)):
        clock = Naps()
        await until_telegram_answers(fails(*[offline() for _ in range(9)]), clock, partial(float, chance))
        assert clock.slept == [share * pause for pause in (1, 2, 4, 8, 16, 32, 60, 60, 60)]


async def test_it_waits_as_long_as_telegram_wants() -> None:
    clock = Naps()
    await until_telegram_answers(fails(RetryAfter(400)), clock)
    assert clock.slept == [400]


@pytest.mark.parametrize(
    "error", [offline(), BAD_GATEWAY, elsewhere(), InvalidToken("Not Found (404)"), KeyError("result")], ids=repr
)
async def test_whatever_is_not_telegrams_refusal_is_waited_for(error: Exception) -> None:
    clock = Naps()
    await until_telegram_answers(fails(error, error), clock)
    assert len(clock.slept) == 2


async def test_a_refused_token_ends_it_at_once() -> None:
    wrapped = InvalidToken("The token was rejected by the server.")
    wrapped.__cause__ = InvalidToken("Not Found")
    for error in (REFUSED, wrapped):
        clock = Naps()
        with pytest.raises(InvalidToken):
            await until_telegram_answers(fails(offline(), error), clock)
        assert len(clock.slept) == 1


async def test_each_cause_is_one_line_until_telegram_answers(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    errors = [offline(), offline(), BAD_GATEWAY, BAD_GATEWAY, RetryAfter(5), RetryAfter(6), offline()]
    await until_telegram_answers(fails(*errors), Naps())
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 3 + ["INFO"]
    assert "Check the network" in caplog.messages[0]
    assert "answers with an error" in caplog.messages[1]
    assert "asks the bot to wait" in caplog.messages[2]
    assert caplog.messages[-1] == "Telegram answers"
