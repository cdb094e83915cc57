"""Edits whose answer is lost, or that Telegram puts off: what stands there in the end is the newest."""

import asyncio
from typing import Any

import pytest
from telegram.error import RetryAfter, TelegramError, TimedOut

from bot.domain.ids import ChatId, MessageId
from bot.telegram.transport.chat import Chat
from bot.telegram.ui.screen import Screen
from tests.support.world import SteppedClock

HERE, MESSAGE = ChatId(7), MessageId(1)


class Telegram:
    """Fails the first edit in a certain way, and notes what it shows."""

    def __init__(self, fault: TelegramError) -> None:
        self.shown: list[str] = []
        self._faults = [fault]

    async def edit_message_text(self, text: str, **_: object) -> bool:
        if self._faults:
            raise self._faults.pop()
        self.shown.append(text)
        return True


async def _two_edits(telegram: Telegram, *, pause: float, late: str | None = None) -> list[str]:
    """Let a newer edit pass one that waits to be tried again; Telegram may have got that one all the same."""
    clock, bot = SteppedClock(), telegram
    nowhere: Any = None  # a private chat never moves
    paper: Any = bot
    chat = Chat(bot=paper, clock=clock, moves=nowhere)
    older = asyncio.create_task(chat.show(HERE, MESSAGE, Screen("old")))
    await clock.until_somebody_sleeps(pause)
    await chat.show(HERE, MESSAGE, Screen("new"))
    if late is not None:
        telegram.shown.append(late)
    clock.advance(pause)
    await older
    return telegram.shown


async def test_an_edit_whose_answer_was_lost_does_not_stay_over_a_newer_one() -> None:
    assert await _two_edits(Telegram(TimedOut()), pause=0.5, late="old") == ["new", "old", "new"]


@pytest.mark.parametrize("seconds", [1, 30])
async def test_an_edit_that_telegram_certainly_did_not_take_costs_no_other_one(seconds: int) -> None:
    assert await _two_edits(Telegram(RetryAfter(seconds)), pause=seconds) == ["new"]
