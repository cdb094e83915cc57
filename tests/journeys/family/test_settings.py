"""Settings: an owner changes them in one message and they take effect; nobody else sees or changes them."""

import pytest

from bot.demo.telegram.chats import Message
from tests.support.people import NOTHING_HERE, a_group, joins, says_there
from tests.support.world import Family

OUT_OF_DATE = "That button is out of date"


async def settings_of(family: Family) -> Message:
    return await family.says("/settings", "Next: tap what you want to change.")


async def chosen(family: Family, settings: Message, setting: str, choice: str) -> Message:
    """Choose something in the message with the settings, and wait until it shows all of them again."""
    await family.taps(settings, setting)
    await settings.becomes(lambda message: "⬅️ Settings" in message.labels)
    await family.taps(settings, choice)
    return await settings.becomes("Next: tap what you want to change.")


async def test_all_settings_are_changed_in_one_message_and_survive_a_restart(family: Family) -> None:
    settings = await settings_of(family)
    for words in (
        "A question can be answered for 60 seconds",
        "I wait for the car's report for 90 seconds",
        "Lock does not ask first",
        "News that I send you: all but when the car does not charge; a tyre is low; the car is moved",
        "Quiet hours: none",
        "Time zone: UTC, where it is 12:00",
        "The log is kept for 180 days",
        "Where the car is, only you may ask",
    ):
        assert f"• {words}" in settings.text
    newest = family.dad.private_chat.last
    await chosen(family, settings, "Questions", "2 minutes")
    await chosen(family, settings, "Car's report", "3 minutes")
    await chosen(family, settings, "❔ Before Lock", "Ask first")
    await chosen(family, settings, "Quiet hours", "22:00 to 7:00")
    await chosen(family, settings, "Time zone", "Berlin 14:00")
    await chosen(family, settings, "📜 Log", "30 days")
    await chosen(family, settings, "📍 Where it is", "Drivers, too")
    await family.taps(settings, "News")
    await settings.becomes("Which news do I send you?")
    is_off = {label for label in settings.labels[:-1] if not label.startswith("✅")}
    assert is_off == {"🔕 The car does not charge", "🔕 A tyre is low", "🔕 The car is moved"}
    await family.taps(settings, "Somebody joins")
    await settings.becomes(lambda message: "🔕 Somebody joins" in message.labels)
    await family.taps(settings, "⬅️ Settings")
    await settings.becomes("Next: tap what you want to change.")
    assert family.dad.private_chat.last is newest
    assert settings.text.splitlines()[2:] == [
        "• A question can be answered for 2 minutes",
        "• I wait for the car's report for 3 minutes",
        "• Lock asks first",
        "• News that I send you: all but when somebody joins; the car does not charge; a tyre is low; the car is moved",
        "• Quiet hours: 22:00 to 7:00",
        "• Time zone: Berlin, where it is 14:00",
        "• The log is kept for 30 days",
        "• Distances in kilometres",
        "• Where the car is, you and drivers may ask",
        "• Open or unlocked: I say so after 10 minutes",
    ]
    await family.restart_bot()
    assert (await settings_of(family)).text == settings.text


async def test_the_lifetime_of_questions_and_the_wait_for_reports_follow_the_settings(family: Family) -> None:
    settings = await settings_of(family)
    await chosen(family, settings, "Questions", "30 seconds")
    await chosen(family, settings, "Car's report", "30 seconds")
    question = await family.says("/unlock", "Dad has 30 seconds to confirm.")
    family.clock.advance(await family.clock.until_asleep("closing questions", within=31))
    await question.becomes("Expired: Unlock. Nothing was sent.")
    family.car.change(locked=False)
    family.car.silent = True
    lock = await family.says("/lock", "Accepted")
    for _ in range(4):
        assert "the answer is below" not in lock.text
        await family.next_look()
    await family.told_late(lock, "Not confirmed")
    await chosen(family, settings, "Questions", "Usual: 60 seconds")
    await family.says("/unlock", "has 60 seconds")


