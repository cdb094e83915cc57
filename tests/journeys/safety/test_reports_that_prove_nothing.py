"""Reports that prove nothing: old ones, contested ones, and those from a wrong clock."""

import asyncio
from datetime import timedelta

from tests.support.world import Family


async def test_a_report_does_not_confirm_an_unlock_if_a_lock_may_have_run_since(
    family: Family,
) -> None:
    """The car reported "unlocked", then DIMO accepted a Lock: "was already unlocked" would be a guess."""
    family.car.change(locked=False)
    family.car.act_delay = asyncio.Event()
    family.clock.advance(60)
    await family.says("/lock", "Accepted")
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")
    await _a_look_passes(family, "unlock")
    assert "already" not in question.text


async def test_a_report_does_not_confirm_a_lock_if_an_unconfirmed_unlock_came_after_it(
    family: Family,
) -> None:
    """The car never reported the unlock, so its older "locked" may no longer be true."""
    family.car.silent = True
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")
    while "the answer is below" not in question.text:
        await _a_look_passes(family, "unlock")
    outcome = await family.says("/lock", "Accepted")
    await _a_look_passes(family, "lock")
    assert "already" not in outcome.text


async def test_an_old_report_confirms_nothing_if_our_clock_is_slow(
    family: Family,
) -> None:
    """The bot's clock is four minutes behind, so the old report seems to come after the command."""
    family.car.change(locked=False)
    family.car.silent = True
    family.car.report("bodyLockIsLocked", 1.0, at=family.clock.now() + timedelta(minutes=4))
    outcome = await family.says("/lock", "Accepted")
    while "the answer is below" not in outcome.text:
        await _a_look_passes(family, "lock")
    assert not [text for text in outcome.texts if "Confirmed" in text]


async def test_an_old_report_confirms_nothing_when_our_slow_clock_reaches_its_time(
    family: Family,
) -> None:
    """Four minutes later the old report is no longer in the future of our clock."""
    family.car.change(locked=False)
    family.car.silent = True
    family.car.report("bodyLockIsLocked", 1.0, at=family.clock.now() + timedelta(minutes=4))
    outcome = await family.says("/lock", "Accepted")
    sent_at = family.clock.now()
    while family.clock.now() < sent_at + timedelta(minutes=5):
        await _a_look_passes(family, "lock")
    assert not [text for text in outcome.texts if "Confirmed" in text]


async def test_a_status_without_a_report_says_nothing_about_a_command(family: Family) -> None:
    """That the car's report can't be read says nothing about an unlock that was sent."""
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")
    family.dimo.switch_off("telemetry")
    status = await family.says("/status", "I can't get the car's report right now.")
    assert "Nothing was sent" not in status.text


async def _a_look_passes(family: Family, action: str) -> None:
    """Make the bot read the car's report once more after an action, and keep watching."""
    family.clock.advance(await family.clock.until_asleep(f"watching {action}"))
    await family.clock.until_asleep(f"watching {action}")
