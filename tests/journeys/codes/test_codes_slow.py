"""An explanation takes a minute, and delays nobody else."""

import asyncio

from bot.demo.dimo.faults import slow
from bot.demo.telegram.chats import Message
from tests.support.codes import EXPLAINED, WAITING, asked, has_arrived, held
from tests.support.world import Family

AT_ONCE = 8
"""How many explanations the bot asks for at the same time."""


async def test_an_explanation_that_takes_a_minute_holds_up_nobody(family: Family) -> None:
    """Neither the same person, nor another chat, nor other codes of the same car."""
    mum, kitt = await family.add_relative("Mum", "Kitt")
    message, gate = await held(family, "P0301")
    await family.says("/lock", "Accepted")
    await family.says("/status", "Last contact")
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
        await choice.becomes("Last contact")
        messages += [await asked(family, f"P{car.token_id % 100:02}0{number}") for number in range(4)]
        choice = await family.says("/cars", "Which car?")
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
