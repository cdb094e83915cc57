"""An explanation takes a minute: the message says so, nobody else waits for it, and a time-out loses nothing."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.demo.dimo.faults import never_answer, slow
from bot.demo.telegram.chats import Message
from bot.dimo.http import Timeouts
from tests.support.codes import EXPLAINED, WAITING, asked, at_dimo, has_arrived, held, kept
from tests.support.world import Family, a_family

AT_ONCE = 8
"""How many explanations the bot asks for at the same time."""


@pytest.fixture
async def hasty(url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A family whose bot waits a third of a second for an explanation."""
    async with a_family(url, key, signing_key, timeouts=Timeouts(explanation=0.3)) as family:
        await family.start_bot()
        await family.link()
        yield family


async def test_an_explanation_that_takes_a_minute_holds_up_nobody(family: Family) -> None:
    """Neither the same person, nor another chat, nor other codes of the same car."""
    mum, kitt = await family.add_relative("Mum", "Kitt")
    message, gate = await held(family, "P0301")
    await family.says("/lock", "Accepted")
    await family.says("/status", "Last heard of")
    await family.says("/lock", "Accepted", person=mum)
    other = await asked(family, "P0420", person=mum)
    await other.becomes(EXPLAINED)
    family.clock.advance(60)
    older = await family.says("/codes", WAITING)
    await family.taps(older, "Read from car")
    await family.dad.sees("codes from the car", after=older)
    assert EXPLAINED not in message.text
    assert (family.car.received, kitt.received) == (["doors/lock"], ["doors/lock"])
    gate.set()
    await older.becomes(EXPLAINED)


async def test_forty_slow_explanations_keep_no_lock_from_going_out(family: Family) -> None:
    """Commands and explanations share DIMO's service and its limit; four explanations are asked for each of ten cars."""
    choice = await _has_ten_cars(family)
    gate = asyncio.Event()
    family.dimo.fail("devices", "submit_codes", slow(gate), times=None)
    messages = []
    for car in family.account.cars:
        await family.taps(choice, car.name)
        await choice.becomes("Last heard of")
        messages += [await asked(family, f"P{car.token_id % 100:02}0{number}") for number in range(4)]
        await family.taps(choice, "Cars")
        await choice.becomes("Which car?")
    await family.dimo.wait_arrived("devices", "submit_codes", AT_ONCE)
    await family.says("/lock", "Accepted")
    assert has_arrived(family) == AT_ONCE
    assert [car.received for car in family.account.cars if car.received] == [["doors/lock"]]
    gate.set()
    for message in messages:
        await message.becomes(EXPLAINED)
    assert sum(len(car.code_queries) for car in family.account.cars) == len(messages) == 40


async def _has_ten_cars(family: Family) -> Message:
    """Give dad nine more cars; returns the message in which he chooses one."""
    for number in range(9):
        family.dimo.share(family.account.add_car(name=f"Car {number}"), family.license, permissions={1, 2})
    choice = await family.says("/cars", "Which car?")
    await family.taps(choice, "Look again")
    return await choice.becomes(lambda shown: len(shown.labels) > 10)


async def test_an_explanation_that_never_comes_is_said_so_and_the_codes_are_kept(hasty: Family) -> None:
    hasty.dimo.fail("devices", "submit_codes", never_answer(acts=False))
    message = await kept(hasty, "P0301")
    assert "DIMO did not answer in time." in message.text
    assert "P0301 – Cylinder 1 misfire" in message.text
    await hasty.taps(message, "Send again")
    await message.becomes(EXPLAINED)
    assert at_dimo(hasty) == [["P0301"]]


async def test_an_explanation_that_comes_after_the_time_is_over_is_found_without_asking_again(
    hasty: Family,
) -> None:
    gate = asyncio.Event()
    hasty.dimo.fail("devices", "submit_codes", slow(gate))
    message = await kept(hasty, "P0301")
    gate.set()
    await hasty.dimo.wait_calls("devices", "submit_codes")
    await hasty.taps(message, "Send again")
    await message.becomes(EXPLAINED)
    assert has_arrived(hasty) == 1
