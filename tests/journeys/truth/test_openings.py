"""Questions and outcomes warn about openings that can't be undone, that toggle, and that no car reports."""

from datetime import timedelta

from bot.demo.dimo.car import LOCK_SIGNALS, NO_LOCK_SIGNALS
from bot.demo.telegram.chats import Message
from tests.support.world import Family


async def test_the_trunk_question_warns_that_it_toggles_and_shows_the_last_report(family: Family) -> None:
    family.car.change(trunk_open=True)
    family.clock.advance(3600)
    question = await family.asks("/trunk", "Close Bluey's trunk?")
    assert question.labels == ["🧳 Close trunk", "✖️ Cancel"]
    assert "If closed, it opens." in question.text
    assert "Open at 12:00 UTC (1 hour ago)." in question.text


async def test_close_trunk_never_opens_a_trunk_that_was_closed_since(family: Family) -> None:
    family.car.change(trunk_open=True)
    question = await family.asks("/trunk", "Close Bluey's trunk?")
    family.car.change(trunk_open=False)
    family.clock.advance(11)
    await family.says("/status", "Trunk closed")
    await family.taps(question, "Close trunk")
    await family.dad.sees("The trunk may have moved since I asked, so I sent nothing.")
    assert family.car.received == []


async def test_of_two_questions_about_a_trunk_the_second_answer_moves_nothing(family: Family) -> None:
    family.car.change(trunk_open=True)
    first = await family.asks("/trunk", "Close Bluey's trunk?")
    second = await family.asks("/trunk", "Close Bluey's trunk?")
    await family.taps(first, "Close trunk")
    await first.becomes("Accepted")
    await family.taps(second, "Close trunk")
    await family.dad.sees("The trunk may have moved since I asked, so I sent nothing.")
    assert family.car.received == ["trunk/open"]


async def test_an_old_report_does_not_turn_the_question_into_one_about_closing(family: Family) -> None:
    family.car.change(trunk_open=True)
    await family.says("/status", "Trunk open")
    family.car.change(trunk_open=False)
    family.clock.advance(12 * 3600)
    family.dimo.switch_off("telemetry")
    question = await family.asks("/trunk", "Open Bluey's trunk?")
    assert question.labels == ["🧳 Open trunk", "✖️ Cancel"]


async def test_the_trunk_question_says_when_the_car_reports_no_trunk(family: Family) -> None:
    """A missing value is not shown as a closed lid."""
    _never_reports_its_locks(family)
    question = await family.asks("/trunk", "Open Bluey's trunk?")
    assert "The car does not report it." in question.text
    assert "Closed" not in question.text


async def test_the_trunk_question_is_shown_without_a_report_if_dimo_has_none(family: Family) -> None:
    """The question waits only briefly for the report, and does not invent one."""
    family.dimo.switch_off("telemetry")
    question = await family.asks("/trunk", "Open Bluey's trunk?")
    assert "No report of it." in question.text


async def test_an_open_door_is_shown_with_the_outcome_of_a_lock(family: Family) -> None:
    """Locked does not mean shut."""
    family.car.change(locked=False, open_doors=frozenset({"Row2PassengerSide"}))
    outcome = await family.says("/lock", "Accepted")
    await family.next_look()
    await outcome.becomes("⚠️ Confirmed, still open: rear door.\n🔒 Dad locked Bluey")


async def test_an_open_door_is_shown_if_the_car_does_not_report_its_lock(family: Family) -> None:
    """Most cars report their doors and not their lock."""
    _never_reports_its_locks(family)
    family.car.change(open_doors=frozenset({"Row1DriverSide"}))
    outcome = await family.says("/lock", "Accepted")
    await family.next_look()
    await outcome.becomes("does not report its lock")
    assert "still open: driver's door." in outcome.text


async def test_a_lock_after_an_unsettled_opening_warns_that_the_opening_may_still_run(family: Family) -> None:
    """A sleeping car may unlock after it has locked, so Lock is sent at once and offered again."""
    family.car.asleep = True
    await _confirmed_unlock(family)
    lock = await family.says("/lock", "Accepted")
    assert family.car.received == ["doors/unlock", "doors/lock"]
    assert "An earlier opening may still run until 12:03 UTC." in lock.text
    assert "🔒 Lock" in lock.labels
    await family.taps(lock, "Lock")
    await family.dad.sees("Accepted", after=lock)
    assert family.car.received == ["doors/unlock", "doors/lock", "doors/lock"]


async def test_a_lock_is_not_reported_as_already_locked_while_an_opening_may_still_run(family: Family) -> None:
    """The last report says locked, but the unlock that waits for the sleeping car is still to come."""
    family.car.asleep = True
    await _confirmed_unlock(family)
    lock = await family.says("/lock", "Accepted")
    for _ in range(3):
        family.clock.advance(await family.clock.until_asleep("watching lock"))
    await family.clock.until_asleep("watching lock")
    assert lock.edits == 0


