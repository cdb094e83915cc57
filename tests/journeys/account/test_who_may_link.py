"""The operator decides who else may link: asked once for each person, and the answer is remembered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.demo.telegram.chats import Message
from bot.demo.telegram.people import Person
from storage import Database, Vault, check_keys, new_key, rotate
from tests.support.dumps import dump_of
from tests.support.newcomers import NO_CAR, a_listening_bot, is_answered, signs_in, user_token
from tests.support.people import joins
from tests.support.world import Family

QUESTION = "Mark wants to connect a DIMO account of their own here"
ASKED = "I have asked them now"
SILENT = "they have not answered yet"
AWAY = "I can't reach them"
YES = "You may connect your DIMO account here"
NO = "does not let you connect a car here"
OVER = "That question is answered already, or its time is over"
OFFER = "Connect your DIMO account"


@pytest.fixture
async def town(sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A bot with a license that lets the operator decide, and dad, who has linked first."""
    async with a_listening_bot(sqlite_url, key, signing_key, LINKING="ask") as family:
        await family.link()
        yield family


@pytest.fixture
def mark(town: Family) -> Person:
    return town.telegram.add_person("Mark")


def questions(family: Family) -> list[Message]:
    return [message for message in family.dad.private_chat.from_bot if QUESTION in message.texts[0]]


async def asked(family: Family, mark: Person) -> Message:
    """Ask for a link as Mark; returns the operator's question."""
    said = await family.says("/link", ASKED, person=mark)
    assert said.labels == []
    return await family.dad.sees(QUESTION)


async def test_somebody_whom_the_operator_allows_links_an_account(town: Family, mark: Person) -> None:
    question = await asked(town, mark)
    assert question.labels == ["✅ Allow", "✖️ Deny"]
    await town.taps(question, "Allow")
    await question.becomes("Mark may connect a DIMO account here.")
    assert question.labels == []
    told = await mark.sees(YES)
    await town.taps(told, "Link", person=mark)
    await mark.sees(OFFER, after=told)
    account = town.dimo.add_account("Mark")
    car = account.add_car(name="Kitt", make="Tesla", model="Model Y", year=2024)
    town.dimo.share(car, town.license, permissions={1, 2})
    await town.link(mark, account)
    await town.says("/lock", "Accepted", person=mark)
    assert (car.received, town.car.received) == (["doors/lock"], [])


async def test_the_operator_is_asked_once_for_a_person_and_the_answer_is_remembered(town: Family, mark: Person) -> None:
    question = await asked(town, mark)
    await town.says("/link", SILENT, person=mark)
    await town.restart_bot()
    await town.says("/link", SILENT, person=mark)
    await town.taps(question, "Allow")
    await mark.sees(YES)
    await town.restart_bot()
    for _ in range(2):
        await town.says("/link", OFFER, person=mark)
    assert questions(town) == [question]


async def test_a_denied_person_gets_no_sign_in_until_the_operator_thinks_again(town: Family, mark: Person) -> None:
    question = await asked(town, mark)
    await town.taps(question, "Deny")
    await question.becomes("Mark may not connect a DIMO account here.")
    await mark.sees(NO)
    await town.says("/link", NO, person=mark)
    assert questions(town) == [question]
    await town.taps(question, "Allow after all")
    await mark.sees(YES)
    await town.says("/link", OFFER, person=mark)


async def test_the_operator_and_homes_from_before_are_not_asked_about(town: Family, mark: Person) -> None:
    await town.stop_bot()
    town.environ["LINKING"] = "anyone"
    await town.start_bot()
    mum, _ = await town.add_relative("Mum", "Kitt")
    await town.stop_bot()
    town.environ["LINKING"] = "ask"
    await town.start_bot()
    await town.says("/link", OFFER, person=mum)
    await town.says("/link", OFFER)
    await town.says("/link", ASKED, person=mark)


async def test_a_member_of_the_family_asks_like_anybody(town: Family, mark: Person) -> None:
    await joins(town, "Mark", person=mark)
    await asked(town, mark)


async def test_nothing_that_is_sent_links_without_the_operators_yes(town: Family, mark: Person) -> None:
    """Neither an address with a made-up state nor the one of somebody else; no service of DIMO is asked."""
    calls = len(town.dimo.calls_of("identity", "query"))
    address = await signs_in(town)
    await is_answered(town, address, ASKED, mark)
    await is_answered(town, address, SILENT, mark)
    await town.says("/car", NO_CAR, person=mark)
    assert len(town.dimo.calls_of("identity", "query")) == calls
    await is_answered(town, address, "is linked until")


