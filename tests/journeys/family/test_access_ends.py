"""Access ends by itself, to the second, even while the bot is off; both sides are told once, and questions close."""

import asyncio
from contextlib import closing
from functools import partial

import pytest

from bot.demo.telegram.chats import Message
from bot.demo.telegram.faults import SERVER_ERROR
from bot.demo.telegram.people import Person
from storage import Database, Vault
from storage.repositories import events
from tests.journeys.family.test_notifications import (
    BUNDLE,
    FIVE_MINUTES,
    TELLING,
    has_met,
    told_finally,
    until_due,
)
from tests.support.people import a_group, joins, says_there, shown_member
from tests.support.world import Family, SteppedClock

pytestmark = pytest.mark.both_databases

ENDING = "ending access"
HOUR, DAY = 3600, 86400
YOURS, THEIRS = "⌛ Your access to Dad's cars has ended.", "⌛ Grandma's access ended at"
ENDED = "Your access has ended."


async def grandma_joins(family: Family, length: str = "1 hour") -> Person:
    """Have grandma join as a guest, and wait until dad is told."""
    grandma = await joins(family, "Grandma", role="Guest", length=length)
    await until_due(family)
    await family.dad.sees("👋 Grandma joined as a guest")
    return grandma


def ends_told(person: Person) -> list[Message]:
    return [message for message in person.private_chat.from_bot if YOURS in message.text]


async def test_access_ends_to_the_second_and_both_sides_are_told_once(family: Family) -> None:
    grandma = await grandma_joins(family)
    left = await family.clock.until_asleep(ENDING)
    family.clock.advance(left - 30)
    question = await family.says("/unlock", "Unlock Bluey?", person=grandma)
    panel = await family.says("/car", "Bluey", person=grandma)
    assert ends_told(grandma) == []
    family.clock.advance(await family.clock.until_asleep(ENDING, within=30))
    await question.becomes("Cancelled: Unlock. Nothing was sent.")
    told = await grandma.sees(YOURS)
    assert told.text.endswith("Next: ask Dad if you need it again.")
    for message in (question, panel):
        newest = grandma.private_chat.last
        await grandma.sends_forged(f"a:unlock:{family.car.token_id}", message).answered()
        await grandma.sees(ENDED, after=newest)
    await until_due(family)
    news = await family.dad.sees(f"{THEIRS} 13:00 UTC.")
    assert news.labels == ["👥 Members"]
    await family.restart_bot()
    await family.clock.until_asleep(ENDING)
    assert await told_finally(family, "access ended") == [news]
    assert ends_told(grandma) == [told]
    assert family.car.received == []


async def test_ends_while_the_bot_was_off_are_told_at_the_start(family: Family) -> None:
    grandma = await grandma_joins(family, "1 day")
    question = await family.says("/unlock", "Unlock Bluey?", person=grandma)
    await family.stop_bot()
    family.clock.advance(2 * DAY)
    await family.start_bot()
    await grandma.sees(YOURS)
    await until_due(family)
    await family.dad.sees(f"{THEIRS} 2 May, 12:00 UTC.")
    await family.taps(question, "Unlock", person=grandma)
    await question.becomes("Nothing was sent.")
    await family.says("/lock", ENDED, person=grandma)
    assert family.car.received == []


async def test_an_end_that_was_moved_is_told_when_it_comes(family: Family) -> None:
    grandma = await grandma_joins(family, "No end")
    member = await shown_member(family, "Grandma")
    for choice, until in (("1 day", "2 May, 12:00 UTC"), ("1 hour", "13:00 UTC")):
        await family.taps(member, choice)
        await member.becomes(f"Grandma, guest, until {until}")
    family.clock.advance(await family.clock.until_asleep(ENDING, within=HOUR + 1))
    await grandma.sees(YOURS)
    await until_due(family)
    await family.dad.sees(THEIRS)
    await family.taps(member, "1 hour")
    await member.becomes("Grandma, guest, until 14:00 UTC")
    await family.says("/lock", "Accepted", person=grandma)
    family.clock.advance(await family.clock.until_asleep(ENDING, within=HOUR + 1))
    await grandma.sees(lambda _: len(ends_told(grandma)) == 2)


