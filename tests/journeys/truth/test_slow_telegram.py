"""Telegram is slow, down or strange: no command waits for it, and no outcome is lost."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.demo.dimo.car import NO_LOCK_SIGNALS
from bot.demo.dimo.faults import slow
from bot.demo.telegram.chats import Message
from bot.demo.telegram.faults import SERVER_ERROR, Fault, flood, refused
from tests.support.world import Family

NOT_A_MESSAGE = Fault(acts_first=True, raw=(200, b'{"ok": true, "result": {}}'))
"""Telegram shows the message, and sends an answer that no library can read."""

BAD_MARKUP = refused('Bad Request: can\'t parse entities: Unsupported start tag "b" at byte offset 0')


async def test_an_outcome_that_telegram_did_not_accept_is_shown_once_telegram_is_back(family: Family) -> None:
    question = await _unlocked_while_telegram_takes_no_edits(family)
    async with passing(_recoveries(family)):
        await question.becomes("Accepted: 🔓 Dad's Unlock for Bluey.")
    assert family.car.received == ["doors/unlock"]


async def test_an_outcome_that_telegram_did_not_accept_is_shown_by_the_next_start(family: Family) -> None:
    question = await _unlocked_while_telegram_takes_no_edits(family)
    await family.restart_bot()
    await question.becomes("Accepted: 🔓 Dad's Unlock for Bluey.")
    assert family.car.received == ["doors/unlock"]


async def test_a_chat_that_telegram_slows_down_does_not_keep_a_car_busy(family: Family) -> None:
    """Mum has the same car, and must not wait for a message to dad."""
    mum = family.telegram.add_person("Mum")
    await family.link_too(mum)
    gate = asyncio.Event()
    family.car.fail_next(slow(gate))
    question = await family.asks("/unlock", "Unlock Bluey?")
    slowed = family.telegram.fails_always(
        "editMessageText", flood(60), when=lambda call: call["chat_id"] == family.dad.id
    )
    await family.taps(question, "Unlock")
    await family.clock.until_somebody_sleeps(0.4)
    family.clock.advance(0.4)
    await family.telegram.until(lambda: slowed.met)
    gate.set()
    await family.car.wait_received(1)
    async with passing(_quarters(family)):
        await family.says("/lock", "Accepted", person=mum)
    assert family.car.received == ["doors/unlock", "doors/lock"]
    assert question.text.startswith("🔓 Unlock Bluey?")
    slowed.end()
    family.clock.advance(60)
    await question.becomes("Dad's Unlock for Bluey")


async def test_a_lock_does_not_wait_for_a_message_that_telegram_delays(family: Family) -> None:
    """One person's updates are handled in order, but not if a car would stay open."""
    panel = await _full_panel(family)
    slowed = family.telegram.fails_next("sendMessage", flood(3600))
    last = family.dad.private_chat.last
    family.dad.says("/help")
    await family.telegram.until(lambda: slowed.met)
    await family.dad.taps(panel, "Lock").answered()
    await family.car.wait_received(1)
    family.clock.advance(3590)
    assert family.dad.private_chat.last == last
    async with passing(_waits(family, 10)):
        await family.dad.sees("Lock for Bluey", after=panel)
        await family.dad.sees("What I can do", after=panel)


async def test_a_chat_that_must_be_left_alone_holds_no_other_chat_up(family: Family) -> None:
    mum, kitt = await family.add_relative("Mum", "Kitt")
    slowed = family.telegram.fails_always(
        "sendMessage", flood(3600), when=lambda call: call["chat_id"] == family.dad.id
    )
    family.dad.says("/help")
    await family.telegram.until(lambda: slowed.met)
    for _ in range(3):
        family.dad.says("/lock")
    await family.says("/lock", "Accepted", person=mum)
    await family.car.wait_received(1)
    assert kitt.received == ["doors/lock"]
    assert slowed.met == 1
    slowed.end()
    async with passing(_waits(family, 3600)):
        await family.dad.sees("What I can do")


async def test_after_an_outage_old_commands_get_one_answer_and_a_fresh_one_its_own(family: Family) -> None:
    await family.stop_bot()
    for _ in range(30):
        family.dad.says("/lock")
    family.clock.advance(121)
    fresh = family.dad.says("/status")
    await family.start_bot()
    await family.dad.sees("Locked", after=fresh)
    await family.settles()
    assert sum("reached me late" in message.text for message in family.dad.private_chat.messages) == 1
    assert family.car.received == []


