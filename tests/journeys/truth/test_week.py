"""The last seven days of a car: a plot, and the same in words."""

from bot.demo.dimo.faults import status
from tests.support.people import joins
from tests.support.world import Family


async def test_the_last_seven_days_are_shown_in_a_picture_and_in_words(family: Family) -> None:
    shown = await family.says("/status", "📋 Bluey")
    await family.taps(shown, "Last 7 days")
    week = await family.dad.sees("📈 Bluey, last 7 days", after=shown)
    for words in ("🔋 Now 7", "▼ Lowest", "▲ Highest 8", "⚡ Charged 7 times, 28 hours", "🛣 Driven"):
        assert words in week.text
    assert week.photo is not None
    assert len(week.photo.content) < 40_000
    (call,) = family.dimo.calls_of("telemetry", "query")[-1:]
    assert call.status == 200


async def test_a_car_that_said_nothing_has_no_plot(family: Family) -> None:
    family.car.forget_reports()
    shown = await family.says("/status", "📋 Bluey")
    await family.taps(shown, "Last 7 days")
    week = await family.dad.sees("It has not told DIMO anything in this time.", after=shown)
    assert week.photo is None


async def test_why_it_is_not_available_is_said(family: Family) -> None:
    guest = await joins(family, "Gran", role="Guest")
    shown = await family.says("/status", "📋 Bluey", person=guest)
    family.dimo.fail("telemetry", "query", status(503, "Service Unavailable"), times=5)
    await family.taps(shown, "Last 7 days", person=guest)
    await guest.sees("Next:", after=shown)
