"""One confirmation sends one command, however often and in however many processes it arrives."""

import asyncio
from collections.abc import Callable

import pytest

from bot.demo.dimo.faults import slow
from bot.demo.telegram.chats import Message
from bot.demo.telegram.faults import DROPPED, Fault
from tests.support.world import Family, SteppedClock

pytestmark = pytest.mark.both_databases


async def test_twenty_simultaneous_confirmations_send_one_command(family: Family) -> None:
    """Twenty different taps on one question; each of two processes receives half of them."""
    question = await family.asks("/unlock", "Unlock Bluey?")
    gate = asyncio.Event()
    family.telegram.fails_always("answerCallbackQuery", Fault(gate=gate))
    heard_by_the_first = [family.dad.taps(question, "Unlock") for _ in range(10)]
    await _answering(family, 1)
    async with family.another_bot():
        heard_by_the_second = [family.dad.taps(question, "Unlock") for _ in range(10)]
        await _answering(family, 2)
        gate.set()
        for tap in [*heard_by_the_first, *heard_by_the_second]:
            await tap.answered()
        await question.becomes("Accepted")
    await family.stop_bot()
    assert family.car.received == ["doors/unlock"]
    assert len(family.dimo.calls_of("devices", "command")) == 1


async def test_a_tap_that_is_delivered_twenty_times_sends_one_command(family: Family) -> None:
    """Telegram does not get our answers, so only our own record says that the tap was handled."""
    question = await family.asks("/unlock", "Unlock Bluey?")
    deaf = family.telegram.fails_always("answerCallbackQuery", DROPPED)
    tap = family.dad.taps(question, "Unlock")
    for _ in range(19):
        family.telegram.redeliver(tap)
    await question.becomes("Accepted")
    await family.settles()
    assert deaf.met == 20
    assert family.car.received == ["doors/unlock"]


async def test_two_processes_that_get_the_same_tap_send_one_command(family: Family) -> None:
    """Both received it, neither could answer it, and both continue at the same moment."""
    question = await family.asks("/unlock", "Unlock Bluey?")
    gate = asyncio.Event()
    both = family.telegram.fails_always("answerCallbackQuery", Fault(gate=gate, drops=True))
    tap = family.dad.taps(question, "Unlock")
    await _answering(family, 1)
    async with family.another_bot():
        family.telegram.redeliver(tap)
        await _answering(family, 2)
        gate.set()
        await question.becomes("Accepted")
    await family.stop_bot()
    assert both.met >= 2  # the first one may not have acknowledged it yet, so that the second gets it twice
    assert family.car.received == ["doors/unlock"]


async def test_two_processes_that_get_the_same_lock_command_send_one(family: Family) -> None:
    said = family.dad.says("/lock")
    accepted = await family.dad.sees("Accepted", after=said)
    async with family.another_bot():
        family.telegram.redeliver(said)
        await family.says("/privacy", "What I keep")
    await family.stop_bot()
    assert family.car.received == ["doors/lock"]
    assert _outcomes(family, after=said) == [accepted]


async def test_a_redelivered_command_does_nothing_at_once_or_after_a_restart(family: Family) -> None:
    """After a crash before the next getUpdates, Telegram delivers the same message again."""
    lock, unlock = family.dad.says("/lock"), family.dad.says("/unlock")
    accepted = await family.dad.sees("Accepted", after=lock)
    question = await family.dad.sees("Unlock Bluey?", after=unlock)
    for _ in range(2):
        family.telegram.redeliver(lock)
        family.telegram.redeliver(unlock)
        await family.settles()
        await family.start_bot()
    assert family.car.received == ["doors/lock"]
    assert _outcomes(family, after=lock) == [accepted]
    assert family.dad.private_chat.find("Unlock Bluey?") is question


