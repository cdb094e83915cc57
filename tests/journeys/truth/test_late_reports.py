"""What a car reports after the wait for it: outcomes that were not known are resolved, and nobody is credited wrongly."""

from datetime import timedelta

from bot.demo.dimo.faults import lose_answer, status
from bot.demo.telegram.chats import Message
from bot.demo.telegram.faults import BAD_GATEWAY
from bot.demo.telegram.people import Person
from tests.support.people import a_group, joins, removed, says_there
from tests.support.world import Family


async def is_unknown(family: Family, *, person: Person | None = None) -> Message:
    """Unlock while DIMO's answer is lost and the car reports nothing."""
    family.car.silent = True
    family.car.fail_next(lose_answer())
    unknown = await family.says("/unlock", "Unlock Bluey?", person=person)
    await family.taps(unknown, "Unlock", person=person)
    return await unknown.becomes("Unknown")


async def is_not_confirmed(family: Family) -> Message:
    """Unlock a car that then reports nothing; returns the message that says so when it is late."""
    family.car.silent = True
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")
    return await waits_for_nothing(family, question)


async def waits_for_nothing(family: Family, question: Message) -> Message:
    """Let the wait for the car's report pass."""
    await family.waits_in_vain()
    return await family.told_late(question, "Not confirmed")


async def watch_ends(family: Family) -> None:
    """Let the watch of an action end, as the clock passes its end."""
    family.clock.advance(360)
    await family.says("/privacy", "What I keep")


async def looks(family: Family, answer: str) -> None:
    family.clock.advance(11)
    await family.says("/status", answer)


async def test_what_the_car_reports_within_minutes_is_the_outcome_however_late_it_is_seen(family: Family) -> None:
    family.car.change(locked=True)
    unknown = await is_unknown(family)
    family.clock.advance(600)
    family.car.report("bodyLockIsLocked", 0.0, at=family.clock.now() - timedelta(minutes=6))
    await family.says("/status", "Unlocked")
    await unknown.becomes("Confirmed: 🔓 Dad unlocked Bluey, 12:04 UTC")


async def test_what_the_car_reports_hours_later_credits_nobody(family: Family) -> None:
    """Somebody may have used the key."""
    family.car.change(locked=True)
    unknown = await is_unknown(family)
    family.clock.advance(3 * 3600)
    family.car.report("bodyLockIsLocked", 0.0)
    await family.says("/status", "Unlocked")
    await unknown.becomes("Since then the car reported: unlocked, 15:00 UTC.")
    assert unknown.text.startswith("❓ Unknown")


async def test_a_report_that_contradicts_is_told_once_and_in_place(family: Family) -> None:
    unknown = await is_unknown(family)
    newest = family.dad.private_chat.last
    family.clock.advance(600)
    family.car.report("bodyLockIsLocked", 0.0, at=family.clock.now() - timedelta(minutes=12))
    family.car.report("bodyLockIsLocked", 1.0)
    panel = await family.says("/car", "🚗 Bluey")
    await unknown.becomes("Since then the car reported: locked, 12:10 UTC.")
    assert unknown.text.startswith("❓ Unknown")
    assert newest is unknown
    assert family.dad.private_chat.last is panel


async def test_a_report_about_a_later_action_says_nothing_about_an_earlier_one(family: Family) -> None:
    """Locked again since: the report is about the lock, not about the unlock before it."""
    unknown = await is_unknown(family)
    family.clock.advance(600)
    await family.says("/lock", "Accepted")
    family.car.report("bodyLockIsLocked", 0.0)
    family.car.report("bodyLockIsLocked", 1.0)
    family.clock.advance(11)
    await family.says("/status", "Locked, 12:10 UTC")
    await family.settles()
    assert "Since then" not in unknown.text


async def test_a_reading_that_proved_nothing_proves_nothing_later(family: Family) -> None:
    """The car's clock is fast: it has reported, before the command, a time that is after it."""
    family.car.report("bodyLockIsLocked", 0.0, at=family.clock.now() + timedelta(seconds=4))
    await family.says("/status", "Unlocked")
    unknown = await is_unknown(family)
    family.clock.advance(600)
    await family.says("/status", "Unlocked")
    await family.settles()
    assert unknown.text.startswith("❓ Unknown")
    assert "Since then" not in unknown.text


async def test_a_lock_that_is_confirmed_late_says_what_is_open_by_then(family: Family) -> None:
    family.car.change(locked=False)
    family.car.silent = True
    lock = await family.says("/lock", "Accepted")
    await waits_for_nothing(family, lock)
    late = await family.dad.sees("Not confirmed")
    await watch_ends(family)
    family.car.report("bodyLockIsLocked", 1.0, at=family.clock.now() - timedelta(minutes=5))
    family.car.report("bodyTrunkRearIsOpen", 1.0)
    await looks(family, "Locked")
    await late.becomes("⚠️ Confirmed, still open: trunk.")
    assert late.text.startswith("⚠️ Confirmed")


