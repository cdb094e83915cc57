"""What people without access can make the bot do is bounded; the family never waits for them."""

import sqlite3
from contextlib import closing

import pytest

from bot.demo.telegram.people import Person
from bot.domain.limits import LIMITS, Bound
from bot.telegram import texts
from tests.support.newcomers import is_answered, signs_in
from tests.support.people import a_group, says_there
from tests.support.world import Family

TOO_MUCH = "That was a lot at once."
MOST = LIMITS[Bound.STRANGER].most
IN_CHAT = LIMITS[Bound.STRANGERS_IN_CHAT].most


@pytest.fixture
def eve(family: Family) -> Person:
    return family.telegram.add_person("Eve")


def answers_to(person: Person) -> list[str]:
    return [message.text for message in person.private_chat.from_bot]


async def test_a_stranger_gets_twenty_answers_then_a_word_then_nothing(family: Family, eve: Person) -> None:
    for number in range(MOST + 10):
        said = eve.says("/help")
        if number <= MOST:
            await eve.sees("", after=said)
    await family.says("/lock", "Accepted")
    assert len(answers_to(eve)) == MOST + 1
    assert TOO_MUCH in answers_to(eve)[-1]
    family.clock.advance(LIMITS[Bound.STRANGER].window.total_seconds())
    await family.says("/help", "What I can do", person=eve)


async def test_a_secret_of_a_stranger_is_deleted_however_much_they_write(family: Family, eve: Person) -> None:
    for _ in range(MOST + 2):
        eve.says("/help")
    said = eve.says(f"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.{'a' * 40}")
    await family.telegram.called("deleteMessage", times=1)
    assert said.deleted


async def test_taps_of_a_stranger_end_in_one_word_and_then_in_nothing(family: Family, eve: Person) -> None:
    group = await a_group(family, eve)
    panel = await says_there(group, family.dad, "/car", "Bluey")
    before = len(group.history)
    taps = [eve.sends_forged(f"a:unlock:{family.car.token_id}", panel) for _ in range(IN_CHAT + 10)]
    for tap in taps[: IN_CHAT + 1]:
        await tap.answered()
    await says_there(group, family.dad, "/lock", "Accepted")
    answered = [tap for tap in taps if tap.answer is not None]
    assert len(answered) == IN_CHAT + 1
    assert [tap for tap in answered if tap.answer and TOO_MUCH in (tap.answer.text or "")] == answered[-1:]
    assert len(group.history) - before <= IN_CHAT + 4
    assert family.car.received == ["doors/lock"]


async def test_many_strangers_share_what_a_group_allows_them(family: Family) -> None:
    people = [family.telegram.add_person(f"Eve {number}") for number in range(5)]
    group = await a_group(family, *people)
    before = len(group.from_bot)
    for person in people:
        for _ in range(4):
            person.says("/car", chat=group)
    await says_there(group, family.dad, "/lock", "Accepted")
    assert len(group.from_bot) - before <= IN_CHAT + 3


async def test_sign_in_links_are_bounded(family: Family, eve: Person) -> None:
    await family.stop_bot()
    family.environ["LINKING"] = "anyone"
    await family.start_bot()
    for _ in range(LIMITS[Bound.SIGN_INS].most):
        await family.says("/link", "Connect your DIMO account", person=eve)
    await family.says("/link", TOO_MUCH, person=eve)


async def test_an_owner_is_asked_a_few_times_about_a_sign_in_that_has_leaked(family: Family, eve: Person) -> None:
    await family.stop_bot()
    family.environ["LINKING"] = "anyone"
    await family.start_bot()
    before = await family.says("/help", "What I can do")
    for _ in range(LIMITS[Bound.CONSENTS].most):
        await is_answered(family, await signs_in(family, eve), "I have asked its owner", eve)
        before = question = await family.dad.sees("Eve wants to connect your DIMO account here too", after=before)
        await family.taps(question, "Deny")
        await question.becomes("Denied")
    await is_answered(family, await signs_in(family, eve), "may not be connected here", eve)
    asked = [one for one in family.dad.private_chat.from_bot if "wants to connect your" in one.texts[0]]
    assert len(asked) == LIMITS[Bound.CONSENTS].most


async def test_a_home_does_thirty_things_a_minute(family: Family) -> None:
    for _ in range(30):
        await family.says("/lock", "Accepted")
    await family.says("/lock", TOO_MUCH)
    family.clock.advance(61)
    await family.says("/lock", "Accepted")


async def test_a_database_that_fails_silences_nobody(family: Family) -> None:
    """Who is known is read from it before anything else, and both must be told that it failed."""
    panel = await family.says("/car", "Bluey")
    family.clock.advance(31)
    with closing(sqlite3.connect(family.environ["DATABASE_URL"].removeprefix("sqlite:///"))) as broken:
        broken.execute("ALTER TABLE homes RENAME TO elsewhere")
        tap = family.dad.taps(panel, "Lock")
        await tap.answered()
        failed = await family.dad.sees(texts.help.FAILED.partition("\n")[0], after=panel)
        await family.dad.sees(texts.help.FAILED.partition("\n")[0], after=family.dad.says("/lock"))
        broken.execute("ALTER TABLE elsewhere RENAME TO homes")
    assert failed is not None
    await family.says("/lock", "Accepted")
    assert family.car.received == ["doors/lock"]
