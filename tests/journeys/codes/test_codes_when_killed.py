"""The bot is stopped during an explanation, or runs twice: the codes still reach DIMO once."""

import asyncio

import pytest

from bot.demo.dimo.faults import Fault
from tests.support.codes import (
    EXPLAINED,
    RETRY,
    WAITING,
    asked,
    at_dimo,
    away,
    back,
    has_arrived,
    held,
    kept,
    tries_again,
)
from tests.support.world import Family

pytestmark = pytest.mark.both_databases


async def test_an_explanation_that_was_cut_off_is_found_in_dimos_history(family: Family) -> None:
    """DIMO finished the explanation: it is not asked twice, and the same message shows it."""
    message, gate = await held(family, "P0301")
    await family.stop_bot()
    gate.set()
    await family.dimo.wait_calls("devices", "submit_codes")
    await family.start_bot()
    await tries_again(family, minutes=4)
    await message.becomes(EXPLAINED)
    await family.settles()
    assert has_arrived(family) == 1
    assert at_dimo(family) == [["P0301"]]
    assert [said for said in family.dad.private_chat.from_bot if EXPLAINED in said.text] == [message]


async def test_codes_that_dimo_never_got_are_brought_by_the_next_start(family: Family) -> None:
    gate = asyncio.Event()
    family.dimo.fail("devices", "submit_codes", Fault(wait=gate, acts=False))
    message = await asked(family, "P0301")
    await family.dimo.wait_arrived("devices", "submit_codes")
    await family.restart_bot()
    await tries_again(family, minutes=4)
    await message.becomes(EXPLAINED)
    assert has_arrived(family) == 2
    assert at_dimo(family) == [["P0301"]]


async def test_dimo_is_left_alone_as_long_as_it_may_still_explain(family: Family) -> None:
    """After a restart the bot can't know whether the language model has finished."""
    message, gate = await held(family, "P0301")
    await family.restart_bot()
    await family.clock.until_asleep(RETRY, after=200, within=241)
    family.clock.advance(180)
    newest = await family.says("/codes", "Asking DIMO")
    await newest.becomes(lambda shown: WAITING in shown.text and "Asking DIMO" not in shown.text)
    await message.becomes("What comes of it is shown in another message.")
    assert has_arrived(family) == 1
    gate.set()
    await family.dimo.wait_calls("devices", "submit_codes")
    family.clock.advance(60)
    await newest.becomes(EXPLAINED)
    assert has_arrived(family) == 1


async def test_a_second_process_leaves_alone_what_the_first_one_brings(family: Family) -> None:
    """Hosts start the new process before they stop the old one."""
    message, gate = await held(family, "P0301")
    async with family.another_bot() as clock:
        await clock.until_asleep(RETRY, after=200, within=241)
        gate.set()
        await message.becomes(EXPLAINED)
        clock.advance(241)
        await clock.until_asleep(RETRY, after=3000)
    assert has_arrived(family) == 1
    assert has_arrived(family, "codes") == 0


async def test_a_second_process_brings_what_the_first_one_left(family: Family) -> None:
    message, gate = await held(family, "P0301")
    async with family.another_bot() as clock:
        seconds = await clock.until_asleep(RETRY, after=200, within=241)
        await family.stop_bot()
        gate.set()
        clock.advance(seconds)
        await message.becomes(EXPLAINED)
    assert at_dimo(family) == [["P0301"]]


async def test_two_processes_that_try_again_at_the_same_moment_ask_once(family: Family) -> None:
    away(family)
    messages = [await kept(family, code) for code in ("P0301", "P0420")]
    back(family)
    async with family.another_bot() as clock:
        for one in (clock, family.clock):
            await one.until_asleep(RETRY, after=280, within=301)
        clock.advance(301)
        family.clock.advance(301)
        for message in messages:
            await message.becomes(EXPLAINED)
    await family.stop_bot()
    assert has_arrived(family) == 2
    assert sorted(at_dimo(family)) == [["P0301"], ["P0420"]]


async def test_a_command_that_is_delivered_twice_asks_once(family: Family) -> None:
    """At once, to a second process, and after a restart."""
    said = family.dad.says("/codes P0301")
    message = await family.dad.sees(EXPLAINED, after=said)
    family.telegram.redeliver(said)
    async with family.another_bot():
        family.telegram.redeliver(said)
        await family.says("/privacy", "What I keep")
    await family.restart_bot()
    family.telegram.redeliver(said)
    await family.settles()
    assert at_dimo(family) == [["P0301"]]
    assert [one for one in family.dad.private_chat.from_bot if "P0301" in one.text] == [message]