async def test_a_link_that_was_offered_before_there_was_an_operator_is_worth_nothing(
    sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey
) -> None:
    async with a_listening_bot(sqlite_url, key, signing_key, LINKING="ask") as family:
        mark = family.telegram.add_person("Mark")
        address = await signs_in(family, mark)
        await family.link()
        await is_answered(family, address, ASKED, mark)
        await family.dad.sees(QUESTION)
        await family.says("/car", NO_CAR, person=mark)


async def test_of_two_who_link_first_at_once_one_becomes_the_operator(
    sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey
) -> None:
    async with a_listening_bot(sqlite_url, key, signing_key, LINKING="ask") as family:
        mark, eve = family.telegram.add_person("Mark"), family.telegram.add_person("Eve")
        addresses = [
            (person, family.landing_for(person.opens(await family.says("/link", OFFER, person=person), "Sign in"), own))
            for person, own in ((mark, family.dimo.add_account("Mark")), (eve, family.dimo.add_account("Eve")))
        ]
        for person, address in addresses:
            person.says(address)

        def told(words: str) -> list[Person]:
            return [one for one in (mark, eve) if any(words in message.text for message in one.private_chat.from_bot)]

        # The one who has linked may read the other's question before the answer of their own.
        await family.telegram.until(lambda: len(told("is linked until")) == 1)
        (other,) = {mark, eve} - set(told("is linked until"))
        await family.telegram.until(lambda: other in told("Somebody else has linked first") + told(ASKED))


@pytest.mark.parametrize("answer", ["allow", "deny"])
async def test_only_the_operator_answers(town: Family, mark: Person, answer: str) -> None:
    await asked(town, mark)
    eve = town.telegram.add_person("Eve")
    for person in (mark, eve):
        shown = await town.says("/help", "What I can do", person=person)
        await person.sends_forged(f"let:{mark.id}:{answer}", shown).answered()
        await person.sees(OVER, after=shown)
    await town.says("/link", SILENT, person=mark)


async def test_an_answer_counts_once_and_for_a_person_who_asked(town: Family, mark: Person) -> None:
    question = await asked(town, mark)
    taps = [town.dad.taps(question, "Allow") for _ in range(3)]
    await asyncio.gather(*(tap.answered() for tap in taps))
    town.telegram.redeliver(taps[0])
    await mark.sees(YES)
    await town.dad.sends_forged(f"let:{mark.id}:deny", question).answered()
    await town.dad.sends_forged("let:99:allow", question).answered()
    await town.says("/link", OFFER, person=mark)
    assert [YES in one.text or NO in one.text for one in mark.private_chat.from_bot].count(True) == 1


async def test_a_person_is_told_that_the_operator_cannot_be_reached(town: Family, mark: Person) -> None:
    town.dad.blocks()
    said = await town.says("/link", AWAY, person=mark)
    assert said.labels == ["🔑 Link"]
    assert questions(town) == []
    town.dad.unblocks()
    await town.taps(said, "Link", person=mark)
    await mark.sees(ASKED, after=said)
    await town.dad.sees(QUESTION)


async def test_the_settings_name_the_operator(town: Family, mark: Person) -> None:
    gran = town.telegram.add_person("Gran")
    await town.stop_bot()
    town.environ["OPERATOR_ID"] = str(gran.id)
    await town.start_bot()
    await town.says("/link", AWAY, person=mark)
    await town.says("/start", "invitation", person=gran)
    await town.says("/link", ASKED, person=mark)
    question = await gran.sees(QUESTION)
    await town.dad.sends_forged(f"let:{mark.id}:allow", await town.says("/help", "What I can do")).answered()
    await town.says("/link", SILENT, person=mark)
    await town.taps(question, "Allow", person=gran)
    await mark.sees(YES)
    await town.says("/link", OFFER, person=gran)


async def test_with_a_named_operator_the_first_person_asks_too(
    sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey
) -> None:
    async with a_listening_bot(sqlite_url, key, signing_key, LINKING="ask", OPERATOR_ID="1") as family:
        await family.says("/link", AWAY)


async def test_another_operator_is_asked_what_the_one_before_did_not_answer(town: Family, mark: Person) -> None:
    await asked(town, mark)
    gran = town.telegram.add_person("Gran")
    await town.says("/start", "invitation", person=gran)
    await town.stop_bot()
    town.environ["OPERATOR_ID"] = str(gran.id)
    await town.start_bot()
    await town.says("/link", ASKED, person=mark)
    await gran.sees(QUESTION)