async def test_somebody_who_was_removed_is_not_told_what_the_car_reports(family: Family) -> None:
    family.car.change(locked=True)
    gran = await joins(family, "Gran", role="Guest")
    unknown = await is_unknown(family, person=gran)
    await removed(family, "Gran")
    family.clock.advance(600)
    family.car.report("bodyLockIsLocked", 0.0, at=family.clock.now() - timedelta(minutes=6))
    await family.says("/status", "Unlocked")
    await family.settles()
    assert unknown.text.startswith("❓ Unknown")
    assert "reported" not in unknown.text


async def test_the_watch_for_somebody_who_was_removed_ends(family: Family) -> None:
    family.car.change(locked=True)
    family.car.silent = True
    gran = await joins(family, "Gran", role="Guest")
    question = await family.says("/unlock", "Unlock Bluey?", person=gran)
    await family.taps(question, "Unlock", person=gran)
    await question.becomes("Accepted")
    await removed(family, "Gran")
    family.car.report("bodyLockIsLocked", 0.0)
    family.clock.advance(await family.clock.until_asleep("watching"))
    await question.becomes("I can't read Bluey's reports.")


async def test_it_is_said_once_that_an_action_is_not_confirmed_and_its_last_report_stays(family: Family) -> None:
    """DIMO refuses to be read after that."""
    family.car.change(locked=True)
    late = await is_not_confirmed(family)
    assert "Last report: locked" in late.text
    family.dimo.fail("telemetry", "query", status(403, "Forbidden"), times=None)
    family.dimo.fail("token-exchange", "exchange", status(403, "Forbidden"), times=None)
    await family.next_look()
    await family.settles()
    told = [one for one in family.dad.private_chat.from_bot if one.text.startswith("❔ Not confirmed")]
    assert told == [late]
    assert "Last report: locked" in late.text


async def test_the_private_message_about_a_groups_action_says_where_news_of_it_come(family: Family) -> None:
    mum = await joins(family, "Mum")
    group = await a_group(family, mum)
    family.car.change(locked=True)
    family.car.silent = True
    question = await says_there(group, mum, "/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock", person=mum)
    await question.becomes("Accepted")
    await family.waits_in_vain()
    told = await mum.sees("Not confirmed")
    assert "What comes later is shown in the group." in told.text
    await question.becomes("Not confirmed")
    assert "What comes later" not in question.text


async def test_a_late_outcome_that_telegram_does_not_take_is_told_when_it_does(family: Family) -> None:
    """The car is still watched then."""
    family.car.change(locked=True)
    family.car.silent = True
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")
    family.telegram.fails_next("sendMessage", BAD_GATEWAY, times=4)
    await family.waits_in_vain()
    await question.becomes("the answer is below")
    for pause in (0.5, 2.0, 5.0):
        await family.clock.until_asleep("watching", within=pause)
        family.clock.advance(pause)
    family.clock.advance(await family.clock.until_asleep("watching", after=5.1))
    family.clock.advance(await family.clock.until_asleep("recovery"))
    await family.told_late(question, "Not confirmed")
    assert len([one for one in family.dad.private_chat.from_bot if one.text.startswith("❔ Not confirmed")]) == 1


async def test_one_movement_of_a_lid_confirms_one_of_two_actions(family: Family) -> None:
    family.car.change(trunk_open=False)
    family.car.silent = True
    first = await family.asks("/trunk", "Open Bluey's trunk?")
    await family.taps(first, "Open trunk")
    await first.becomes("Accepted")
    await family.next_look()
    second = await family.says("/trunk", "Bluey's trunk?")
    await family.taps(second, "Open trunk")
    await second.becomes("Accepted")
    family.car.report("bodyTrunkRearIsOpen", 1.0)
    family.clock.advance(await family.clock.until_asleep("watching", within=3.1))
    await second.becomes("Confirmed")
    family.clock.advance(90)
    await family.dad.sees("Not confirmed", after=second)
    await first.becomes("the answer is below")


async def test_an_action_that_nobody_watched_to_the_end_is_told_by_the_next_start(family: Family) -> None:
    family.car.change(locked=True)
    family.car.silent = True
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    await question.becomes("on its way to the car")
    await family.stop_bot()
    family.clock.advance(3600)
    await family.start_bot()
    late = await family.told_late(question, "Not confirmed")
    assert "Last report: locked" in late.text


async def test_what_the_car_reports_after_a_watch_that_nobody_ended_credits_nobody(family: Family) -> None:
    family.car.change(locked=True)
    family.car.silent = True
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    await question.becomes("on its way to the car")
    await family.stop_bot()
    family.clock.advance(3600)
    family.car.report("bodyLockIsLocked", 0.0)
    await family.start_bot()
    late = await family.told_late(question, "Not confirmed")
    await late.becomes("Since then the car reported: unlocked, 13:00 UTC.")
