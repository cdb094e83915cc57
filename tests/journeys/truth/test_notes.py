"""The car speaks up: what stays open is told, edited when it is over, muted, and told to those who want it."""

from contextlib import closing
from functools import partial

from bot.demo.dimo.car import Location
from bot.demo.dimo.faults import status
from storage.repositories import cars, notes
from tests.journeys.family.test_settings import chosen, settings_of
from tests.journeys.truth.test_log import database_of
from tests.support.people import joins, removed
from tests.support.world import Family

LOOKING, HALF_AN_HOUR = "looking at cars later", 1800
OPEN = "Bluey: trunk still open"


async def is_looked_at(family: Family) -> None:
    """Let the time pass until the bot has looked at the car by itself."""
    await family.clock.until_asleep("delivering notifications later")  # nothing is being told, which would be late
    answered = len(family.dimo.calls_of("telemetry", "query"))
    family.clock.advance(await family.clock.until_asleep(LOOKING, after=11, within=HALF_AN_HOUR + 1))
    await family.dimo.wait_calls("telemetry", "query", answered + 1)
    await family.clock.until_asleep(LOOKING, after=11)  # what it reported is stored


async def left_open(family: Family) -> None:
    """Let the bot find the trunk open, and look again once that has lasted for long."""
    family.car.change(trunk_open=True)
    await is_looked_at(family)
    await is_looked_at(family)


async def is_closed(family: Family) -> None:
    """Let the bot find the trunk closed."""
    family.car.change(trunk_open=False)
    await is_looked_at(family)


async def test_what_stays_open_is_told_once_and_edited_when_it_is_closed(family: Family) -> None:
    await left_open(family)
    note = await family.dad.sees(f"🚪 {OPEN}, since")
    assert note.sounds
    assert note.labels == ["📋 Status", "🔕 Mute"], "the car is locked"
    await is_looked_at(family)
    await family.restart_bot()
    await is_looked_at(family)
    await is_closed(family)
    await note.becomes("✅ Bluey: trunk closed again")
    assert note.labels == []
    assert [one for one in family.dad.private_chat.from_bot if OPEN in "".join(one.texts)] == [note]


async def test_an_unlocked_car_can_be_locked_from_its_note(family: Family) -> None:
    family.car.change(locked=False)
    await is_looked_at(family)
    await is_looked_at(family)
    note = await family.dad.sees("🔓 Bluey has been unlocked since")
    await family.taps(note, "🔒 Lock")
    await family.dad.sees("Accepted: 🔒 Dad's Lock", after=note)
    await family.next_look()
    await note.becomes("✅ Bluey is locked again")


async def test_a_note_mutes_its_topic_for_a_while_and_for_good(family: Family) -> None:
    await left_open(family)
    note = await family.dad.sees(OPEN)
    await family.taps(note, "Mute")
    await note.becomes("For how long do I not tell you when something stays open?")
    assert note.labels == ["30 minutes", "Until tomorrow", "For good", "⬅️ Back"]
    await family.taps(note, "Back")
    await note.becomes(lambda message: "🔕 Mute" in message.labels)
    await family.taps(note, "Mute")
    await note.becomes("For how long")
    await family.taps(note, "Until tomorrow")
    await note.becomes("🔕 I don't tell you when something stays open, until 2 May, 07:00 UTC.")
    await is_closed(family)
    await left_open(family)
    shown = await family.says("/notes", "🔕 Not when something stays open, until")
    await family.taps(shown, "Unmute all")
    await shown.becomes("• something stays open")
    await is_closed(family)
    await left_open(family)
    again = await family.dad.sees(OPEN, after=shown)
    await family.taps(again, "Mute")
    await again.becomes("For how long")
    await family.taps(again, "For good")
    await again.becomes("until you change it")


async def test_a_member_takes_notes_if_they_want_and_while_they_have_access(family: Family) -> None:
    mum = await joins(family, "Mum")
    shown = await family.says("/notes", "I send you none. I can tell you when:", person=mum)
    assert shown.labels == ["🔔 Send me notes"]
    await family.taps(shown, "Send me notes", person=mum)
    await shown.becomes("I tell you when:")
    await left_open(family)
    note = await mum.sees(OPEN)
    await family.dad.sees(OPEN)
    await removed(family, "Mum")
    await is_closed(family)
    await family.settles()
    assert "closed again" not in note.text


async def test_a_person_who_wants_none_gets_none_and_the_car_is_left_alone(family: Family) -> None:
    shown = await family.says("/notes", "• something stays open")
    assert shown.labels == ["🔕 Send me none", "⚙️ Which notes"]
    await family.taps(shown, "Send me none")
    await shown.becomes("I send you none.")
    family.car.change(trunk_open=True)
    calls = len(family.dimo.calls_of("telemetry", "query"))
    family.clock.advance(4 * HALF_AN_HOUR)
    await family.clock.until_asleep("looking for the work of others")
    await family.settles()
    assert len(family.dimo.calls_of("telemetry", "query")) == calls


async def test_the_owner_sees_how_often_the_car_was_asked(family: Family) -> None:
    await is_looked_at(family)
    await is_looked_at(family)
    assert "I asked DIMO about your cars 2 times today" in (await settings_of(family)).text


async def test_the_time_after_which_something_counts_as_left_is_a_setting(family: Family) -> None:
    await chosen(family, await settings_of(family), "Left open", "1 hour")
    await left_open(family)
    await is_looked_at(family)
    assert not [one for one in family.dad.private_chat.from_bot if OPEN in one.text]
    await is_looked_at(family)
    await family.dad.sees(OPEN)


async def test_a_look_that_fails_is_tried_again(family: Family) -> None:
    family.car.change(trunk_open=True)
    await is_looked_at(family)
    family.dimo.fail("telemetry", "query", status(503, "Service Unavailable"), times=3)
    await is_looked_at(family)
    await is_looked_at(family)
    await family.dad.sees(OPEN)


async def test_a_car_that_is_moved_is_told_where_the_owner_wants_it_and_shares_its_location(family: Family) -> None:
    family.dimo.share(family.car, family.license, permissions={1, 2, 4})
    await family.link()
    settings = await settings_of(family)
    await family.taps(settings, "News")
    await settings.becomes("Which news do I send you?")
    await family.taps(settings, "The car is moved")
    await settings.becomes(lambda message: "✅ The car is moved" in message.labels)
    await is_looked_at(family)
    await is_looked_at(family)
    family.car.drives_to(Location(52.6, 13.5, 1.0))
    await is_looked_at(family)
    note = await family.dad.sees("📍 Bluey is not where it was parked")
    assert note.labels == ["📍 Where", "🔕 Mute"]
    await is_looked_at(family)
    await note.becomes("✅ Bluey is parked again")


async def test_a_former_owner_is_told_nothing_of_the_car_any_more(family: Family) -> None:
    await left_open(family)
    note = await family.dad.sees(OPEN)
    with closing(database_of(family)) as database:
        database.run_now(partial(cars.remove, chat_id=family.dad.id, car_id=family.car.token_id))
    family.car.change(trunk_open=False)
    family.clock.advance(HALF_AN_HOUR * 4)
    await family.settles()
    assert "closed again" not in note.text
    with closing(database_of(family)) as database:
        assert database.run_now(partial(notes.of_car, home_chat_id=family.dad.id, car_id=family.car.token_id)) == []