async def test_a_command_continues_if_showing_it_fails_on_our_side(family: Family) -> None:
    """That "Sending" could not be shown must neither stop the command nor lose its outcome."""
    gate = asyncio.Event()
    family.car.fail_next(slow(gate))
    broken = family.telegram.fails_next("sendMessage", NOT_A_MESSAGE)
    said = family.dad.says("/lock")
    await family.clock.until_somebody_sleeps(0.4)
    family.clock.advance(0.4)
    await family.telegram.until(lambda: broken.met)
    gate.set()
    await family.car.wait_received(1)
    async with passing(_recoveries(family)):
        await family.dad.sees("Accepted: 🔒 Dad's Lock for Bluey.", after=said)
    assert family.dad.private_chat.find("Unknown") is None
    assert family.car.received == ["doors/lock"]


async def test_a_notice_that_telegram_did_not_accept_is_sent_later(family: Family) -> None:
    """An end counts as announced only once somebody could read it."""
    family.dimo.share(family.car, family.license, permissions={1, 2}, until=family.clock.now() + timedelta(days=14))
    await family.link()
    away = family.telegram.fails_always("sendMessage", SERVER_ERROR)
    await family.clock.until_asleep("announcing ends")
    family.clock.advance(12 * 86400)
    for _ in range(3):
        family.clock.advance(await family.clock.until_asleep("announcing ends"))
    await family.telegram.until(lambda: away.met == 4)
    away.end()
    family.clock.advance(await family.clock.until_asleep("announcing ends"))
    await family.dad.sees("The share of Bluey ends on 15 May 2026")


async def test_an_edit_that_waits_for_telegram_does_not_replace_a_newer_one(family: Family) -> None:
    """Telegram delays the first of two edits of one message; the second must remain."""
    settings = await family.says("/settings", "Next: tap what you want to change.")
    slowed = family.telegram.fails_next("editMessageText", flood(30))
    family.dad.taps(settings, "Questions")
    await family.telegram.until(lambda: slowed.met)
    await family.clock.until_somebody_sleeps(30)
    second = family.dad.taps(settings, "Time zone")
    await family.clock.until_somebody_sleeps(2)
    family.clock.advance(2)
    await second.answered()
    family.clock.advance(28)
    await settings.becomes("Where do you live?")
    await family.says("/privacy", "What I keep")
    assert settings.text.startswith("Where do you live?")


async def test_a_message_whose_markup_telegram_rejects_is_sent_as_plain_text(family: Family) -> None:
    family.telegram.fails_always("sendMessage", BAD_MARKUP, when=lambda call: "parse_mode" in call)
    question = await family.asks("/unlock", "Unlock Bluey?")
    assert question.html is None
    assert "<" not in question.text
    assert question.labels == ["🔓 Unlock", "✖️ Cancel"]


async def test_an_edit_whose_markup_telegram_rejects_is_made_as_plain_text(family: Family) -> None:
    """A car can have any name, and plain text shows it unchanged."""
    family.car.name = "R&D <3"
    choice = await family.says("/cars", "Which car?")
    await family.taps(choice, "Look again")
    question = await family.asks("/unlock", "Unlock R&D <3?")
    family.telegram.fails_always("editMessageText", BAD_MARKUP, when=lambda call: "parse_mode" in call)
    await family.taps(question, "Unlock")
    await question.becomes("Accepted: 🔓 Dad's Unlock for R&D <3.")


async def _unlocked_while_telegram_takes_no_edits(family: Family) -> Message:
    """Unlock a car that does not report its lock, so that only the outcome itself is shown.

    Returns the message, which still shows the question; Telegram is back.
    """
    family.car.reports = NO_LOCK_SIGNALS
    family.car.forget_reports()
    family.car.change(open_doors=frozenset())
    await _full_panel(family)
    question = await family.asks("/unlock", "Unlock Bluey?")
    away = family.telegram.fails_always("editMessageText", SERVER_ERROR)
    await family.taps(question, "Unlock")
    for _ in range(3):
        family.clock.advance(await family.clock.until_asleep("executing unlock"))
    await family.telegram.until(lambda: away.met == 4)
    away.end()
    assert question.text.startswith("🔓 Unlock Bluey?")
    return question


async def _full_panel(family: Family) -> Message:
    """Open the panel and wait until it shows the car's report."""
    panel = await family.says("/car", "Bluey")
    return await panel.becomes("Last contact")


@asynccontextmanager
async def passing(time: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Let time pass for the length of the block."""
    going = asyncio.create_task(time)
    try:
        yield
    finally:
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)


async def _quarters(family: Family) -> None:
    """Let time pass in steps of 0.25 s, after which a waiting action checks whether it is next."""
    while True:
        await family.clock.until_somebody_sleeps(0.25)
        family.clock.advance(0.25)


async def _waits(family: Family, seconds: float) -> None:
    """Let time pass until the flood limit ends; some calls begin to wait for that a little later."""
    while True:
        await family.clock.until_somebody_sleeps(seconds)
        family.clock.advance(seconds)
        await asyncio.sleep(0)


async def _recoveries(family: Family) -> None:
    """Let time pass until the recovery looks again."""
    while True:
        family.clock.advance(await family.clock.until_asleep("recovery"))
