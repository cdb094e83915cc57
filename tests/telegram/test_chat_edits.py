"""Edits whose answer is lost, or that Telegram puts off: in the end the message shows the newest."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from telegram import Chat as TelegramChat
from telegram import Message
from telegram.error import RetryAfter, TelegramError, TimedOut

from bot.domain.ids import ChatId, MessageId
from bot.domain.pictures import CarPicture, Picture
from bot.domain.places import Place
from bot.service.ports import Reach
from bot.telegram.transport.chat import Chat
from bot.telegram.ui.screen import Screen
from tests.support.world import START, SteppedClock

HERE, MESSAGE = Place(ChatId(7)), MessageId(1)


class Telegram:
    """Fails the first edits in a certain way, answers what was sent when told to, and notes what it shows."""

    def __init__(self, *faults: TelegramError) -> None:
        self.shown: list[str] = []
        self.sent, self.answers = asyncio.Event(), asyncio.Event()
        self._faults = list(faults)

    async def send_message(self, chat: int, text: str, **_: object) -> Message:
        self.shown.append(text)
        self.sent.set()
        await self.answers.wait()
        return Message(MESSAGE, START, TelegramChat(chat, TelegramChat.PRIVATE))

    async def edit_message_text(self, text: str, **_: object) -> bool:
        if self._faults:
            raise self._faults.pop(0)
        self.shown.append(text)
        return True


class Nowhere:
    """The migration of chats that never move."""

    async def current(self, chat: ChatId) -> ChatId:
        return chat


def a_chat(telegram: Telegram, clock: SteppedClock | None = None) -> Chat:
    paper: Any = telegram
    nowhere: Any = Nowhere()
    return Chat(bot=paper, clock=clock or SteppedClock(), migration=nowhere, draw=lambda _: b"")


async def _two_edits(telegram: Telegram, *, pause: float, late: str | None = None) -> list[str]:
    """Send a newer edit while an older one waits for a retry; Telegram may have received the older one already."""
    clock = SteppedClock()
    chat = a_chat(telegram, clock)
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


@pytest.mark.parametrize("seconds", [1, 30, 4000])
async def test_an_edit_that_telegram_certainly_did_not_take_costs_no_other_one(seconds: int) -> None:
    """Both wait, because nothing is sent to the chat meanwhile; the newer one overtakes the older."""
    telegram, clock = Telegram(RetryAfter(seconds)), SteppedClock()
    chat = a_chat(telegram, clock)
    older = asyncio.create_task(chat.show(HERE, MESSAGE, Screen("old")))
    await clock.until_somebody_sleeps(seconds)
    newer = asyncio.create_task(chat.show(HERE, MESSAGE, Screen("new")))
    for _ in range(5):
        await asyncio.sleep(0)
    assert telegram.shown == []
    clock.advance(seconds)
    await asyncio.gather(older, newer)
    assert telegram.shown == ["new"]


async def test_what_follows_in_a_message_does_not_replace_what_it_was_turned_to() -> None:
    telegram = Telegram()
    chat = a_chat(telegram)
    posted = await chat.post(HERE, MESSAGE, Screen("asking the car"))
    await chat.show(HERE, MESSAGE, Screen("turned"))
    assert posted is not None
    assert await chat.post(HERE, MESSAGE, Screen("late report"), after=posted) is None
    assert telegram.shown == ["asking the car", "turned"]


async def test_what_follows_in_a_new_message_does_not_replace_what_it_was_turned_to_before_we_knew_it() -> None:
    """People see a message, and tap, before Telegram's answer brings its id."""
    telegram = Telegram()
    chat = a_chat(telegram)
    posting = asyncio.create_task(chat.post(HERE, None, Screen("asking the car")))
    await telegram.sent.wait()
    await chat.show(HERE, MESSAGE, Screen("turned"))
    telegram.answers.set()
    posted = await posting
    assert posted is not None
    assert not chat.shows(posted)
    assert await chat.post(HERE, MESSAGE, Screen("late report"), after=posted) is None
    assert telegram.shown == ["asking the car", "turned"]


async def test_what_follows_is_shown_though_the_same_thing_was_delivered_anew_meanwhile() -> None:
    """The result of a query does not replace the history for which DIMO is still asked."""
    telegram = Telegram()
    chat = a_chat(telegram)
    posted = await chat.post(HERE, MESSAGE, Screen("asking"))
    await chat.deliver(HERE, MESSAGE, Screen("asking, with a result"))
    assert posted is not None
    assert await chat.post(HERE, MESSAGE, Screen("all of it"), after=posted) is not None
    assert telegram.shown[-1] == "all of it"


async def test_an_edit_of_another_message_holds_nothing_back() -> None:
    telegram = Telegram()
    chat = a_chat(telegram)
    posted = await chat.post(HERE, MESSAGE, Screen("asking the car"))
    await chat.show(HERE, MessageId(2), Screen("another"))
    assert posted is not None
    assert await chat.post(HERE, MESSAGE, Screen("report"), after=posted) is not None


class LosesOldEdits(Telegram):
    """Never answers the edit to "old"; its last try is under way until the gate opens."""

    def __init__(self) -> None:
        super().__init__()
        self.tries, self.last_try, self.gate = 0, asyncio.Event(), asyncio.Event()

    async def edit_message_text(self, text: str, **more: object) -> bool:
        if text != "old":
            return await super().edit_message_text(text, **more)
        self.tries += 1
        if self.tries == 4:
            self.last_try.set()
            await self.gate.wait()
        raise TimedOut


async def test_an_edit_that_is_given_up_does_not_stay_over_a_newer_one_either() -> None:
    telegram, clock = LosesOldEdits(), SteppedClock()
    chat = a_chat(telegram, clock)
    older = asyncio.create_task(chat.deliver(HERE, MESSAGE, Screen("old")))
    for pause in (0.5, 2.0, 5.0):
        await clock.until_somebody_sleeps(pause)
        clock.advance(pause)
    await telegram.last_try.wait()
    await chat.show(HERE, MESSAGE, Screen("new"))
    telegram.gate.set()
    assert (await older).reach is Reach.SHOWN
    assert telegram.shown == ["new", "new"]


class TakesPhotos(Telegram):
    """Notes photos and captions, too."""

    async def send_photo(self, chat: int, _: bytes, *, caption: str, **__: object) -> Message:
        self.shown.append(f"photo, {caption}")
        return Message(MESSAGE, START, TelegramChat(chat, TelegramChat.PRIVATE))


def with_pictures(telegram: Telegram, draw: Callable[[Picture], bytes]) -> Chat:
    paper: Any = telegram
    nowhere: Any = Nowhere()
    return Chat(bot=paper, clock=SteppedClock(), migration=nowhere, draw=draw)


async def test_words_alone_are_sent_if_drawing_fails(caplog: pytest.LogCaptureFixture) -> None:
    def fails(_: Picture) -> bytes:
        raise OSError("no font")

    telegram = TakesPhotos()
    telegram.answers.set()
    await with_pictures(telegram, fails).say(HERE, Screen("words", picture=CarPicture()))
    assert telegram.shown == ["words"]
    assert "A picture could not be drawn" in caplog.text


@pytest.mark.parametrize(("length", "kind"), [(1024, "photo, "), (1025, "")])
async def test_words_alone_are_sent_if_they_are_too_long_for_a_caption(length: int, kind: str) -> None:
    telegram = TakesPhotos()
    telegram.answers.set()
    words = f"<b>{'&amp;' * length}</b>"
    await with_pictures(telegram, lambda _: b"png").say(HERE, Screen(words, picture=CarPicture()))
    assert telegram.shown == [kind + words]
