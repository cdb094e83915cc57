"""Calls wait for Telegram's limits: what can't wait goes first, and an idle bot waits for nothing."""

import asyncio
from datetime import timedelta

import pytest
from telegram.error import RetryAfter

from bot.domain.ids import ChatId
from bot.telegram.transport.errors import Crowded
from bot.telegram.transport.floods import Floods
from bot.telegram.transport.limits import Limits, Rate
from bot.telegram.transport.pacing import Call
from tests.support.world import SteppedClock

HERE, THERE = ChatId(7), ChatId(8)
FEW = Limits(overall=Rate(3, 1.0), private=Rate(2, 10.0))


class Sending:
    """Sends through the limits, and records what has gone."""

    def __init__(self, limits: Limits = FEW) -> None:
        self.clock = SteppedClock()
        self.floods = Floods(self.clock, limits)
        self.gone: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def begin(self, name: str, chat: ChatId = HERE, call: Call | None = None) -> asyncio.Task[None]:
        """Begin to send something, and give it time to go or to wait."""
        self.tasks.append(asyncio.create_task(self._send(name, chat, call or Call())))
        await self.rest()
        return self.tasks[-1]

    async def _send(self, name: str, chat: ChatId, call: Call) -> None:
        async with self.floods.turn(chat, self.floods.ticket(can_wait=call.can_wait), call):
            self.gone.append(name)

    async def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await self.rest()

    async def rest(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)


async def test_an_idle_bot_waits_for_nothing() -> None:
    sending = Sending()
    for name in ("one", "two"):
        await sending.begin(name)
    assert sending.gone == ["one", "two"]
    await sending.begin("three")
    assert sending.gone == ["one", "two"]
    await sending.pass_time(10)
    assert sending.gone == ["one", "two", "three"]


async def test_what_can_not_wait_overtakes_what_can_and_otherwise_the_order_stays() -> None:
    sending = Sending(Limits(overall=Rate(1, 1.0)))
    await sending.begin("first")
    for name, can_wait in (("note", True), ("another note", True), ("outcome", False), ("answer", False)):
        await sending.begin(name, THERE, Call(can_wait=can_wait))
    for _ in range(4):
        await sending.pass_time(1.1)
    assert sending.gone == ["first", "outcome", "answer", "note", "another note"]


async def test_a_chat_at_its_limit_holds_no_other_chat_up() -> None:
    sending = Sending()
    for name in ("one", "two", "three"):
        await sending.begin(name)
    await sending.begin("there", THERE)
    assert sending.gone == ["one", "two", "there"]
    assert sending.floods.pacing.is_waiting(HERE)
    assert not sending.floods.pacing.is_waiting(THERE)
    await sending.pass_time(10)
    assert not sending.floods.pacing.is_waiting(HERE)


async def test_what_must_be_left_alone_meanwhile_is_left_alone_for_as_long_as_telegram_says() -> None:
    sending = Sending()
    for name in ("one", "two", "three"):
        await sending.begin(name)
    sending.floods.note(HERE, RetryAfter(3600))
    await sending.pass_time(3590)
    assert sending.gone == ["one", "two"]
    await sending.pass_time(20)
    assert sending.gone == ["one", "two", "three"]


async def test_an_edit_that_is_overtaken_goes_at_once_and_takes_nobodys_place() -> None:
    sending, is_overtaken = Sending(), asyncio.Event()
    for name in ("one", "two"):
        await sending.begin(name)
    await sending.begin("old edit", HERE, Call(is_overtaken=is_overtaken.is_set))
    is_overtaken.set()
    await sending.begin("new edit")
    assert sending.gone == ["one", "two", "old edit"]
    await sending.pass_time(10)
    assert sending.gone == ["one", "two", "old edit", "new edit"]


async def test_what_need_not_be_shown_now_is_given_up_in_time() -> None:
    sending = Sending()
    for name in ("one", "two"):
        await sending.begin(name)
    soon = sending.clock.now() + timedelta(seconds=5)
    note = await sending.begin("note", HERE, Call(can_wait=True, until=soon))
    await sending.pass_time(5)
    with pytest.raises(Crowded):
        await note


async def test_the_oldest_note_of_very_many_calls_to_a_chat_is_given_up() -> None:
    sending = Sending()
    for name in ("one", "two"):
        await sending.begin(name)
    await sending.begin("answer")
    note = await sending.begin("note", HERE, Call(can_wait=True))
    for number in range(49):
        await sending.begin(f"answer {number}")
    with pytest.raises(Crowded):
        await note
    assert not [task for task in sending.tasks if task is not note and task.done() and task.exception()]
    for task in sending.tasks:
        task.cancel()


async def test_a_call_that_is_cancelled_leaves_its_place_to_others() -> None:
    sending = Sending()
    for name in ("one", "two"):
        await sending.begin(name)
    waiting, _ = await sending.begin("waiting"), await sending.begin("next")
    waiting.cancel()
    await sending.pass_time(10)
    assert sending.gone == ["one", "two", "next"]
    assert not sending.floods.pacing._waiting
    assert not sending.floods.pacing._in_chat


async def test_nothing_waits_for_what_waits_for_a_limit() -> None:
    """A Lock must not stand behind a message of the same person that may not be sent yet."""
    sending = Sending()
    held = asyncio.create_task(sending.floods.until_held(HERE))
    for name in ("one", "two"):
        await sending.begin(name)
    assert not held.done()
    await sending.begin("three")
    assert held.done()
    sending.tasks[-1].cancel()


async def test_a_process_that_stands_by_takes_its_share_only() -> None:
    sending = Sending(Limits(private=Rate(10, 10.0)))
    sending.floods.pacing.use(0.2)
    for number in range(3):
        await sending.begin(f"{number}")
    assert sending.gone == ["0", "1"]
    sending.floods.pacing.use(0.8)
    await sending.begin("more")
    assert sending.gone == ["0", "1", "2", "more"]
