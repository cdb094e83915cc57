"""A lock in the evening and charging at night: made by buttons and by words, run once, and ended with its access."""

import pytest

from bot.demo.telegram.chats import Message
from tests.support.people import joins, removed
from tests.support.world import Family

EVENING = "🔒 Lock Bluey at 22:00"


async def until_due(family: Family) -> None:
    """Let the time pass until a schedule is due."""
    family.clock.advance(await family.clock.until_asleep("running schedules later", after=11, within=90_000))


async def made(family: Family, text: str = "lock 22:00") -> Message:
    return await family.says(f"/schedule {text}", "Tap a number to change it.")


async def test_a_lock_is_made_with_buttons_and_runs_at_its_time(family: Family) -> None:
    shown = await family.says("/schedule", "🗓 Schedules")
    await family.taps(shown, "➕ Lock")
    await shown.becomes(f"{EVENING}, every day")
    await family.taps(shown, "−1 h")
    await shown.becomes("at 21:00")
    await family.taps(shown, "+15 min")
    await shown.becomes("at 21:15")
    await family.taps(shown, "✅ Sun")
    await shown.becomes("Mon, Tue, Wed, Thu, Fri, Sat")
    await family.taps(shown, "Save")
    await shown.becomes("Next: lock, 21:15 UTC.")
    await until_due(family)
    done = await family.dad.sees("Accepted: 🔒 Dad's Lock for Bluey", after=shown)
    assert not done.sounds
    assert family.car.received == ["doors/lock"]
    await family.says("/schedule", "Next: lock, 2 May, 21:15 UTC.")
    assert "Dad: Lock, Bluey" in (await family.says("/log", "Log")).text


async def test_charging_starts_and_stops(family: Family) -> None:
    shown = await made(family, "charge 23:00-6:00 mon-fri")
    assert "⚡ Charge Bluey from 23:00 to 06:00 of the next day, Mon to Fri. Next: start charging" in shown.text
    await until_due(family)
    await family.dad.sees("Dad's Charge for Bluey", after=shown)
    await until_due(family)
    await family.dad.sees("Dad's Stop charging for Bluey", after=shown)
    assert family.car.received == ["charge/start", "charge/stop"]


@pytest.mark.parametrize("text", ["unlock 22:00", "trunk 8:00", "lock", "lock tomorrow"])
async def test_what_is_no_plan_is_answered_with_how_to_write_one(family: Family, text: str) -> None:
    await family.says(f"/schedule {text}", "/schedule lock 22:00 mon-fri")
    await family.says("/schedule", "I can lock the car in the evening")


async def test_a_paused_one_does_nothing_until_it_goes_on(family: Family) -> None:
    shown = await made(family)
    await family.taps(shown, "1")
    await shown.becomes("Set by Dad.")
    await family.taps(shown, "Pause")
    await shown.becomes("Paused.")
    family.clock.advance(86_400)
    await family.says("/help", "What I can do")
    assert family.car.received == []
    shown = await family.says("/schedule", "Paused.")
    await family.taps(shown, "1")
    await shown.becomes("Set by Dad.")
    await family.taps(shown, "Go on")
    await shown.becomes("Next: lock, 22:00 UTC.")
    await family.taps(shown, "1")
    await shown.becomes("Set by Dad.")
    await family.taps(shown, "Remove")
    await shown.becomes("I can lock the car in the evening")


async def test_a_run_that_was_missed_is_said_and_not_done(family: Family) -> None:
    shown = await made(family)
    await family.stop_bot()
    family.clock.advance(11 * 3600)
    await family.start_bot()
    told = await family.dad.sees("⏰ I did not lock Bluey at 22:00 UTC. I was not running then.", after=shown)
    assert "Next: lock, 2 May, 22:00 UTC." in told.text
    await family.settles()
    assert family.car.received == []


async def test_a_run_that_is_a_little_late_is_done(family: Family) -> None:
    shown = await made(family)
    await family.stop_bot()
    family.clock.advance(10 * 3600 + 200)
    await family.start_bot()
    await family.dad.sees("Accepted", after=shown)
    await family.settles()
    assert family.car.received == ["doors/lock"]


@pytest.mark.both_databases
async def test_two_processes_run_it_once(family: Family) -> None:
    shown = await made(family)
    async with family.another_bot() as clock:
        seconds = await clock.until_asleep("running schedules later", after=11, within=90_000)
        clock.advance(seconds)
        family.clock.advance(seconds)
        await family.dad.sees("Accepted", after=shown)
        await family.car.wait_received(1)
    await family.settles()
    assert family.car.received == ["doors/lock"]


async def test_it_ends_with_the_access_of_whoever_set_it(family: Family) -> None:
    mum = await joins(family, "Mum")
    await family.says("/schedule lock 22:00", "Tap a number", person=mum)
    await removed(family, "Mum")
    await until_due(family)
    await mum.sees("This schedule has ended.")
    await family.says("/schedule", "I can lock the car in the evening")
    await family.settles()
    assert family.car.received == []


async def test_guests_have_none(family: Family) -> None:
    gran = await joins(family, "Gran", role="Guest")
    await family.says("/schedule lock 22:00", "You may not do that", person=gran)


async def test_another_time_zone_moves_the_next_run(family: Family) -> None:
    await made(family)
    settings = await family.says("/settings", "Settings")
    await family.taps(settings, "Time zone")
    await settings.becomes("Where do you live?")
    await family.taps(settings, "Berlin")
    await settings.becomes("Time zone: Berlin")
    await family.says("/schedule", "Next: lock, 20:00 UTC.")
