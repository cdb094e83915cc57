"""What an owner is told without asking: once, in one message for a burst, after quiet hours, and not if muted."""

import asyncio
from datetime import timedelta
from functools import partial

from bot.demo.dimo.car import NO_LOCK_SIGNALS
from bot.demo.dimo.faults import lose_answer, slow, status
from bot.demo.telegram import faults
from bot.demo.telegram.chats import Message
from bot.demo.telegram.people import Person
from tests.journeys.family.test_settings import chosen, settings_of
from tests.support.people import a_group, joins, says_there
from tests.support.world import Family

TELLING, LOOKING = "delivering notifications", "looking at cars later"
A_LITTLE = 1
BUNDLE, THREE_MINUTES, FIVE_MINUTES, TEN_MINUTES, HOUR, DAY = 5, 180, 300, 600, 3600, 86400


async def until_due(family: Family, *, within: float = BUNDLE) -> None:
    """Let time pass until the next news is due, at most this many seconds."""
    family.clock.advance(await family.clock.until_asleep(TELLING, within=within + A_LITTLE))


async def mum_joins(family: Family) -> Person:
    """Have mum join as a driver, and wait until dad is told."""
    mum = await joins(family, "Mum")
    await until_due(family)
    await family.dad.sees("👋 Mum joined as a driver.")
    return mum


async def opens(family: Family, person: Person, command: str = "/unlock", outcome: str = "Accepted") -> Message:
    """Open the car as this person; returns the message that shows the outcome."""
    question = await family.says(command, "to confirm", person=person)
    await person.taps(question, data=question.buttons[0].callback_data).answered()
    return await question.becomes(outcome)


async def told_finally(family: Family, what: str) -> list[Message]:
    """Return what dad was told once the bot is done with everything."""
    await family.clock.until_asleep(TELLING)
    await family.settles()
    return [message for message in family.dad.private_chat.from_bot if what in message.text]


async def test_an_opening_by_another_person_is_told_once_with_a_lock_button(family: Family) -> None:
    mum = await mum_joins(family)
    await opens(family, mum)
    await opens(family, family.dad)
    await family.says("/lock", "Accepted", person=mum)
    await until_due(family)
    news = await family.dad.sees("Mum's Unlock for Bluey at 12:00 UTC: it is on its way")
    assert [(button.text, button.style) for button in news.buttons] == [("🔒 Lock", "success")]
    await family.taps(news, "Lock")
    await family.dad.sees("Accepted: 🔒 Dad's Lock", after=news)
    assert family.car.received[-2:] == ["doors/lock", "doors/lock"]
    await family.restart_bot()
    assert await told_finally(family, " at 12:00 UTC: ") == [news]


async def test_a_burst_of_openings_is_one_message_with_their_outcomes(family: Family) -> None:
    mum = await mum_joins(family)
    await opens(family, mum, "/frunk")
    await family.next_look()
    family.car.fail_next(lose_answer())
    await opens(family, mum, "/trunk", "Unknown")
    family.car.fail_next(status(403, "Vehicle subscription is not active."))
    await opens(family, mum, "/unlock", "Refused")
    gate = asyncio.Event()
    family.car.fail_next(slow(gate))
    question = await family.says("/unlock", "Bluey?", person=mum)
    await family.taps(question, "Unlock", person=mum)
    await until_due(family)
    news = await family.dad.sees("Mum's Frunk")
    assert news.text.splitlines() == [
        "🔓 Mum's Frunk for Bluey at 12:00 UTC: the car reported it.",
        "❓ Mum's trunk opening for Bluey at 12:00 UTC: no clear answer, Bluey's trunk may be open.",
    ]
    assert news.labels == ["🔒 Lock"]
    await until_due(family)
    await family.clock.until_asleep(TELLING, within=BUNDLE + A_LITTLE)  # told once its outcome is known
    gate.set()
    await question.becomes("Accepted")
    await until_due(family)
    last = await family.dad.sees("Mum's Unlock for Bluey at 12:00 UTC: it is on its way", after=news)
    assert await told_finally(family, "Mum's ") == [news, last]


async def test_the_owner_is_told_after_ten_minutes_that_the_car_is_still_unlocked(family: Family) -> None:
    outcome = await opens(family, family.dad)
    await family.next_look()
    await outcome.becomes("Confirmed: 🔓 Dad unlocked Bluey")
    await left_for_ten_minutes(family)
    note = await family.dad.sees("🔓 Bluey has been unlocked since 12:00 UTC.")
    await family.taps(note, "Lock")
    locked = await family.dad.sees("Accepted: 🔒 Dad's Lock", after=note)
    await family.next_look()
    await locked.becomes("Confirmed: 🔒 Dad locked Bluey")
    await note.becomes("✅ Bluey is locked again")


