"""The history of a car's codes: the bot's own record at once, then DIMO's, all in one message."""

import asyncio
from datetime import timedelta

import pytest

from bot.demo.dimo.car import CodeQuery
from bot.demo.dimo.faults import html, slow
from bot.demo.telegram.chats import Message
from bot.demo.telegram.faults import Fault
from tests.support.world import START, Family


def asked_elsewhere(family: Family, *codes: str, days_ago: float, cleared: bool = False) -> None:
    """Add a query of another app to DIMO's history."""
    at = START - timedelta(days=days_ago)
    explained = tuple((code, f"What {code} means elsewhere.") for code in codes)
    query = CodeQuery(explained, at, cleared_at=at + timedelta(hours=1) if cleared else None)
    family.car.code_queries.append(query)
    family.car.code_queries.sort(key=lambda one: one.requested_at, reverse=True)


async def the_history(family: Family) -> Message:
    """Open the history, and wait for DIMO's part."""
    return await (await family.says("/codes", "error codes")).becomes(is_complete)


def is_complete(message: Message) -> bool:
    return "error codes" in message.text and "Asking DIMO" not in message.text


# What is shown


async def test_the_newest_codes_are_shown_with_all_that_is_known_of_them(family: Family) -> None:
    """By the command and by the button of the panel: each code with its meaning, who asked, and when."""
    family.dimo.explanations["P0106"] = "The <MAP> sensor & its hose."
    await (await family.says("/codes P0300", "error codes")).becomes("The code P0300 tells")
    family.clock.advance(3600)
    await (await family.says("/codes P0106 P0279", "error codes")).becomes("The <MAP> sensor")
    panel = await family.says("/car", "Bluey")
    await family.taps(panel, "More")
    await panel.becomes(lambda message: "🔧 Codes" in message.labels)
    await family.taps(panel, "Codes")
    by_button = await (await family.dad.sees("error codes", after=panel)).becomes(is_complete)
    for shown in (by_button, await the_history(family)):
        assert shown.text.startswith("🔧 Bluey: error codes\nAsked by Dad, 13:00 UTC.\nP0106 – Intake or outside air")
        assert "\nThe <MAP> sensor & its hose.\nP0279 – " in shown.text
        assert "P0300" not in shown.text
        assert shown.labels[0] == "◀️ Older"


async def test_without_any_codes_the_next_step_is_shown(family: Family) -> None:
    shown = await the_history(family)
    assert shown.text.endswith("Nobody has asked about an error code yet.\nNext: tap Read from car, or Enter codes.")
    assert shown.labels == ["🚗 Read from car", "✍️ Enter codes", "👁 Watch"]


async def test_what_was_asked_elsewhere_is_part_of_the_history(family: Family) -> None:
    """By DIMO's own app, for example: then no name is known."""
    asked_elsewhere(family, "P0420", "p0430", days_ago=3, cleared=True)
    shown = await the_history(family)
    assert "Asked outside of this chat, 28 Apr, 12:00 UTC.\n🧹 Cleared, 28 Apr, 13:00 UTC." in shown.text
    assert "P0420 – Catalytic converter, bank 1: cleans too little\nWhat P0420 means elsewhere." in shown.text
    assert "p0430 – Catalytic converter, bank 2" in shown.text
    assert "🧹 Clear" not in shown.labels


async def test_a_query_that_was_cleared_here_names_who_did_it(family: Family) -> None:
    await (await family.says("/codes P0106", "error codes")).becomes("The code P0106 tells")
    question = await family.says("/clearcodes", "Mark these codes of Bluey as cleared?")
    await family.taps(question, "Clear")
    await question.becomes("Cleared by Dad, 12:00 UTC.")
    assert "Cleared by Dad, 12:00 UTC." in (await the_history(family)).text


# Older, newer, pages


