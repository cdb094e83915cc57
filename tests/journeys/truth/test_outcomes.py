"""Outcomes: what DIMO accepted, then what the car itself reported, and what is not known."""

import asyncio
from datetime import timedelta

from bot.demo.dimo.car import LOCK_SIGNALS, NO_LOCK_SIGNALS
from bot.demo.dimo.faults import slow, status
from bot.demo.telegram.chats import Message
from tests.support.world import Family


async def test_accepted_becomes_confirmed_by_the_cars_own_report(family: Family) -> None:
    family.car.change(locked=False)
    outcome = await family.says("/lock", "Accepted: 🔒 Dad's Lock for Bluey.")
    assert "on its way to the car" in outcome.text
    await family.next_look()
    await outcome.becomes("Confirmed: 🔒 Dad locked Bluey, 12:00 UTC")
    assert outcome.edits == 1


async def test_accepted_is_never_shown_as_done(family: Family) -> None:
    """DIMO's 200 means queued: nothing more is said until the car reports."""
    family.car.silent = True
    outcome = await _confirmed(family, "/unlock", "Unlock")
    for _ in range(3):
        await family.next_look()
    await family.clock.until_asleep("watching")
    assert outcome.texts[1:] == [outcome.text]
    assert outcome.text.startswith("📨 Accepted")
    assert "unlocked" not in outcome.text


async def test_an_older_report_confirms_nothing(family: Family) -> None:
    """It agrees, but the car sent it before the command."""
    family.car.change(locked=True)
    asked_at = family.clock.now()
    family.car.silent = True
    outcome = await _confirmed(family, "/frunk", "Open frunk")
    family.car.report("bodyTrunkFrontIsOpen", 1.0, at=asked_at - timedelta(minutes=2))
    await family.next_look()
    await outcome.becomes("already")
    assert outcome.text.startswith("📨 Accepted")
    assert "11:58 UTC" in outcome.text


async def test_only_a_newer_report_confirms_a_trunk_that_toggles(family: Family) -> None:
    """The car has not reported its trunk for long, so the old report proves nothing."""
    family.car.change(trunk_open=False)
    family.car.silent = True
    outcome = await _confirmed(family, "/trunk", "Open trunk")
    await family.next_look()
    await family.next_look()
    assert outcome.text.startswith("📨 Accepted")
    family.clock.advance(1)
    family.car.report("bodyTrunkRearIsOpen", 0.0)
    family.car.report("bodyTrunkRearIsOpen", 1.0)
    await family.next_look()
    await outcome.becomes("Confirmed: 🧳 Dad opened Bluey's trunk")


async def test_a_lock_of_a_locked_car_is_shown_as_already_locked(family: Family) -> None:
    """Cars report changes only, so no report is waited for."""
    outcome = await family.says("/lock", "Accepted")
    await family.next_look()
    await outcome.becomes("Bluey was already locked at 12:00 UTC")
    assert outcome.text.startswith("📨 Accepted")
    assert family.car.received == ["doors/lock"]


async def test_the_last_reported_state_never_prevents_an_action(family: Family) -> None:
    """The car reports locked, perhaps wrongly: Lock is sent anyway."""
    for _ in range(2):
        outcome = await family.says("/lock", "Accepted")
        await family.next_look()
        await outcome.becomes("was already locked")
    assert family.car.received == ["doors/lock", "doors/lock"]


async def test_an_action_without_a_report_is_not_confirmed_after_the_wait(family: Family) -> None:
    """The last known state is shown with its time, and the person is told to check the car."""
    family.car.change(locked=False)
    family.clock.advance(600)
    family.car.silent = True
    outcome = await family.says("/lock", "Accepted")
    outcome = await _wait_is_over(family, outcome)
    assert "went out, and no report of it came." in outcome.text
    assert "Last report: unlocked, 12:00 UTC (11 minutes ago)." in outcome.text
    assert outcome.labels == ["🔒 Lock", "📋 Status"]
    assert family.car.received == ["doors/lock"]


async def test_a_late_report_edits_the_message_once_more(family: Family) -> None:
    """The watch continues after the wait; the time shown is that of the car's report."""
    family.car.change(locked=False)
    family.car.silent = True
    outcome = await family.says("/lock", "Accepted")
    outcome = await _wait_is_over(family, outcome)
    reported_at = family.clock.now()
    family.car.report("bodyLockIsLocked", 1.0, at=reported_at)
    await family.clock.until_asleep("watching")
    family.clock.advance(120)
    await outcome.becomes(f"Confirmed: 🔒 Dad locked Bluey, {reported_at:%H:%M} UTC")
    assert outcome.edits == 1


