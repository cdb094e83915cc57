"""Answers that are too long to be read, from any sender: the bot invents nothing, and continues."""

import pytest

from bot.demo.dimo import faults as dimo_faults
from bot.demo.telegram import faults as telegram_faults
from tests.support.world import Family


async def test_an_opening_that_is_answered_by_a_bomb_is_unknown_and_sent_once(family: Family) -> None:
    family.car.fail_next(dimo_faults.bomb())
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    await question.becomes("Unknown")
    assert family.car.received == ["doors/unlock"]


async def test_a_bomb_in_place_of_the_cars_says_that_dimo_is_not_reachable(family: Family) -> None:
    family.dimo.switch_off("identity", dimo_faults.bomb())
    asked = family.dad.says("/link")
    offer = await family.dad.sees("Connect your DIMO account", after=asked)
    sent = family.dad.says(family.landing_for(family.dad.opens(offer, "Sign in"), family.account))
    await family.dad.sees("DIMO's service is not reachable", after=sent)


async def test_updates_that_are_too_long_together_are_taken_one_by_one(family: Family) -> None:
    """A stranger must not be able to stop the bot with long messages."""
    too_long = telegram_faults.bomb()
    family.telegram.fails_always("getUpdates", too_long, when=lambda asked: asked.get("limit", 100) > 1)
    for _ in range(3):
        await family.says("/status", "Bluey")


async def test_an_update_that_is_too_long_alone_is_skipped(family: Family, caplog: pytest.LogCaptureFixture) -> None:
    await family.says("/status", "Bluey")
    await family.telegram.until(lambda: family.bot.updates.has_listener)
    taken = family.telegram.calls_of("getUpdates")[-1].params["offset"]
    too_long = telegram_faults.bomb()
    family.telegram.fails_always("getUpdates", too_long, when=lambda asked: asked.get("offset", 0) == taken + 1)
    family.dad.says("/help")
    await family.clock.until_asleep("polling")
    family.dad.says("the message that is too long")
    family.clock.advance(1)
    await family.says("/status", "Bluey")
    assert [one.message for one in caplog.records if "too long" in one.message]