async def test_somebody_who_never_wrote_to_the_bot_is_told_in_the_group(family: Family) -> None:
    eve = family.telegram.add_person("Eve")
    group = await a_group(family, eve)
    stranger = await says_there(group, eve, "/car@dimo_family_bot", "you have no access here")
    await family.taps(stranger, "Ask for access", person=eve)
    request = await family.dad.sees("Eve asks to use your cars")
    await family.taps(request, "Allow as guest")
    await request.becomes("Eve may use your cars as a guest.")
    member = await shown_member(family, "Eve")
    await family.taps(member, "1 hour")
    await member.becomes("until 13:00 UTC")
    family.clock.advance(await family.clock.until_asleep(ENDING, within=HOUR + 1))
    await eve.sees("⌛ Eve, your access has ended.", chat=group)


async def test_nobodys_end_is_told_in_a_group_that_is_no_longer_shared(family: Family) -> None:
    eve = family.telegram.add_person("Eve")
    group = await a_group(family, eve)
    stranger = await says_there(group, eve, "/car@dimo_family_bot", "you have no access here")
    await family.taps(stranger, "Ask for access", person=eve)
    request = await family.dad.sees("Eve asks to use your cars")
    await family.taps(request, "Allow as guest")
    await request.becomes("Eve may use your cars as a guest.")
    member = await shown_member(family, "Eve")
    await family.taps(member, "1 hour")
    await member.becomes("until 13:00 UTC")
    group.leaves(family.bot, by=family.dad)
    family.clock.advance(60)
    await family.restart_bot()
    group.joins(family.bot, by=eve)
    family.clock.advance(await family.clock.until_asleep(ENDING, within=HOUR + 1))
    await until_due(family)
    await family.dad.sees("⌛ Eve's access ended at 13:00 UTC.")
    await told_finally(family, "access ended")
    assert group.find("your access has ended") is None


async def test_somebody_with_new_access_is_not_told_of_an_earlier_end(family: Family) -> None:
    grandma = await grandma_joins(family)
    away = family.telegram.fails_always("sendMessage", SERVER_ERROR, when=lambda params: YOURS in str(params["text"]))
    family.clock.advance(await family.clock.until_asleep(ENDING, within=HOUR + 1))
    for tries in (1, 2, 3):
        await family.telegram.until(partial(has_met, away, tries))
        family.clock.advance(await family.clock.until_asleep("sending a notification"))
    await family.telegram.until(partial(has_met, away, 4))
    member = await shown_member(family, "Grandma")
    await family.taps(member, "1 day")
    await member.becomes("Grandma, guest, until 2 May")
    away.end()
    await until_due(family, within=FIVE_MINUTES)
    await told_finally(family, "access ended")
    assert ends_told(grandma) == []


async def pass_time_until_due(*clocks: SteppedClock) -> None:
    """Let time pass on all clocks until the events that one of the bots has claimed are due again."""
    waiting = [asyncio.ensure_future(clock.until_asleep(TELLING, within=BUNDLE + 1)) for clock in clocks]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for one in waiting:
        one.cancel()
    for clock in clocks:
        clock.advance(BUNDLE + 1)


async def all_is_told(family: Family) -> None:
    """Wait until no event is stored: one is deleted after Telegram's answer, and a bot that stops before tells again."""
    vault = Vault.from_keys([family.environ["ENCRYPTION_KEYS"]])
    with closing(Database.open(family.environ["DATABASE_URL"], vault)) as database:
        while await database.read(events.next_due) is not None:  # noqa: ASYNC110 - the bot has no event for it
            await asyncio.sleep(0.01)


async def test_only_one_of_two_bots_tells_of_an_end(family: Family) -> None:
    grandma = await grandma_joins(family)
    async with family.another_bot() as other:
        # Both at once: a clock that is behind Telegram's dates would be corrected, and then be advanced as well.
        left = [await clock.until_asleep(ENDING) for clock in (family.clock, other)]
        family.clock.advance(left[0])
        other.advance(left[1])
        told = await grandma.sees(YOURS)
        await pass_time_until_due(family.clock, other)
        news = await family.dad.sees(THEIRS)
        for clock in (family.clock, other):
            await clock.until_asleep(ENDING)
            await clock.until_asleep(TELLING)
        await all_is_told(family)
    await family.restart_bot()  # the new bot listens at once, in place of the stopped one
    assert await told_finally(family, "access ended") == [news]
    assert ends_told(grandma) == [told]