async def test_older_and_newer_turn_the_whole_history_in_one_message(family: Family) -> None:
    for days in (9, 7, 5, 3):
        asked_elsewhere(family, f"P030{days}", days_ago=days)
    await (await family.says("/codes P0106", "error codes")).becomes("The code P0106 tells")
    shown, newest_first = await the_history(family), ["P0106", "P0303", "P0305", "P0307", "P0309"]
    first = shown.id
    for code in newest_first[1:]:
        await family.taps(shown, "Older")
        await shown.becomes(f"{code} – ")
        assert [other for other in newest_first if f"{other} – " in shown.text] == [code]
    assert "◀️ Older" not in shown.labels
    for code in reversed(newest_first[:-1]):
        await family.taps(shown, "Newer")
        await shown.becomes(f"{code} – ")
    assert "Newer ▶️" not in shown.labels
    assert family.dad.private_chat.last.id == first


async def test_two_messages_are_turned_each_for_itself(family: Family) -> None:
    for days in (5, 3, 1):
        asked_elsewhere(family, f"P030{days}", days_ago=days)
    one, other = await the_history(family), await the_history(family)
    await family.taps(one, "Older")
    await one.becomes("P0303")
    await family.taps(one, "Older")
    await one.becomes("P0305")
    await family.taps(other, "Older")
    await other.becomes("P0303")
    assert "P0305" in one.text


async def test_long_explanations_are_read_whole_by_tapping_through(family: Family) -> None:
    """Nothing is cut off, and the pages turn in one message."""
    many = [f"P{number:04}" for number in range(1000, 1020)]
    for code in many:
        family.dimo.explanations[code] = f"<b>{code}</b> & " + "so weiter: die Düse 🔧 prüfen. " * 19
    shown = await (await family.says(f"/codes {' '.join(many)}", "error codes")).becomes("so weiter")
    read = shown.text
    for page in range(2, 100):
        if "Page ➡️" not in shown.labels:
            break
        await family.taps(shown, "Page ➡️")
        await shown.becomes(f"Page {page} of ")
        read += shown.text
    assert [code for code in many if family.dimo.explanations[code].strip() not in read] == []
    await family.taps(shown, "⬅️ Page")
    await shown.becomes(f"Page {page - 2} of ")
    assert family.dad.private_chat.last is shown


async def test_the_history_is_still_there_after_a_restart_and_old_buttons_still_turn_it(
    family: Family,
) -> None:
    for days in (5, 3):
        asked_elsewhere(family, f"P030{days}", days_ago=days)
    shown = await the_history(family)
    await family.restart_bot()
    await family.taps(shown, "Older")
    await shown.becomes("P0305")


# DIMO slow or not reachable


async def test_the_record_is_shown_at_once_and_dimos_news_follow_in_the_same_message(family: Family) -> None:
    await (await family.says("/codes P0106", "error codes")).becomes("The code P0106 tells")
    family.clock.advance(3600)
    asked_elsewhere(family, "P0420", days_ago=-1 / 48)
    gate = asyncio.Event()
    family.dimo.fail("devices", "codes", slow(gate))
    shown = await family.says("/codes", "Asking DIMO for old codes…")
    assert "The code P0106 tells" in shown.text
    gate.set()
    await shown.becomes("What P0420 means")
    assert shown.edits == 1
    await family.taps(shown, "Older")
    await shown.becomes("The code P0106 tells")


async def test_without_dimo_the_own_record_stays_and_says_that_it_is_that(family: Family) -> None:
    await (await family.says("/codes P0106", "error codes")).becomes("The code P0106 tells")
    family.dimo.switch_off("devices", html(522))
    shown = await the_history(family)
    assert "I could not ask DIMO, so this is my own record. DIMO's service is not reachable." in shown.text
    assert "The code P0106 tells" in shown.text
    family.dimo.heal("devices")
    assert "my own record" not in (await the_history(family)).text


