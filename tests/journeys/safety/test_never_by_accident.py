"""The car never opens by accident: wrong, double, late, replayed and redelivered taps."""

import asyncio

from bot.demo.telegram.faults import (
    ANSWER_LOST,
    BAD_GATEWAY,
    DROPPED,
    SERVER_ERROR,
    TOO_OLD,
    Fault,
    hangs,
    held,
)
from tests.support.world import Family


async def test_an_opening_is_sent_only_after_its_question_is_confirmed(family: Family) -> None:
    """The question sends nothing; one tap on it sends one command."""
    question = await family.asks("/unlock", "Unlock Bluey?")
    assert question.labels == ["🔓 Unlock", "✖️ Cancel"]
    assert "No undo" in question.text
    assert family.car.received == []
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")
    assert family.car.received == ["doors/unlock"]


async def test_every_button_that_opens_asks_first(family: Family) -> None:
    """An accidental tap on the panel opens nothing: it asks, as the command does."""
    panel = await family.says("/car", "Bluey")
    for label, path in (("Unlock", "doors/unlock"), ("Frunk", "frunk/open"), ("Trunk", "trunk/open")):
        already = len(family.car.received)
        await family.taps(panel, label)
        asked = await family.dad.sees("No undo", after=family.dad.private_chat.last)
        assert len(family.car.received) == already
        await family.taps(asked, label if label == "Unlock" else f"Open {label.lower()}")
        await asked.becomes("Accepted")
        assert family.car.received[already:] == [path]


async def test_the_cancel_button_cancels_the_question(family: Family) -> None:
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Cancel")
    await question.becomes("Cancelled: Unlock. Nothing was sent.")
    await family.settles()
    assert family.car.received == []


async def test_the_cancel_command_cancels_every_open_question(family: Family) -> None:
    first = await family.asks("/unlock", "Unlock Bluey?")
    second = await family.asks("/trunk", "Open Bluey's trunk?")
    confirm = first.buttons[0].callback_data or ""
    family.dad.says("/cancel")
    await first.becomes("Cancelled: Unlock. Nothing was sent.")
    await second.becomes("Cancelled: trunk opening. Nothing was sent.")
    family.dad.sends_forged(confirm, first)
    await family.settles()
    assert first.text.startswith("✖️ Cancelled")
    assert family.car.received == []


async def test_a_cancelled_question_cannot_be_confirmed(family: Family) -> None:
    """The phone still shows the confirming button after the other one was tapped."""
    question = await family.asks("/unlock", "Unlock Bluey?")
    confirm = question.buttons[0].callback_data or ""
    await family.taps(question, "Cancel")
    await question.becomes("Cancelled")
    family.dad.sends_forged(confirm, question)
    await family.settles()
    assert question.text == "✖️ Cancelled: Unlock. Nothing was sent. The car stays as it is."
    assert family.car.received == []


async def test_cancelling_a_confirmed_question_does_not_claim_that_it_was_cancelled(family: Family) -> None:
    """A command that was sent can't be taken back."""
    question = await family.asks("/unlock", "Unlock Bluey?")
    cancel = question.buttons[1].callback_data or ""
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")
    family.dad.sends_forged(cancel, question)
    await family.settles()
    assert not [text for text in question.texts if "Cancelled" in text]
    assert family.car.received == ["doors/unlock"]


async def test_a_double_tap_sends_one_command(family: Family) -> None:
    question = await family.asks("/unlock", "Unlock Bluey?")
    taps = [family.dad.taps(question, "Unlock") for _ in range(2)]
    for tap in taps:
        await tap.answered()
    await family.settles()
    assert family.car.received == ["doors/unlock"]
    assert question.text.startswith("📨 Accepted")


async def test_the_button_of_an_answered_question_does_nothing(family: Family) -> None:
    """The same data is sent again a minute later, and after a restart."""
    question = await family.asks("/unlock", "Unlock Bluey?")
    confirm = question.buttons[0].callback_data or ""
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")
    family.dad.sends_forged(confirm, question)
    await family.restart_bot()
    family.dad.sends_forged(confirm, question)
    await family.settles()
    assert family.car.received == ["doors/unlock"]


async def test_an_expired_question_says_so_by_itself(family: Family) -> None:
    question = await family.asks("/unlock", "Unlock Bluey?")
    await _minute_passes(family)
    await question.becomes("Expired: Unlock. Nothing was sent.")
    assert question.labels == ["🔓 Unlock"]
    await family.settles()
    assert family.car.received == []


async def test_a_question_that_telegram_accepted_too_late_is_shown_as_expired(family: Family) -> None:
    """Its minute starts with the command: a question that can't be answered must not look open."""
    other, gate = await family.asks("/frunk", "Open Bluey's frunk?"), asyncio.Event()
    late = family.telegram.fails_next("sendMessage", held(gate))
    asked = family.dad.says("/unlock")
    await family.telegram.until(lambda: late.met)
    family.clock.advance(1 + await family.clock.until_asleep("closing questions", within=61))
    await other.becomes("Expired: Frunk.")
    gate.set()
    await family.dad.sees("Expired: Unlock. Nothing was sent.", after=asked)