async def test_a_lock_that_asks_first_is_sent_once_confirmed(family: Family) -> None:
    settings = await settings_of(family)
    await chosen(family, settings, "❔ Before Lock", "Ask first")
    panel = await family.says("/car", "🚗 Bluey")
    await family.taps(panel, "Lock")
    question = await family.dad.sees("Lock Bluey?", after=panel)
    assert question.text == "🔒 Lock Bluey?\nDad has 60 seconds to confirm."
    assert [(button.text, button.style) for button in question.buttons] == [
        ("🔒 Lock", "success"),
        ("✖️ Cancel", None),
    ]
    await family.taps(question, "Cancel")
    await question.becomes("Cancelled: Lock. Nothing was sent.")
    again = await family.says("/lock", "Lock Bluey?")
    for _ in range(2):
        await family.taps(again, "🔒 Lock")
    await again.becomes("Accepted: 🔒 Dad's Lock for Bluey.")
    assert family.car.received == ["doors/lock"]
    await chosen(family, settings, "❔ Before Lock", "At once")
    await family.says("/lock", "Accepted")
    assert family.car.received == ["doors/lock", "doors/lock"]


async def test_a_time_zone_is_found_by_a_typed_city(family: Family) -> None:
    settings = await settings_of(family)
    await family.taps(settings, "Time zone")
    await settings.becomes("Where do you live?")
    await family.taps(settings, "Another…")
    await settings.becomes("Next: write your city")
    await family.says("Entenhausen", "I know no such place.\nNext: write a big city nearby")
    maybe = await family.says("san", "Which do you mean?")
    assert "Santiago 08:00" in maybe.labels
    found = await family.says("new york", "Time zone: New York, where it is 08:00")
    await family.says("Berlin", "I read buttons and commands.")
    await family.taps(maybe, "Santiago")
    await maybe.becomes("Time zone: Santiago, where it is 08:00")

    invite = await family.says("/invite", "Invite somebody to your cars")
    await family.taps(invite, "Guest")
    await invite.becomes("How long may they use your cars?")
    await family.taps(invite, "Until a date…")
    await family.dad.sees("Until when?", after=found)
    await family.says("24 May 18:30", "until 24 May, 22:30 UTC")


async def test_going_back_ends_the_wait_for_a_city(family: Family) -> None:
    settings = await settings_of(family)
    await family.taps(settings, "Time zone")
    await settings.becomes("Where do you live?")
    await family.taps(settings, "Another…")
    await settings.becomes("Next: write your city")
    await family.taps(settings, "⬅️ Time zone")
    await settings.becomes(lambda message: "✅ UTC 12:00" in message.labels)
    await family.says("Berlin", "I read buttons and commands.")


@pytest.fixture
def forged() -> list[str]:
    return ["settings:", "settings:zone", "settings:place", "set:lock:1", "set:news:0", "zone:Europe/Berlin"]


async def test_only_the_owner_sees_and_changes_settings(family: Family, forged: list[str]) -> None:
    settings = await settings_of(family)
    teen, stranger = await joins(family, "Teen"), family.telegram.add_person("Eve")
    group = await a_group(family, teen)
    for person, answer in ((teen, "You may not do that."), (stranger, NOTHING_HERE)):
        said = await family.says("/settings", answer, person=person)
        for data in forged:
            newest = person.private_chat.last
            await person.sends_forged(data, said).answered()
            await person.sees(answer, after=newest)
    shared = await says_there(
        group, family.dad, "/settings@dimo_family_bot", "That is done in the private chat with me"
    )
    for data in forged:
        newest = group.last
        await family.dad.sends_forged(data, shared).answered()
        await family.dad.sees("That is done in the private chat with me", chat=group, after=newest)
    assert (await settings_of(family)).text == settings.text
    for data in ("settings:nonsense", "set:quiet:4", "set:zone:0", "set:nonsense:0", "zone:Mars/Olympus"):
        newest = family.dad.private_chat.last
        await family.dad.sends_forged(data, settings).answered()
        await family.dad.sees(OUT_OF_DATE, after=newest)