async def test_a_confirmed_lock_keeps_the_warning(family: Family) -> None:
    """The car has locked, and the opening may still follow."""
    family.car.lose_next_answer()
    family.car.silent = True
    unlock = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(unlock, "Unlock")
    await unlock.becomes("Unknown")
    lock = await family.says("/lock", "Accepted")
    family.car.report("bodyLockIsLocked", 0.0)
    family.car.report("bodyLockIsLocked", 1.0)
    await family.next_look()
    await lock.becomes("Confirmed: 🔒 Dad locked Bluey")
    assert "An earlier opening may still run" in lock.text
    assert "🔒 Lock" in lock.labels


async def test_a_lock_after_an_opening_that_the_car_has_reported_has_no_warning(family: Family) -> None:
    unlock = await _confirmed_unlock(family)
    await family.next_look()
    await unlock.becomes("Confirmed: 🔓 Dad unlocked Bluey")
    lock = await family.says("/lock", "Accepted")
    assert "may still run" not in lock.text


async def test_a_lock_three_minutes_after_an_opening_has_no_warning(family: Family) -> None:
    family.car.asleep = True
    await _confirmed_unlock(family)
    family.clock.advance(timedelta(minutes=3, seconds=1).total_seconds())
    lock = await family.says("/lock", "Accepted")
    assert "may still run" not in lock.text


async def test_a_report_that_the_bot_may_not_read_is_not_waited_for(family: Family) -> None:
    """Only commands are shared: the outcome says so at once, and DIMO is not asked for reports."""
    family.dimo.share(family.car, family.license, permissions={2})
    await family.link()
    outcome = await family.says("/lock", "Accepted")
    assert "I can't read Bluey's reports.\nNext: look at the car." in outcome.text
    assert "📋 Status" in outcome.labels
    await family.settles()
    assert family.dimo.calls_of("telemetry", "query") == []
    assert family.car.received == ["doors/lock"]


async def test_a_revoked_permission_ends_the_waiting_for_a_report(family: Family) -> None:
    """From then on DIMO issues the vehicle token for commands only."""
    family.dimo.share(family.car, family.license, permissions={2})
    outcome = await family.says("/lock", "Accepted")
    await family.clock.until_asleep("watching")
    family.clock.advance(3)
    await outcome.becomes("I can't read Bluey's reports")
    assert outcome.text.startswith("📨 Accepted")


async def test_reports_are_not_invented_while_telemetry_is_down(family: Family) -> None:
    """Telemetry is down for the whole wait: the bot knows nothing, and says so."""
    family.car.change(locked=False)
    family.dimo.switch_off("telemetry")
    outcome = await family.says("/lock", "Accepted")
    asked_at = family.clock.now()
    while family.clock.now() < asked_at + timedelta(seconds=88):
        await family.next_look()
    outcome = await family.told_late(outcome, "Not confirmed")
    assert "locked," not in outcome.text
    family.dimo.heal("telemetry")
    await family.next_look()
    await outcome.becomes("Confirmed: 🔒 Dad locked Bluey")


async def test_the_panel_shows_what_the_car_reported_and_when(family: Family) -> None:
    family.car.change(locked=False, frunk_open=True)
    family.clock.advance(300)
    panel = await family.says("/car", "🔓 Unlocked · frunk open")
    assert panel.text.endswith("📡 Last contact 12:00 UTC")
    status = await family.says("/status", "Unlocked, 12:00 UTC (5 minutes ago)")
    assert "Frunk open, 12:00 UTC (5 minutes ago)" in status.text
    assert "Trunk closed, 12:00 UTC (5 minutes ago)" in status.text


async def test_a_car_that_never_reported_is_shown_neither_as_locked_nor_as_closed(family: Family) -> None:
    family.car.reports = frozenset()
    family.car.forget_reports()
    for command in ("/car", "/status"):
        family.clock.advance(11)
        shown = await family.says(command, "The car has not reported anything yet.")
        assert "losed" not in shown.text
        assert "ocked" not in shown.text


async def test_an_outcome_without_a_report_names_the_person_and_the_car(family: Family) -> None:
    mum, kitt = await family.add_relative("Mum", "Kitt")
    outcome = await family.says("/lock", "Accepted: 🔒 Mum's Lock for Kitt.", person=mum)
    await family.next_look()
    await outcome.becomes("Kitt was already locked")
    assert kitt.received == ["doors/lock"]


def _never_reports_its_locks(family: Family) -> None:
    family.car.reports = NO_LOCK_SIGNALS
    for signal in LOCK_SIGNALS:
        del family.car.signals[signal]


async def _confirmed_unlock(family: Family) -> Message:
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    return await question.becomes("Accepted")