async def test_a_redelivered_confirming_tap_does_nothing_at_once_or_after_a_restart(family: Family) -> None:
    question = await family.asks("/unlock", "Unlock Bluey?")
    tap = await family.taps(question, "Unlock")
    await question.becomes("Accepted")
    for _ in range(2):
        family.telegram.fails_next("answerCallbackQuery", DROPPED)
        family.telegram.redeliver(tap)
        await family.settles()
        await family.start_bot()
    assert family.car.received == ["doors/unlock"]
    assert question.edits == 1


async def test_two_actions_on_one_car_run_one_after_the_other(family: Family) -> None:
    """The second waits until DIMO has answered the first."""
    gate = await _lock_that_hangs(family)
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    await _stands_in_line(family, question, family.clock)
    stop = await family.says("/charge", "Start or stop charging")
    await family.taps(stop, "Stop")
    find = family.dad.private_chat.find
    await _quarters_pass(family, family.clock, until=lambda: find("Stop charging for Bluey", after=stop))
    assert family.dimo.arrived["devices", "command"] == 1
    gate.set()
    await _quarters_pass(family, family.clock, until=lambda: find("Accepted", after=stop))
    assert family.car.received == ["doors/lock", "doors/unlock", "charge/stop"]
    assert family.car.most_at_once == 1


@pytest.mark.parametrize("is_tap", [True, False], ids=["tap", "command"])
async def test_a_lock_never_overtakes_the_unlock_before_it(family: Family, is_tap: bool) -> None:
    """Telegram is slow to take the answer to the tap on Unlock."""
    panel = await family.says("/car", "Bluey")
    question = await family.asks("/unlock", "Unlock Bluey?")
    gate = asyncio.Event()
    slow_answer = family.telegram.fails_next("answerCallbackQuery", Fault(gate=gate))
    family.dad.taps(question, "Unlock")
    await family.telegram.until(lambda: slow_answer.met)
    said = family.dad.private_chat.last
    if is_tap:
        family.dad.taps(panel, "Lock")
    else:
        said = family.dad.says("/lock")
    await family.clock.until_asleep("patience")
    family.clock.advance(2)
    await family.says("/privacy", "What I keep", person=family.telegram.add_person("Mum"))
    assert family.car.received == []
    gate.set()
    await family.dad.sees("Lock for Bluey", after=said)
    await family.settles()
    assert family.car.received == ["doors/unlock", "doors/lock"]


async def test_locks_that_wait_for_the_same_car_are_sent_once(family: Family) -> None:
    gate = await _lock_that_hangs(family)
    first = family.dad.says("/lock")
    waiting = await family.dad.sees("Lock", after=first)
    for _ in range(3):
        family.dad.says("/lock")
    await family.says("/privacy", "What I keep")
    gate.set()
    await _quarters_pass(family, family.clock, until=lambda: "Accepted" in waiting.text)
    await family.settles()
    assert family.car.received == ["doors/lock", "doors/lock"]


async def test_two_processes_take_turns_at_one_car(family: Family) -> None:
    """The queue is in the database: the second process waits for what the first one has sent."""
    gate = await _lock_that_hangs(family)
    lock = family.dad.private_chat.last
    async with family.another_bot() as clock:
        question = await family.asks("/unlock", "Unlock Bluey?")
        await family.taps(question, "Unlock")
        await _stands_in_line(family, question, clock)
        gate.set()
        await lock.becomes("Accepted")  # before time passes that would make the other one give up
        await _quarters_pass(family, clock, until=lambda: "Accepted" in question.text)
    assert family.car.received == ["doors/lock", "doors/unlock"]
    assert family.car.most_at_once == 1


async def test_a_starting_process_does_not_touch_what_another_one_is_sending(family: Family) -> None:
    """Hosts start the new process before they stop the old one, which still waits for DIMO's answer."""
    gate = await _lock_that_hangs(family)
    outcome = family.dad.private_chat.last
    async with family.another_bot() as clock:
        await clock.until_asleep("recovery")
        gate.set()
        await outcome.becomes("Accepted")
    assert [text.split()[1] for text in outcome.texts] == ["Sending:", "Accepted:"]
    assert family.car.received == ["doors/lock"]


