import asyncio
from collections import defaultdict

import pytest
from telegram import CallbackQuery, Chat, Message, Update, User
from telegram.error import RetryAfter

from bot.domain.ids import ChatId, PromptId
from bot.service.confirmation import decided
from bot.telegram.transport.dispatcher import Dispatcher
from bot.telegram.transport.floods import Floods
from bot.telegram.ui.callback_data import pack
from bot.telegram.ui.taps import Confirm
from tests.support.world import START, SteppedClock

DAD, TEEN = 1, 2
HOME, GROUP = 10, -20
PROMPT = PromptId("a" * 16)


def an_update(number: int, *, person: int = DAD, chat: int = HOME) -> Update:
    message = Message(
        message_id=number,
        date=START,
        chat=Chat(chat, Chat.PRIVATE),
        from_user=User(person, "Dad", is_bot=False),
    )
    return Update(number, message=message)


class Work:
    """Records when the work for each update begins and ends; a test can delay the work."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.gates: dict[int, asyncio.Event] = {}
        self.broken: set[int] = set()
        self._done: dict[int, asyncio.Event] = defaultdict(asyncio.Event)

    async def process(self, update: Update) -> None:
        number = update.update_id
        self.log.append(f"{number} begins")
        if gate := self.gates.get(number):
            await gate.wait()
        if number in self.broken:
            raise RuntimeError("a handler that lets an error through")
        self.log.append(f"{number} ends")
        self._done[number].set()

    async def ends(self, number: int) -> None:
        async with asyncio.timeout(1):
            await self._done[number].wait()

    def holds_up(self, number: int) -> asyncio.Event:
        self.gates[number] = asyncio.Event()
        return self.gates[number]


def a_yes(number: int) -> Update:
    """Make a tap that says yes to a question."""
    message = an_update(number).message
    query = CallbackQuery(str(number), User(DAD, "Dad", is_bot=False), "1", message=message, data=pack(Confirm(PROMPT)))
    return Update(number, callback_query=query)


def a_dispatcher(work: Work, clock: SteppedClock | None = None, floods: Floods | None = None) -> Dispatcher:
    return Dispatcher(work.process, clock=clock or SteppedClock(), held=floods.until_held if floods else _never_held)


async def _never_held(_: ChatId) -> None:
    await asyncio.Event().wait()


async def test_updates_of_one_person_in_one_chat_keep_their_order() -> None:
    work = Work()
    dispatcher, gate = a_dispatcher(work), work.holds_up(1)
    for number in (1, 2, 3):
        dispatcher.accept(an_update(number))
    await asyncio.sleep(0)
    assert work.log == ["1 begins"]
    gate.set()
    await dispatcher.finish(1)
    assert work.log == ["1 begins", "1 ends", "2 begins", "2 ends", "3 begins", "3 ends"]


async def test_a_slow_update_delays_no_other_person_and_no_other_chat() -> None:
    work = Work()
    dispatcher, gate = a_dispatcher(work), work.holds_up(1)
    dispatcher.accept(an_update(1))
    dispatcher.accept(an_update(2, person=TEEN))
    dispatcher.accept(an_update(3, chat=GROUP))
    await work.ends(3)
    assert work.log == ["1 begins", "2 begins", "2 ends", "3 begins", "3 ends"]
    gate.set()
    await dispatcher.finish(1)


async def test_a_hanging_update_delays_its_own_person_for_two_seconds_at_most() -> None:
    """A Lock must not wait for a message that Telegram is slow to accept."""
    work, clock = Work(), SteppedClock()
    dispatcher, gate = a_dispatcher(work, clock), work.holds_up(1)
    dispatcher.accept(an_update(1))
    dispatcher.accept(an_update(2))
    await clock.until_somebody_sleeps(2)
    clock.advance(1.9)
    await asyncio.sleep(0)
    assert work.log == ["1 begins"]
    clock.advance(0.1)
    await work.ends(2)
    gate.set()
    await dispatcher.finish(1)
    assert work.log == ["1 begins", "2 begins", "2 ends", "1 ends"]


async def test_nothing_waits_for_what_hangs_because_its_chat_must_be_left_alone() -> None:
    work, clock = Work(), SteppedClock()
    floods = Floods(clock)
    dispatcher, gate = a_dispatcher(work, clock, floods), work.holds_up(1)
    for number in (1, 2, 3):
        dispatcher.accept(an_update(number))
    await asyncio.sleep(0)
    assert work.log == ["1 begins"]
    floods.note(ChatId(HOME), RetryAfter(3600))
    await work.ends(3)
    assert work.log == ["1 begins", "2 begins", "2 ends", "3 begins", "3 ends"]
    gate.set()
    await dispatcher.finish(1)


@pytest.mark.parametrize("is_held", [True, False])
async def test_nothing_overtakes_a_yes_that_has_not_been_decided(is_held: bool) -> None:
    """Otherwise a Lock that is sent after an Unlock could be stored before it, and the car would end open."""
    work, clock = Work(), SteppedClock()
    floods = Floods(clock)
    dispatcher, gate = a_dispatcher(work, clock, floods), work.holds_up(1)
    if is_held:
        floods.note(ChatId(HOME), RetryAfter(3600))
    for update in (a_yes(1), an_update(2), an_update(3), an_update(4, person=TEEN)):
        dispatcher.accept(update)
    await work.ends(4)
    for _ in range(4):
        clock.advance(1)
        await asyncio.sleep(0)
    assert work.log == ["1 begins", "4 begins", "4 ends"]
    gate.set()
    await work.ends(3)
    assert work.log[3:] == ["1 ends", "2 begins", "2 ends", "3 begins", "3 ends"]
    await dispatcher.finish(1)


async def test_what_follows_a_yes_does_not_wait_until_its_result_is_shown() -> None:
    work, clock = Work(), SteppedClock()
    shown = asyncio.Event()

    async def decided_soon(update: Update) -> None:
        if update.update_id == 1:
            await asyncio.sleep(0)
            decided.get()()
            await shown.wait()
        await work.process(update)

    dispatcher = a_dispatcher(work, clock)
    dispatcher._process = decided_soon
    dispatcher.accept(a_yes(1))
    dispatcher.accept(an_update(2))
    await clock.until_somebody_sleeps(2)
    clock.advance(2)
    await work.ends(2)
    assert work.log == ["2 begins", "2 ends"]
    shown.set()
    await dispatcher.finish(1)


async def test_an_update_without_a_person_is_processed_too() -> None:
    work = Work()
    dispatcher = a_dispatcher(work)
    dispatcher.accept(Update(1))
    await dispatcher.finish(1)
    assert work.log == ["1 begins", "1 ends"]


async def test_an_update_whose_handler_fails_does_not_delay_the_next() -> None:
    work = Work()
    work.broken.add(1)
    dispatcher = a_dispatcher(work)
    loop, lost = asyncio.get_running_loop(), []
    loop.set_exception_handler(lambda _, context: lost.append(context))
    dispatcher.accept(an_update(1))
    dispatcher.accept(an_update(2))
    await dispatcher.finish(1)
    assert work.log == ["1 begins", "2 begins", "2 ends"]


async def test_work_that_takes_too_long_is_cancelled_at_shutdown() -> None:
    work = Work()
    dispatcher = a_dispatcher(work)
    work.holds_up(1)
    for number in (1, 2):
        dispatcher.accept(an_update(number))
    await asyncio.sleep(0)
    await dispatcher.finish(0)
    assert work.log == ["1 begins"]


async def test_nothing_is_kept_about_finished_updates() -> None:
    dispatcher = a_dispatcher(Work())
    for number in range(20):
        dispatcher.accept(an_update(number, person=number))
    await dispatcher.finish(1)
    assert not dispatcher._last
    assert not dispatcher._tasks