async def test_a_tap_on_an_expired_question_does_nothing(family: Family) -> None:
    """The person tapped in time, but the tap reached the bot late: the question's lifetime decides."""
    question = await family.asks("/unlock", "Unlock Bluey?")
    confirm = question.buttons[0].callback_data or ""
    await _minute_passes(family)
    await question.becomes("Expired")
    family.dad.sends_forged(confirm, question)
    await family.settles()
    assert question.text == "⌛ Expired: Unlock. Nothing was sent. The car stays as it is."
    assert family.car.received == []


async def test_a_question_that_expires_before_its_tap_arrives_is_expired(family: Family) -> None:
    """Telegram was slow to accept our answer to the tap, and the minute was over by then."""
    question = await family.asks("/unlock", "Unlock Bluey?")
    gate = asyncio.Event()
    family.telegram.fails_next("answerCallbackQuery", Fault(gate=gate, drops=True))
    family.dad.taps(question, "Unlock")
    await family.telegram.until(lambda: family.telegram.calls_of("answerCallbackQuery"))
    family.clock.advance(61)
    gate.set()
    await question.becomes("Expired")
    await family.settles()
    assert family.car.received == []


async def test_a_question_survives_a_restart_but_still_expires(family: Family) -> None:
    """Questions are in the database, and expire while the bot is stopped, too."""
    question = await family.asks("/unlock", "Unlock Bluey?")
    other = await family.asks("/frunk", "Open Bluey's frunk?")
    await family.restart_bot()
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")
    await family.stop_bot()
    family.clock.advance(61)
    await family.start_bot()
    await other.becomes("Expired")
    await family.settles()
    assert family.car.received == ["doors/unlock"]


async def test_a_tap_that_telegram_calls_too_old_does_nothing(family: Family) -> None:
    question = await family.asks("/unlock", "Unlock Bluey?")
    family.telegram.fails_next("answerCallbackQuery", TOO_OLD)
    family.dad.taps(question, "Unlock")
    await family.telegram.called("answerCallbackQuery")
    await family.says("/privacy", "What I keep")
    assert family.car.received == []
    assert question.text.startswith("🔓 Unlock Bluey?")
    assert family.dad.private_chat.last.text.startswith("What I keep")
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")


async def test_a_tap_from_before_the_bot_was_started_does_nothing(family: Family) -> None:
    """It waited at Telegram while the bot was stopped, and nobody waits at the car any more."""
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.stop_bot()
    family.dad.taps(question, "Unlock")
    family.clock.advance(20)
    await family.start_bot()
    await family.settles()
    assert family.car.received == []


async def test_a_tap_counts_even_if_answering_it_fails(family: Family) -> None:
    """The answer only stops the progress mark on the button; the database decides whether the tap counts."""
    for fault in (DROPPED, ANSWER_LOST, SERVER_ERROR, BAD_GATEWAY):
        question = await family.asks("/unlock", "Unlock Bluey?")
        family.telegram.fails_next("answerCallbackQuery", fault)
        family.dad.taps(question, "Unlock")
        await question.becomes("Accepted")
    await family.settles()
    assert family.car.received == ["doors/unlock"] * 4


async def test_a_tap_counts_even_if_answering_it_times_out(family: Family) -> None:
    """Telegram may have accepted the answer or not; the person has waited long enough."""
    family.answer_seconds = 0.1
    await family.restart_bot()
    question = await family.asks("/unlock", "Unlock Bluey?")
    slow = family.telegram.fails_next("answerCallbackQuery", hangs())
    family.dad.taps(question, "Unlock")
    await question.becomes("Accepted")
    assert slow.met == 1
    assert family.car.received == ["doors/unlock"]


async def test_openings_are_limited_per_person_and_minute(family: Family) -> None:
    """Open questions are counted when they are confirmed, and a lock is never counted."""
    family.environ["OPENINGS_PER_MINUTE"] = "2"
    await family.restart_bot()
    questions = [await family.asks("/unlock", "Unlock Bluey?") for _ in range(3)]
    for question in questions[:2]:
        await family.taps(question, "Unlock")
        await question.becomes("Accepted")
    await family.taps(questions[2], "Unlock")
    await family.dad.sees("That is a lot of openings in one minute.", after=questions[2])
    await family.says("/trunk", "That is a lot of openings in one minute.")
    await family.says("/lock", "Accepted")
    assert family.car.received == ["doors/unlock", "doors/unlock", "doors/lock"]
    family.clock.advance(61)
    again = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(again, "Unlock")
    await again.becomes("Accepted")


async def _minute_passes(family: Family) -> None:
    """Wait until the bot has shown a question and waits for its end, then let the time pass."""
    await family.says("/privacy", "What I keep")
    family.clock.advance(await family.clock.until_asleep("closing questions", within=61))