async def test_the_operator_is_asked_once_though_the_person_is_forgotten_meanwhile(town: Family, mark: Person) -> None:
    question = await asked(town, mark)
    for _ in range(3):
        forget = await town.says("/forget", "Forget you?", person=mark)
        await town.taps(forget, "Forget me", person=mark)
        await forget.becomes("Forgotten.")
        await town.says("/link", SILENT, person=mark)
    await town.has_handled_all()
    kept = dump_of(town.environ["DATABASE_URL"], town.environ["ENCRYPTION_KEYS"])
    assert not [row for row in kept if "Mark" in str(row)]
    assert questions(town) == [question]
    await town.taps(question, "Allow")
    await question.becomes("Somebody may connect a DIMO account here.")
    await mark.sees(YES)


async def test_nobody_takes_the_place_of_an_operator_who_was_forgotten_or_unlinked(town: Family, mark: Person) -> None:
    question = await town.says("/unlink", "Unlink this chat?")
    await town.taps(question, "Unlink")
    await question.becomes("Unlinked")
    await asked(town, mark)
    question = await town.says("/forget", "Forget you?")
    await town.taps(question, "Forget me")
    await question.becomes("Forgotten. I deleted what I kept about you. What stays for others is in /privacy.")
    await town.has_handled_all()
    kept = dump_of(town.environ["DATABASE_URL"], town.environ["ENCRYPTION_KEYS"])
    assert not [row for row in kept if str(town.dad.id) in str(row)]
    await town.says("/link", AWAY, person=mark)
    await town.link()
    await town.says("/link", ASKED, person=mark)


async def test_an_operator_who_was_forgotten_comes_back_though_the_keys_were_changed_meanwhile(
    town: Family, mark: Person
) -> None:
    question = await town.says("/forget", "Forget you?")
    await town.taps(question, "Forget me")
    await question.becomes("Forgotten.")
    await town.stop_bot()
    old, new = town.environ["ENCRYPTION_KEYS"], new_key()
    with closing(Database.open(town.environ["DATABASE_URL"], Vault.from_keys([new, old]))) as database:
        database.run_now(check_keys)
        rotate(database, lambda *_: None)
    town.environ["ENCRYPTION_KEYS"] = new
    await town.start_bot()
    await town.says("/link", AWAY, person=mark)
    await town.link()
    await town.says("/link", ASKED, person=mark)


async def test_a_denied_person_is_denied_after_being_forgotten_and_an_allowed_one_is_forgotten(
    town: Family, mark: Person
) -> None:
    eve = town.telegram.add_person("Eve")
    for person, answer, news in ((mark, "Deny", NO), (eve, "Allow", YES)):
        await town.says("/link", ASKED, person=person)
        await town.taps(await town.dad.sees(f"{person.first_name} wants to connect"), answer)
        await person.sees(news)
        question = await town.says("/forget", "Forget you?", person=person)
        await town.taps(question, "Forget me", person=person)
        await question.becomes("Forgotten.")
    await town.says("/link", NO, person=mark)
    await town.says("/link", ASKED, person=eve)
    await town.has_handled_all()
    kept = dump_of(town.environ["DATABASE_URL"], town.environ["ENCRYPTION_KEYS"])
    assert not [row for row in kept if "Mark" in str(row)]


async def test_anyone_may_link_where_the_settings_say_so(town: Family, mark: Person) -> None:
    await town.stop_bot()
    town.environ["LINKING"] = "anyone"
    await town.start_bot()
    await town.says("/link", OFFER, person=mark)
    assert questions(town) == []


async def test_with_a_license_a_token_alone_is_refused_deleted_and_not_looked_at(town: Family) -> None:
    """A thief could send it: only a sign-in that began in this chat proves whose it is."""
    known = len(town.dimo.calls_of("identity", "query"))
    for sent in (user_token(town), f"Bearer {user_token(town)}", f"/link {user_token(town)}"):
        said = await is_answered(town, sent, "I don't take a token by itself")
        assert said.labels == ["🔑 Link"]
    thief = town.telegram.add_person("Thief")
    await is_answered(town, user_token(town), "I don't take a token by itself", thief)
    await town.says("/car", NO_CAR, person=thief)
    console = town.dimo.developer_jwt(town.dimo.add_license())
    await is_answered(town, console, "I don't take a token by itself")
    assert len(town.dimo.calls_of("identity", "query")) == known
