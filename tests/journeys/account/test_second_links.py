"""An account that a home holds is linked again only with a yes: a leaked sign-in opens nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.demo.telegram.chats import Message
from bot.demo.telegram.people import Person
from tests.support.dumps import dump_of
from tests.support.newcomers import NO_CAR, a_listening_bot, is_answered, signs_in, user_token
from tests.support.words import has_word
from tests.support.world import Family

HELD = "That DIMO account is connected here already, in another chat"
QUESTION = "Eve wants to connect your DIMO account here too"
REFUSED = "That DIMO account may not be connected here. Nothing was linked."
NOT_ANSWERED = "Nobody has allowed it in time, so nothing was linked."
OVER = "That question is answered already, or its time is over"
MINUTE = 60
ENDING = "ending questions about links"


@pytest.fixture
async def town(sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A bot with a license where anybody may link, and dad, who has linked first."""
    async with a_listening_bot(sqlite_url, key, signing_key) as family:
        await family.link()
        yield family


@pytest.fixture
async def village(sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A bot without a license where anybody may link, and dad, who has linked nothing yet."""
    async with a_listening_bot(sqlite_url, key, signing_key, has_license=False) as family:
        yield family


@pytest.fixture
def eve(town: Family) -> Person:
    return town.telegram.add_person("Eve")


async def holds(family: Family, eve: Person, words: str = HELD) -> str:
    """Sign in as Eve with dad's account, as with a token that has leaked; returns the address that she sent."""
    address = await signs_in(family, eve)
    await is_answered(family, address, words, eve)
    return address


async def is_kept(family: Family, token: str) -> bool:
    """Return whether a token is somewhere in the database."""
    await family.has_handled_all()
    return any(token in text for _, text in dump_of(family.environ["DATABASE_URL"], family.environ["ENCRYPTION_KEYS"]))


def token_in(address: str) -> str:
    return address.partition("token=")[2].partition("&")[0]


def questions(family: Family, person: Person | None = None) -> list[Message]:
    return [one for one in (person or family.dad).private_chat.from_bot if "DIMO account here too" in one.texts[0]]


async def has_nothing(family: Family, eve: Person) -> None:
    await family.says("/lock", NO_CAR, person=eve)
    assert "Bluey" not in eve.private_chat.transcript()
    assert not has_word(eve.private_chat.transcript(), "Dad")
    assert family.car.received == []


async def test_nothing_is_linked_before_the_owner_has_answered(town: Family, eve: Person) -> None:
    address = await holds(town, eve)
    question = await town.dad.sees(QUESTION)
    assert question.labels == ["✅ Allow", "✖️ Deny"]
    (named,) = [entity for entity in question.entities if entity["type"] == "text_mention"]
    assert named["user"]["id"] == eve.id
    await has_nothing(town, eve)
    assert await is_kept(town, token_in(address))


async def test_after_a_no_the_token_is_gone_and_both_are_told(town: Family, eve: Person) -> None:
    address = await holds(town, eve)
    question = await town.dad.sees(QUESTION)
    await town.taps(question, "Deny")
    await question.becomes("Denied: Eve has not connected that DIMO account.")
    assert question.labels == []
    told = await eve.sees(REFUSED)
    assert told.labels == ["🔑 Link"]
    assert not await is_kept(town, token_in(address))
    file = Path(town.environ["DATABASE_URL"].removeprefix("sqlite:///"))
    assert file.with_name(f"{file.name}-wal").stat().st_size == 0
    await has_nothing(town, eve)
    await is_answered(town, address, "or it was used already", eve)


async def test_after_a_yes_both_chats_have_the_account(town: Family) -> None:
    mum = town.telegram.add_person("Mum")
    address = await holds(town, mum)
    question = await town.dad.sees("Mum wants to connect your DIMO account here too")
    await town.taps(question, "Allow")
    await question.becomes("Allowed: Mum has connected that DIMO account too.")
    told = await mum.sees("Your DIMO account is linked until")
    await town.taps(told, "Show the car", person=mum)
    await told.becomes("Bluey")
    await town.says("/lock", "Mum's Lock for Bluey", person=mum)
    await town.says("/lock", "Dad's Lock for Bluey")
    await town.car.wait_received(2)
    assert await is_kept(town, token_in(address))
    await is_answered(town, await signs_in(town, mum), "is linked until", mum)
    await town.link()
    assert questions(town) == [question]


async def test_a_question_that_nobody_answers_ends_after_fifteen_minutes(town: Family, eve: Person) -> None:
    address = await holds(town, eve)
    question = await town.dad.sees(QUESTION)
    town.clock.advance(14 * MINUTE)
    assert await is_kept(town, token_in(address))
    forged = question.buttons[0].callback_data
    assert forged is not None
    await town.clock.until_asleep(ENDING)
    town.clock.advance(MINUTE)
    await question.becomes("Not answered in time: Eve has not connected that DIMO account.")
    told = await eve.sees(NOT_ANSWERED)
    assert told.labels == ["🔑 Link"]
    assert not await is_kept(town, token_in(address))
    await town.dad.sends_forged(forged, question).answered()
    await town.dad.sees(OVER, after=question)
    await has_nothing(town, eve)


async def test_a_question_that_ends_while_the_bot_is_off_ends_at_its_start(town: Family, eve: Person) -> None:
    address = await holds(town, eve)
    question = await town.dad.sees(QUESTION)
    await town.stop_bot()
    town.clock.advance(16 * MINUTE)
    await town.start_bot()
    await question.becomes("Not answered in time")
    await eve.sees(NOT_ANSWERED)
    assert not await is_kept(town, token_in(address))


async def test_a_question_from_before_a_restart_can_be_answered(town: Family, eve: Person) -> None:
    await holds(town, eve)
    question = await town.dad.sees(QUESTION)
    await town.restart_bot()
    await town.taps(question, "Allow")
    await eve.sees("Your DIMO account is linked until")


async def test_only_who_was_asked_can_answer(town: Family, eve: Person) -> None:
    await holds(town, eve)
    question = await town.dad.sees(QUESTION)
    mum, _ = await town.add_relative("Mum", "Kitt")
    for person in (eve, mum):
        shown = await town.says("/help", "What I can do", person=person)
        for button in question.buttons:
            assert button.callback_data is not None
            await person.sends_forged(button.callback_data, shown).answered()
            await person.sees(OVER, after=shown)
    await has_nothing(town, eve)
    await town.taps(question, "Deny")
    await eve.sees(REFUSED)


async def test_a_yes_counts_once(town: Family, eve: Person) -> None:
    await holds(town, eve)
    question = await town.dad.sees(QUESTION)
    taps = [town.dad.taps(question, "Allow"), town.dad.taps(question, "Deny"), town.dad.taps(question, "Allow")]
    await asyncio.gather(*(tap.answered() for tap in taps))
    town.telegram.redeliver(taps[0])
    await eve.sees("Your DIMO account is linked until")
    await town.says("/help", "What I can do")
    answered = [one.text for one in eve.private_chat.from_bot if "is linked until" in one.text or REFUSED in one.text]
    assert len(answered) == 1


async def test_an_address_that_is_sent_again_while_it_waits_is_still_waiting(town: Family, eve: Person) -> None:
    address = await holds(town, eve)
    question = await town.dad.sees(QUESTION)
    await is_answered(town, address, "I am still asking about the DIMO account that you sent before", eve)
    assert questions(town) == [question]


async def test_the_yes_is_for_one_sign_in_and_a_second_one_waits_for_nothing(town: Family, eve: Person) -> None:
    """While one account waits, no other question is asked for the same chat."""
    await holds(town, eve)
    question = await town.dad.sees(QUESTION)
    await holds(town, eve, "I am still asking about the DIMO account that you sent before")
    assert questions(town) == [question]


async def test_an_account_that_nobody_holds_ends_an_earlier_question(town: Family, eve: Person) -> None:
    await holds(town, eve)
    question = await town.dad.sees(QUESTION)
    own = town.dimo.add_account("Eve")
    car = own.add_car(name="Kitt")
    town.dimo.share(car, town.license, permissions={1, 2})
    await town.link(eve, own)
    await town.taps(question, "Allow")
    await town.dad.sees(OVER, after=question)
    await town.says("/lock", "Eve's Lock for Kitt", person=eve)
    assert town.car.received == []


async def test_the_operator_is_asked_where_the_owner_cannot_be_reached(town: Family, eve: Person) -> None:
    mum, _ = await town.add_relative("Mum", "Kitt")
    account = next(one for one in town.dimo.accounts.values() if one.name == "Mum")
    mum.blocks()
    offer = await town.says("/link", "Connect your DIMO account", person=eve)
    address = town.landing_for(eve.opens(offer, "Sign in"), account)
    await is_answered(town, address, "I can't reach its owner, so I have asked whoever runs this bot", eve)
    question = await town.dad.sees("Eve wants to connect Mum's DIMO account here too")
    forged = question.buttons[0].callback_data
    mum.unblocks()
    shown = await town.says("/help", "What I can do", person=mum)
    await mum.sends_forged(forged or "", shown).answered()
    await mum.sees(OVER, after=shown)
    await town.taps(question, "Deny")
    await eve.sees(REFUSED)
    await town.says("/lock", NO_CAR, person=eve)
    assert not await is_kept(town, token_in(address))


async def test_nothing_is_linked_or_kept_where_nobody_can_be_reached(town: Family, eve: Person) -> None:
    town.dad.blocks()
    address = await holds(town, eve, "I can reach nobody who can allow it. Nothing was linked.")
    assert not await is_kept(town, token_in(address))
    await has_nothing(town, eve)
    town.dad.unblocks()
    await holds(town, eve)
    await town.dad.sees(QUESTION)


async def test_after_unlinking_a_stranger_with_the_sign_in_is_a_stranger(town: Family, eve: Person) -> None:
    question = await town.says("/unlink", "Unlink this chat?")
    await town.taps(question, "Unlink")
    await question.becomes("Unlinked")
    await town.stop_bot()
    town.environ["LINKING"] = "ask"
    await town.start_bot()
    await town.says("/link", "I have asked them now", person=eve)
    await town.dad.sees("Eve wants to connect a DIMO account of their own here")
    await is_answered(town, user_token(town), "I don't take a token by itself", eve)
    await has_nothing(town, eve)


async def test_unlinking_and_forgetting_drop_what_a_chat_waits_for(town: Family, eve: Person) -> None:
    address = await holds(town, eve)
    forget = await town.says("/forget", "Forget you?", person=eve)
    await town.taps(forget, "Forget me", person=eve)
    await forget.becomes("Forgotten.")
    assert not await is_kept(town, token_in(address))
    await town.taps(await town.dad.sees(QUESTION), "Allow")
    await town.dad.sees(OVER)

    mum, _ = await town.add_relative("Mum", "Kitt")
    address = await holds(town, mum)
    unlink = await town.says("/unlink", "Unlink this chat?", person=mum)
    await town.taps(unlink, "Unlink", person=mum)
    await unlink.becomes("Unlinked")
    assert not await is_kept(town, token_in(address))


async def test_when_the_owner_is_forgotten_the_question_ends_unanswered(town: Family, eve: Person) -> None:
    address = await holds(town, eve)
    question = await town.dad.sees(QUESTION)
    forget = await town.says("/forget", "Forget you?")
    await town.taps(forget, "Forget me")
    await forget.becomes("Forgotten.")
    await town.taps(question, "Allow")
    await town.dad.sees(OVER, after=forget)
    await town.clock.until_asleep(ENDING)
    town.clock.advance(15 * MINUTE)
    await eve.sees(NOT_ANSWERED)
    assert not await is_kept(town, token_in(address))


async def test_a_sign_in_that_ends_before_the_answer_is_not_linked(town: Family, eve: Person) -> None:
    offer = await town.says("/link", "Connect your DIMO account", person=eve)
    address = town.landing_for(eve.opens(offer, "Sign in"), town.account)
    short = user_token(town, lifetime=timedelta(minutes=5))
    await is_answered(town, address.replace(token_in(address), short), HELD, eve)
    question = await town.dad.sees(QUESTION)
    await town.clock.until_asleep(ENDING)
    town.clock.advance(5 * MINUTE)
    await question.becomes("Not answered in time")
    await has_nothing(town, eve)


async def test_without_a_license_tokens_that_are_held_need_a_yes_too(village: Family) -> None:
    """This holds for a console token and for a person's sign-in."""
    eve = village.telegram.add_person("Eve")
    console = village.dimo.developer_jwt(village.license)
    await is_answered(village, console, "The console token is linked")
    await is_answered(village, console, HELD, eve)
    question = await village.dad.sees(QUESTION)
    await has_nothing(village, eve)
    await village.taps(question, "Deny")
    await eve.sees(REFUSED)

    await is_answered(village, user_token(village), "Your DIMO account is linked")
    await is_answered(village, village.dimo.developer_jwt(village.license), "The console token is linked")
    await is_answered(village, user_token(village), HELD, eve)
    second = await village.dad.sees(QUESTION, after=question)
    await village.taps(second, "Deny")
    await second.becomes("Denied")
    await has_nothing(village, eve)
