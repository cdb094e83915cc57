"""Clearing is confirmed first, done once, stored in the bot's own record at once, and sent to DIMO when it answers."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.demo.dimo.car import CodeQuery
from bot.demo.dimo.faults import answer, html, slow
from bot.demo.telegram.chats import Message
from bot.demo.telegram.faults import held
from tests.support.people import a_group, joins, says_there
from tests.support.world import START, Family


async def asked(family: Family, *codes: str) -> Message:
    """Ask DIMO about codes, and wait for the explanation."""
    shown = await family.says(f"/codes {' '.join(codes)}", "error codes")
    return await shown.becomes(f"The code {codes[0]} tells")


async def the_question(family: Family) -> Message:
    return await family.says("/clearcodes", "Mark these codes of Bluey as cleared?")


def cleared_at_dimo(family: Family) -> list[bool]:
    """Return for each query at DIMO whether it is cleared, the oldest first."""
    return [query.cleared_at is not None for query in reversed(family.car.code_queries)]


# The question


async def test_the_question_names_the_codes_and_says_what_stays(family: Family) -> None:
    """By the command and by the button; nothing is cleared before somebody confirms."""
    shown = await asked(family, "P0106", "P0420")
    await family.taps(shown, "Clear")
    by_button = await family.dad.sees("Mark these codes", after=shown)
    for question in (by_button, await the_question(family)):
        assert question.text == (
            "Mark these codes of Bluey as cleared?\nP0106, P0420\n"
            "This clears DIMO's record and mine, not the fault memory of the car: a warning light stays on.\n"
            "Dad has 60 seconds to confirm."
        )
        assert question.labels == ["🧹 Clear", "✖️ Cancel"]
    assert cleared_at_dimo(family) == [False]
    await family.taps(question, "Clear")
    await question.becomes("🧹 Cleared by Dad, 12:00 UTC.\n")
    assert cleared_at_dimo(family) == [True]
    assert "🧹 Clear" not in question.labels


async def test_cancel_clears_nothing(family: Family) -> None:
    await asked(family, "P0106")
    question = await the_question(family)
    await family.taps(question, "Cancel")
    await question.becomes("Cancelled: Clear error codes. Nothing was cleared.")
    assert question.labels == ["🔧 Codes"]
    await family.settles()
    assert cleared_at_dimo(family) == [False]


async def test_a_question_that_is_over_clears_nothing(family: Family) -> None:
    await asked(family, "P0106")
    question = await the_question(family)
    confirm = question.buttons[0].callback_data or ""
    await family.says("/privacy", "What I keep")
    family.clock.advance(await family.clock.until_asleep("closing questions", within=61))
    await question.becomes("Expired: Clear error codes. Nothing was cleared.")
    await family.dad.sends_forged(confirm, question).answered()
    await family.settles()
    assert question.text.startswith("⌛ Expired")
    assert cleared_at_dimo(family) == [False]


async def test_only_the_person_who_asked_can_confirm(family: Family) -> None:
    """In a group, where everybody sees the question, not even others who may clear codes."""
    await asked(family, "P0106")
    mum = await joins(family, "Mum")
    group = await a_group(family, mum)
    question = await says_there(group, family.dad, "/clearcodes", "Mark these codes of Bluey as cleared?")
    answer = await mum.taps(question, "Clear").answered()
    assert "Only the person who asked can confirm this." in (answer.text or "")
    assert cleared_at_dimo(family) == [False]
    await family.taps(question, "Clear")
    await question.becomes("Cleared by Dad, 12:00 UTC.\n")


@pytest.mark.both_databases
async def test_a_double_tap_clears_once(family: Family) -> None:
    await asked(family, "P0106")
    question = await the_question(family)
    taps = [family.dad.taps(question, "Clear") for _ in range(3)]
    for tap in taps:
        await tap.answered()
    await question.becomes("Cleared by Dad, 12:00 UTC.\n")
    family.telegram.redeliver(taps[0])
    await family.settles()
    assert len(family.dimo.calls_of("devices", "clear_codes")) == 1


# Only the newest query can be cleared


async def test_newer_codes_than_those_of_the_question_are_not_cleared(family: Family) -> None:
    await asked(family, "P0106")
    question = await the_question(family)
    await asked(family, "P0420")
    await family.taps(question, "Clear")
    said = await family.dad.sees("There are newer codes than the ones that the question was about.", after=question)
    assert "Nothing was cleared.\nNext: ask again with /clearcodes." in said.text
    await family.settles()
    assert cleared_at_dimo(family) == [False, False]


async def test_what_was_asked_elsewhere_just_now_is_what_the_question_is_about(family: Family) -> None:
    """DIMO clears its newest query, even if it was made in another app."""
    await asked(family, "P0106")
    family.clock.advance(60)
    later = CodeQuery((("P0300", "Misfire."),), family.clock.now())
    family.car.code_queries.insert(0, later)
    question = await the_question(family)
    assert "\nP0300\n" in question.text
    await family.taps(question, "Clear")
    await question.becomes("Cleared by Dad")
    await family.dimo.wait_calls("devices", "clear_codes")
    assert cleared_at_dimo(family) == [False, True]


async def test_a_slow_dimo_does_not_hold_up_the_question(family: Family) -> None:
    await asked(family, "P0106")
    family.clock.advance(60)
    gate = asyncio.Event()
    family.dimo.fail("devices", "codes", slow(gate))
    said = family.dad.says("/clearcodes")
    await family.dimo.wait_arrived("devices", "codes", 1)
    await family.clock.until_somebody_sleeps(1.5)
    family.clock.advance(1.5)
    assert "\nP0106\n" in (await family.dad.sees("Mark these codes", after=said)).text
    gate.set()


# Nothing to clear


async def test_nothing_to_clear_is_an_answer(family: Family) -> None:
    said = await family.says("/clearcodes", "There is nothing to clear: nobody has asked about a code of Bluey.")
    assert said.labels == ["🔧 Codes"]
    family.clock.advance(60)
    family.dimo.switch_off("devices")
    said = await family.says("/clearcodes", "There is nothing to clear")
    assert "I could not ask DIMO, so this is my own record. DIMO's service is not reachable." in said.text


async def test_already_cleared_is_an_answer(family: Family) -> None:
    """It names the person, if the record knows them, and the time."""
    at = START - timedelta(days=3)
    family.car.code_queries.append(CodeQuery((("P0106", "Pressure."),), at, cleared_at=at + timedelta(hours=1)))
    said = await family.says("/clearcodes", "Already cleared.\n🧹 Cleared, 28 Apr, 13:00 UTC.")
    assert said.labels == ["🔧 Codes"]
    await asked(family, "P0420")
    question = await the_question(family)
    await family.taps(question, "Clear")
    await question.becomes("Cleared by Dad, 12:00 UTC.\n")
    await family.says("/clearcodes", "Already cleared.\n🧹 Cleared by Dad, 12:00 UTC.")


# DIMO not reachable, or with newer codes


async def test_while_dimo_is_away_the_own_record_is_cleared_and_dimo_is_told_later(family: Family) -> None:
    await asked(family, "P0106")
    family.dimo.switch_off("devices", html(522))
    family.clock.advance(60)
    question = await the_question(family)
    await family.taps(question, "Clear")
    await question.becomes("📮 DIMO does not know it yet. DIMO's service is not reachable.")
    assert "🧹 Cleared by Dad, 12:01 UTC." in question.text
    assert "🔁 Send again" in question.labels
    await family.restart_bot()
    family.dimo.heal("devices")
    family.clock.advance(await family.clock.until_asleep("bringing error codes later", within=301))
    await question.becomes(lambda shown: "📮" not in shown.text)
    assert "🧹 Cleared by Dad, 12:01 UTC." in question.text
    assert cleared_at_dimo(family) == [True]


async def test_newer_codes_at_dimo_are_not_cleared_in_place_of_those_that_were_meant(family: Family) -> None:
    """Somebody asked in another app between the question and the tap: DIMO would mark that query."""
    await asked(family, "P0106")
    question = await the_question(family)
    family.clock.advance(30)
    family.car.code_queries.insert(0, CodeQuery((("P0300", "Misfire."),), family.clock.now()))
    await family.taps(question, "Clear")
    await question.becomes("In my record only: DIMO has newer codes, and it clears the newest only.")
    assert cleared_at_dimo(family) == [False, False]
    assert len(family.dimo.calls_of("devices", "clear_codes")) == 0


# At the same moment


async def test_a_history_asked_for_before_dimo_had_the_codes_does_not_keep_them_from_being_cleared(
    family: Family,
) -> None:
    """The history arrives late, and does not contain the codes yet."""
    mum = await joins(family, "Mum")
    family.clock.advance(60)
    knows, tells = asyncio.Event(), asyncio.Event()
    family.dimo.fail("devices", "submit_codes", slow(knows))
    await family.says("/codes P0106", "Waiting for DIMO")
    await family.dimo.wait_arrived("devices", "submit_codes")
    family.dimo.fail("devices", "codes", replace(answer(200, {"queries": []}), wait=tells))
    await family.says("/codes", "Asking DIMO", person=mum)
    await family.dimo.wait_arrived("devices", "codes")
    said = family.dad.says("/clearcodes")
    await family.clock.until_somebody_sleeps(1.5)
    family.clock.advance(1.5)
    question = await family.dad.sees("Mark these codes", after=said)
    knows.set()
    await family.dimo.wait_calls("devices", "submit_codes")
    await family.taps(question, "Clear")
    await question.becomes("🧹 Cleared by Dad, 12:01 UTC.")
    tells.set()
    await question.becomes("🧹 Cleared by Dad, 12:01 UTC.\n")
    assert cleared_at_dimo(family) == [True]


async def test_what_became_of_it_stays_when_telegram_shows_the_yes_late(family: Family) -> None:
    """Of two edits that are under way at once, the message must end with the later one."""
    await asked(family, "P0106")
    question, gate = await the_question(family), asyncio.Event()
    late = family.telegram.fails_next("editMessageText", held(gate))
    await family.taps(question, "Clear")
    await family.telegram.until(lambda: late.met)
    await question.becomes("🧹 Cleared by Dad, 12:00 UTC.\n")
    gate.set()
    await family.settles()
    assert "Telling DIMO" not in question.text