async def test_dimo_is_not_asked_again_within_half_a_minute(family: Family) -> None:
    await the_history(family)
    calls = len(family.dimo.calls_of("devices", "codes"))
    shown = await family.says("/codes", "error codes")
    assert is_complete(shown)
    family.clock.advance(31)
    await the_history(family)
    assert len(family.dimo.calls_of("devices", "codes")) == calls + 1


# What comes late


async def test_dimos_late_history_does_not_take_the_place_of_what_the_person_turned_to(
    family: Family,
) -> None:
    for days in (5, 3):
        asked_elsewhere(family, f"P030{days}", days_ago=days)
    await the_history(family)
    family.clock.advance(60)
    gate = asyncio.Event()
    family.dimo.fail("devices", "codes", slow(gate))
    shown = await family.says("/codes", "Asking DIMO for old codes…")
    await family.taps(shown, "Older")
    await shown.becomes("P0305")
    gate.set()
    await family.settles()
    assert "P0305" in shown.text
    assert shown.edits == 1


async def test_a_late_explanation_does_not_take_the_place_of_what_the_person_turned_to(
    family: Family,
) -> None:
    asked_elsewhere(family, "P0305", days_ago=5)
    await the_history(family)
    gate = asyncio.Event()
    family.dimo.fail("devices", "submit_codes", slow(gate))
    shown = await family.says("/codes P0106", "Waiting for DIMO's explanation.")
    await family.taps(shown, "Older")
    await shown.becomes("P0305")
    gate.set()
    await family.dimo.wait_calls("devices", "submit_codes")
    await family.says("/privacy", "What I keep")
    assert "P0305" in shown.text
    await family.taps(shown, "Newer")
    await shown.becomes("The code P0106 tells")


async def test_an_explanation_comes_to_the_message_that_was_turned_back_to_it(family: Family) -> None:
    asked_elsewhere(family, "P0305", days_ago=5)
    await the_history(family)
    gate = asyncio.Event()
    family.dimo.fail("devices", "submit_codes", slow(gate))
    shown = await family.says("/codes P0106", "Waiting for DIMO's explanation.")
    await family.taps(shown, "Older")
    await shown.becomes("P0305")
    await family.taps(shown, "Newer")
    await shown.becomes("Waiting for DIMO's explanation.")
    gate.set()
    await shown.becomes("The code P0106 tells")


async def test_an_explanation_comes_to_the_message_that_shows_its_codes_last(family: Family) -> None:
    """Of two messages with the same codes, people read the one that was opened last."""
    gate = asyncio.Event()
    family.dimo.fail("devices", "submit_codes", slow(gate))
    await family.says("/codes P0106", "Waiting for DIMO's explanation.")
    shown = await (await family.says("/codes", "Waiting for DIMO's explanation.")).becomes(is_complete)
    gate.set()
    await shown.becomes("The code P0106 tells")


@pytest.mark.parametrize("command", ["/codes", "/codes P0106"])
async def test_a_message_that_telegram_acknowledges_late_stays_where_it_was_turned_to(
    family: Family, command: str
) -> None:
    """People see the message, and tap, before the bot knows its id."""
    asked_elsewhere(family, "P0303", days_ago=3)
    asked_elsewhere(family, "P0305", days_ago=5)
    await the_history(family)
    family.clock.advance(60)
    at_dimo, at_telegram = asyncio.Event(), asyncio.Event()
    for operation in ("codes", "submit_codes"):
        family.dimo.fail("devices", operation, slow(at_dimo))
    family.telegram.fails_next("sendMessage", Fault(acts_first=True, gate=at_telegram))
    said = family.dad.says(command)
    shown = await family.dad.sees("error codes", after=said)
    family.dad.taps(shown, "Older")
    await family.clock.until_somebody_sleeps(2.0)
    family.clock.advance(2.0)
    await shown.becomes("P0303" if command != "/codes" else "P0305")
    turned_to = shown.text
    at_telegram.set()
    at_dimo.set()
    await the_history(family)
    await family.settles()
    assert shown.text == turned_to
