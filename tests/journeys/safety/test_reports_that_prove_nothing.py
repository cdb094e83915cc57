"""What proves nothing is not told as proof: old reports, contested ones, and those from a clock that is wrong."""

import asyncio
from datetime import timedelta

import pytest

from tests.support.world import Family


@pytest.fixture
def url(sqlite_url: str) -> str:
    """Which database it is makes no difference here."""
    return sqlite_url


async def test_a_lock_that_may_have_run_since_the_report_takes_its_worth_for_an_unlock(
    family: Family,
) -> None:
    """The car last said "unlocked", then DIMO took a Lock: "was already unlocked" would be a guess."""
    family.car.change(locked=False)
    family.car.act_delay = asyncio.Event()
    family.clock.advance(60)
    await family.says("/lock", "Accepted")
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")
    await _a_look_passes(family, "unlock")
    assert "already" not in question.text


async def test_an_unlock_that_was_not_confirmed_takes_the_worth_of_an_older_report_for_a_lock(
    family: Family,
) -> None:
    """The car never told what became of the unlock, so that its old "locked" says nothing any more."""
    family.car.silent = True
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")
    while "Not confirmed" not in question.text:
        await _a_look_passes(family, "unlock")
    outcome = await family.says("/lock", "Accepted")
    await _a_look_passes(family, "lock")
    assert "already" not in outcome.text


async def test_a_report_from_before_the_command_confirms_nothing_where_our_clock_is_slow(
    family: Family,
) -> None:
    """The bot's clock is four minutes behind, so that the car's old report seems to come after the command."""
    family.car.change(locked=False)
    family.car.silent = True
    family.car.report("bodyLockIsLocked", 1.0, at=family.clock.now() + timedelta(minutes=4))
    outcome = await family.says("/lock", "Accepted")
    while "Not confirmed" not in outcome.text:
        await _a_look_passes(family, "lock")
    assert not [text for text in outcome.texts if "Confirmed" in text]


async def test_a_report_from_before_the_command_confirms_nothing_when_our_slow_clock_gets_there(
    family: Family,
) -> None:
    """Four minutes later our clock has come to where that old report is no longer in the future."""
    family.car.change(locked=False)
    family.car.silent = True
    family.car.report("bodyLockIsLocked", 1.0, at=family.clock.now() + timedelta(minutes=4))
    outcome = await family.says("/lock", "Accepted")
    sent_at = family.clock.now()
    while family.clock.now() < sent_at + timedelta(minutes=5):
        await _a_look_passes(family, "lock")
    assert not [text for text in outcome.texts if "Confirmed" in text]


async def test_a_status_without_a_report_claims_nothing_about_what_was_sent(family: Family) -> None:
    """An unlock is on its way; that the car's report can't be had says nothing about it."""
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")
    family.dimo.switch_off("telemetry")
    status = await family.says("/status", "I can't get the car's report right now.")
    assert "Nothing was sent" not in status.text


async def _a_look_passes(family: Family, action: str) -> None:
    """Let the bot look at the car once more after an action, and go on watching."""
    family.clock.advance(await family.clock.until_asleep(f"watching {action}"))
    await family.clock.until_asleep(f"watching {action}")