async def test_a_car_that_hangs_delays_no_other_chat(family: Family) -> None:
    mum, kitt = await family.add_relative("Mum", "Kitt")
    gate = await _lock_that_hangs(family)
    hanging = family.dad.private_chat.last
    await family.says("/lock", "Accepted", person=mum)
    question = await family.says("/unlock", "Unlock Kitt?", person=mum)
    await family.taps(question, "Unlock", person=mum)
    await question.becomes("Accepted")
    assert kitt.received == ["doors/lock", "doors/unlock"]
    assert family.car.received == []
    gate.set()
    await hanging.becomes("Accepted")


async def test_an_action_that_waited_too_long_is_refused_unsent(family: Family) -> None:
    """After most of a minute, nobody waits at the car any more."""
    gate = await _lock_that_hangs(family)
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    await _stands_in_line(family, question, family.clock)
    family.clock.advance(46)
    await _quarters_pass(family, family.clock, until=lambda: "the answer is below" in question.text)
    refused = await family.told_late(question, "Refused")
    assert "Bluey was busy with an earlier command for too long. Nothing was sent." in refused.text
    gate.set()
    await family.settles()
    assert family.car.received == ["doors/lock"]


async def test_a_queued_action_is_refused_if_its_car_is_unlinked_meanwhile(family: Family) -> None:
    """Access is checked again right before the command is sent."""
    gate = await _lock_that_hangs(family)
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    await _stands_in_line(family, question, family.clock)
    unlink = await family.asks("/unlink", "Unlink this chat?")
    await family.taps(unlink, "Unlink")
    await unlink.becomes("Unlinked.")
    gate.set()
    await _quarters_pass(family, family.clock, until=lambda: "Refused" in question.text)
    await family.settles()
    assert family.car.received == ["doors/lock"]


async def test_unlinking_closes_open_questions(family: Family) -> None:
    question = await family.asks("/unlock", "Unlock Bluey?")
    unlink = await family.asks("/unlink", "Unlink this chat?")
    await family.taps(unlink, "Unlink")
    await unlink.becomes("Unlinked.")
    await family.taps(question, "Unlock")
    await family.settles()
    assert family.car.received == []


async def _lock_that_hangs(family: Family) -> asyncio.Event:
    """Ask for a Lock whose answer DIMO holds back until the event is set."""
    gate = asyncio.Event()
    family.car.fail_next(slow(gate))
    said = family.dad.says("/lock")
    await family.dimo.wait_arrived("devices", "command", 1)
    await family.clock.until_somebody_sleeps(0.4)
    family.clock.advance(0.4)
    await family.dad.sees("Sending: 🔒 Dad's Lock for Bluey.", after=said)
    return gate


async def _stands_in_line(family: Family, message: Message, clock: SteppedClock) -> None:
    await _quarters_pass(family, clock, until=lambda: "It waits for the command before it." in message.text)


async def _quarters_pass(family: Family, clock: SteppedClock, *, until: Callable[[], object]) -> None:
    """Let time pass in steps of 0.25 s, after which a waiting action checks whether it is next."""
    seeing = asyncio.create_task(family.telegram.until(until))
    while not seeing.done():
        waiting = asyncio.create_task(clock.until_somebody_sleeps(0.25))
        await asyncio.wait({seeing, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            clock.advance(0.25)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    await seeing


async def _answering(family: Family, times: int) -> None:
    """Wait until this many taps are being answered."""
    await family.telegram.until(lambda: len(family.telegram.calls_of("answerCallbackQuery")) == times)


def _outcomes(family: Family, *, after: Message) -> list[Message]:
    """Return the messages about a Lock."""
    chat = family.dad.private_chat
    return [said for said in chat.from_bot if said.id > after.id and "Lock for Bluey" in said.text]
