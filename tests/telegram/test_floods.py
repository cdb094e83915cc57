"""Telegram's flood limits: nothing is sent to a chat before the limit ends, and then the newest call is first."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from telegram import Chat as TelegramChat
from telegram import Message
from telegram.error import RetryAfter

from bot.domain.ids import ChatId, MessageId
from bot.domain.places import Place
from bot.service.ports import Reach
from bot.telegram.transport.chat import Chat
from bot.telegram.ui.screen import Screen
from tests.support.world import START, SteppedClock

HERE, THERE = ChatId(7), ChatId(8)
LONG = 4000
"""Seconds; Telegram may want an hour and more."""


class Telegram:
    """Has a flood limit in HERE, and records every call."""

    def __init__(self, clock: SteppedClock, *waits: int) -> None:
        self.clock, self.calls, self.tapped = clock, list[str](), 0
        self._waits = list(waits)

    async def send_message(self, chat: int, text: str, **_: object) -> Message:
        self.calls.append(text)
        await asyncio.sleep(0)
        if chat == HERE and self._waits:
            raise RetryAfter(self._waits.pop(0))
        return Message(len(self.calls), START, TelegramChat(chat, TelegramChat.PRIVATE))

    async def delete_message(self, _: int, message: int) -> bool:
        self.calls.append(f"delete {message}")
        return True

    async def send_chat_action(self, *_: object) -> bool:
        self.calls.append("seeking")
        return True

    async def answer_callback_query(self, *_: object, **__: object) -> bool:
        self.tapped += 1
        return True


class Nowhere:
    """The migration of chats that never move."""

    async def current(self, chat: ChatId) -> ChatId:
        return chat


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


def a_chat(telegram: Telegram) -> Chat:
    paper: Any = telegram
    nowhere: Any = Nowhere()
    return Chat(bot=paper, clock=telegram.clock, migration=nowhere, draw=lambda _: b"")


async def _says(chat: Chat, *texts: str, where: ChatId = HERE) -> list[asyncio.Task[Any]]:
    tasks = []
    for text in texts:
        tasks.append(asyncio.create_task(chat.say(Place(where), Screen(text))))
        for _ in range(5):
            await asyncio.sleep(0)
    return tasks


async def test_nothing_goes_to_a_chat_before_the_time_however_long_it_is(clock: SteppedClock) -> None:
    telegram = Telegram(clock, LONG)
    said = await _says(a_chat(telegram), "one", "two", "three")
    clock.advance(LONG - 1)
    for _ in range(20):
        await asyncio.sleep(0)
    assert telegram.calls == ["one"]
    clock.advance(1)
    await asyncio.gather(*said)
    assert telegram.calls == ["one", "three", "two", "one"]


async def test_a_chat_that_must_be_left_alone_again_costs_one_call(clock: SteppedClock) -> None:
    telegram = Telegram(clock, LONG, 100)
    said = await _says(a_chat(telegram), "one", "two", "three")
    clock.advance(LONG)
    await clock.until_somebody_sleeps(100)
    assert telegram.calls == ["one", "three"]
    clock.advance(100)
    await asyncio.gather(*said)
    assert telegram.calls == ["one", "three", "three", "two", "one"]


async def test_other_chats_and_taps_wait_for_nothing(clock: SteppedClock) -> None:
    telegram = Telegram(clock, LONG)
    chat = a_chat(telegram)
    (said,) = await _says(chat, "one")
    assert await chat.acknowledge("query") is None
    assert await chat.say(Place(THERE), Screen("there"))
    assert telegram.calls == ["one", "there"]
    said.cancel()


async def test_a_secret_is_deleted_at_once(clock: SteppedClock) -> None:
    telegram = Telegram(clock, LONG)
    chat = a_chat(telegram)
    (said,) = await _says(chat, "one")
    assert await chat.delete(HERE, MessageId(3))
    assert telegram.calls == ["one", "delete 3"]
    said.cancel()


async def test_what_need_not_be_shown_now_does_not_wait_longer_than_it_may(clock: SteppedClock) -> None:
    telegram = Telegram(clock, LONG)
    chat = a_chat(telegram)
    soon = clock.now() + timedelta(seconds=60)
    assert (await chat.deliver(Place(HERE), None, Screen("one"), until=soon)).reach is Reach.LATER
    assert (await chat.deliver(Place(HERE), None, Screen("two"), until=soon)).reach is Reach.LATER
    assert telegram.calls == ["one"]


async def test_the_oldest_of_very_many_that_wait_are_given_up(clock: SteppedClock) -> None:
    telegram = Telegram(clock, LONG)
    texts = [str(number) for number in range(80)]
    said = await _says(a_chat(telegram), *texts)
    clock.advance(LONG)
    await asyncio.gather(*said)
    assert telegram.calls == ["0", *reversed(texts[-50:])]


async def test_nothing_is_kept_about_chats_once_they_may_be_written_to(clock: SteppedClock) -> None:
    telegram = Telegram(clock, LONG)
    chat = a_chat(telegram)
    said = await _says(chat, "one", "two")
    clock.advance(LONG)
    await asyncio.gather(*said)
    assert not chat.floods._holds


async def test_that_a_place_is_sought_is_not_shown_in_a_chat_that_must_be_left_alone(clock: SteppedClock) -> None:
    telegram = Telegram(clock, LONG)
    chat = a_chat(telegram)
    (said,) = await _says(chat, "one")
    await chat.seek_place(HERE)
    await chat.seek_place(THERE)
    assert telegram.calls == ["one", "seeking"]
    said.cancel()