async def test_a_car_that_is_locked_in_time_or_reports_no_lock_is_not_called_unlocked(family: Family) -> None:
    await opens(family, family.dad)
    family.car.change(locked=True)
    await left_for_ten_minutes(family)
    family.car.reports = NO_LOCK_SIGNALS
    del family.car.signals["bodyLockIsLocked"]
    await opens(family, family.dad)
    await left_for_ten_minutes(family)
    assert await told_finally(family, "has been unlocked") == []


async def left_for_ten_minutes(family: Family) -> None:
    """Let time pass until the bot has looked whether the car was left open."""
    until = family.clock.now() + timedelta(minutes=10)
    family.clock.advance(11)  # by then every process has seen what another one has stored
    while family.clock.now() < until:
        answered = len(family.dimo.calls_of("telemetry", "query"))
        family.clock.advance(await family.clock.until_asleep(LOOKING, after=11, within=HOUR / 2 + 1))
        await family.dimo.wait_calls("telemetry", "query", answered + 1)


async def test_quiet_hours_make_messages_silent_and_hold_nothing_back(family: Family) -> None:
    mum = await mum_joins(family)
    group = await a_group(family, mum, eve := family.telegram.add_person("Eve"))
    await chosen(family, await settings_of(family), "Quiet hours", "20:00 to 8:00")
    family.clock.advance(9 * HOUR)
    await opens(family, mum)
    stranger = await says_there(group, eve, "/car@dimo_family_bot", "you have no access here")
    await family.taps(stranger, "Ask for access", person=eve)
    request = await family.dad.sees("They asked in the group “The Smiths”")
    await until_due(family)
    opened = await family.dad.sees("Mum's Unlock for Bluey at 21:00 UTC")
    await left_for_ten_minutes(family)
    left = await family.dad.sees("Bluey has been unlocked since 21:00 UTC")
    assert [one.sounds for one in (request, opened, left)] == [False] * 3


def has_button(label: str, message: Message) -> bool:
    return label in message.labels


async def test_muted_topics_are_not_told(family: Family) -> None:
    settings = await settings_of(family)
    await family.taps(settings, "News")
    await settings.becomes("Which news do I send you?")
    for topic in [label.removeprefix("✅ ") for label in settings.labels[:-1] if label.startswith("✅")]:
        await family.taps(settings, topic)
        await settings.becomes(partial(has_button, f"🔕 {topic}"))
    await family.taps(settings, "⬅️ Settings")
    await settings.becomes("News that I send you: none")
    mum = await joins(family, "Mum", length="1 day")
    group = await a_group(family, mum, eve := family.telegram.add_person("Eve"))
    stranger = await says_there(group, eve, "/car@dimo_family_bot", "you have no access here")
    await family.taps(stranger, "Ask for access", person=eve)
    await opens(family, mum)
    family.clock.advance(DAY)
    await mum.sees("Your access to Dad's cars has ended.")
    members = await family.says("/members", "Eve asks for access")
    family.clock.advance(12 * DAY)
    await family.clock.until_asleep("announcing ends")
    for what in ("Mum's", "joined", "asks to use", "been unlocked", "ends on"):
        assert what not in "\n".join(one.text for one in family.dad.private_chat.from_bot if one is not members)


async def test_only_one_of_two_bots_tells_news(family: Family) -> None:
    mum = await mum_joins(family)
    await opens(family, mum)
    async with family.another_bot() as other:
        other.advance(await other.until_asleep(TELLING, within=BUNDLE + A_LITTLE))
        await until_due(family)
        news = await family.dad.sees("Mum's Unlock for Bluey")
        await other.until_asleep(TELLING)
        await family.clock.until_asleep(TELLING)
    await family.restart_bot()  # the new bot listens at once, in place of the stopped one
    assert await told_finally(family, "Mum's Unlock") == [news]


def has_met(trouble: faults.Trouble, count: int) -> bool:
    return trouble.met == count


async def test_news_that_telegram_did_not_accept_are_told_later(family: Family) -> None:
    mum = await mum_joins(family)
    await opens(family, mum)
    trouble = family.telegram.fails_always(
        "sendMessage", faults.SERVER_ERROR, when=lambda params: "Mum's Unlock" in str(params["text"])
    )
    await until_due(family)
    for tries in (1, 2, 3):
        await family.telegram.until(partial(has_met, trouble, tries))
        family.clock.advance(await family.clock.until_asleep("sending a notification"))
    await family.telegram.until(partial(has_met, trouble, 4))
    trouble.end()
    await until_due(family, within=FIVE_MINUTES)
    await family.dad.sees("Mum's Unlock for Bluey")
    assert len(await told_finally(family, "Mum's Unlock")) == 1