async def test_the_watch_ends_after_six_minutes(family: Family) -> None:
    """Each look costs credits at DIMO."""
    await family.takes_no_notes()
    family.car.change(locked=False)
    family.car.silent = True
    outcome = await family.says("/lock", "Accepted")
    began = family.clock.now()
    outcome = await _wait_is_over(family, outcome)
    while family.clock.now() < began + timedelta(seconds=359):
        await family.next_look()
    looks = len(family.dimo.calls_of("telemetry", "query"))
    assert looks <= 16
    await family.says("/privacy", "What I keep")
    family.car.report("bodyLockIsLocked", 1.0)
    family.clock.advance(600)
    await family.settles()
    assert len(family.dimo.calls_of("telemetry", "query")) == looks
    assert outcome.text.startswith("❔ Not confirmed")


async def test_at_most_four_edits_follow_one_action(family: Family) -> None:
    """The longest sequence: DIMO is slow, the car is silent for long, and confirms late."""
    gate = asyncio.Event()
    family.car.silent = True
    family.car.fail_next(slow(gate))
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    await family.dimo.wait_arrived("devices", "command")
    await family.clock.until_somebody_sleeps(0.4)
    family.clock.advance(0.4)
    await question.becomes("Sending: 🔓 Dad's Unlock for Bluey.")
    gate.set()
    await question.becomes("Accepted")
    told = await _wait_is_over(family, question)
    family.car.report("bodyLockIsLocked", 0.0)
    await family.next_look()
    await told.becomes("Confirmed: 🔓 Dad unlocked Bluey")
    await family.settles()
    assert [text.split()[1] for text in question.texts[1:3]] == ["Sending:", "Accepted:"]
    assert [text.split()[1] for text in told.texts] == ["Not", "Confirmed:"]
    assert question.edits + told.edits == 4


async def test_a_sleeping_car_is_not_confirmed_until_it_reports(family: Family) -> None:
    """DIMO wakes it first, which takes a minute or more; it unlocks after the bot said Not confirmed."""
    family.car.asleep = True
    outcome = await _confirmed(family, "/unlock", "Unlock")
    assert "A sleeping car needs a minute or more." in outcome.text
    outcome = await _wait_is_over(family, outcome)
    assert "Last report: locked" in outcome.text
    family.car.asleep = False
    await family.next_look()
    await outcome.becomes("Confirmed: 🔓 Dad unlocked Bluey")
    assert family.car.received == ["doors/unlock"]


async def test_unreadable_reports_are_not_shown_as_missing_reports(family: Family) -> None:
    """Telemetry has been down since the start: the car may have reported."""
    await family.restart_bot()
    family.dimo.fail("telemetry", "query", status(503, "Service Unavailable"), times=None)
    outcome = await _confirmed(family, "/unlock", "Unlock")
    outcome = await _wait_is_over(family, outcome)
    assert "I have no report from the car." in outcome.text


async def test_the_report_of_a_car_without_a_lock_signal_is_not_waited_for(family: Family) -> None:
    """Most cars send no lock state today; the first look finds that out."""
    _never_reports_its_lock(family)
    outcome = await family.says("/lock", "Accepted")
    await family.next_look()
    await outcome.becomes("Bluey does not report its lock.\nNext: look at the car.")
    assert outcome.text.startswith("📨 Accepted")
    assert "📋 Status" in outcome.labels


async def test_the_bot_remembers_what_a_car_does_not_report(family: Family) -> None:
    """The second time it says so at once, without a look, and also after a restart."""
    _never_reports_its_lock(family)
    first = await family.says("/lock", "Accepted")
    await family.next_look()
    await first.becomes("does not report its lock")
    await family.restart_bot()
    second = await family.says("/lock", "Accepted")
    assert "Bluey does not report its lock" in second.text
    assert second.edits == 0
    assert len(family.dimo.calls_of("telemetry", "query")) == 1
    panel = await family.says("/car", "Lock not reported · trunks not reported")
    assert "ocked" not in panel.text


async def test_the_bot_uses_the_signal_of_a_car_that_starts_to_report(family: Family) -> None:
    """A car may send more signals later; one report of a signal is enough."""
    _never_reports_its_lock(family)
    first = await family.says("/lock", "Accepted")
    await family.next_look()
    await first.becomes("does not report its lock")
    family.car.report("bodyLockIsLocked", 1.0)
    family.clock.advance(11)
    await family.says("/status", "Locked, 12:00 UTC")
    second = await family.says("/lock", "Accepted")
    assert "on its way to the car" in second.text


def _never_reports_its_lock(family: Family) -> None:
    family.car.reports = NO_LOCK_SIGNALS
    for signal in LOCK_SIGNALS:
        del family.car.signals[signal]


async def _confirmed(family: Family, command: str, label: str) -> Message:
    question = await family.asks(command, "No undo")
    await family.taps(question, label)
    return await question.becomes("Accepted")


async def _wait_is_over(family: Family, outcome: Message) -> Message:
    """Make the bot look again and again, until it says that the wait is over."""
    asked_at = family.clock.now()
    while family.clock.now() < asked_at + timedelta(seconds=88):
        assert outcome.text.startswith("📨 Accepted")
        await family.next_look()
    return await family.told_late(outcome, "Not confirmed")
