"""Consent to a second link: one answer counts, whichever process gets it; an unasked link expires."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.domain.ids import ChatId, ConsentId, PersonId
from bot.domain.linking import ConsentOver, LinkAnswer, LinkNews
from bot.domain.refusals import Reason
from bot.service.declined import Declined
from bot.service.ports import Person
from storage import Car, CarDetails, Home, LinkConsent, Token, Tx
from storage.repositories import homes, link_consents, tokens
from tests.support.clocks import START
from tests.support.dimo_setting import signing_key
from tests.support.use_cases import DAD, HOME, Process, Town, a_process, a_town, an_ask

EVE = Person(PersonId(12), "Eve")
EVES = ChatId(12)


@pytest.fixture
def town(sqlite_url: str, key: str) -> Town:
    return a_town("", signing_key=signing_key(), DATABASE_URL=sqlite_url, ENCRYPTION_KEYS=key, LINKING="anyone")


@pytest.fixture
async def two(town: Town) -> AsyncIterator[tuple[Process, Process]]:
    async with a_process(town) as one, a_process(town) as other:
        yield one, other


async def waits(process: Process, town: Town) -> ConsentId:
    """Store that Eve's chat waits for dad's yes, as the bot does before anybody is asked."""
    home = Home(EVES, EVE.id, EVE.name, town.wallet.lower(), None, START)
    secret = town.dimo.user_jwt(town.dimo.accounts[town.wallet.lower()], audience=town.license.client_id)
    token = Token(EVES, "user", secret, START + timedelta(days=14))
    cars = [Car(EVES, town.car_id, 0, None, CarDetails("Bluey", "Tesla", "Model 3", 2023, "Tesla", (1, 2)))]

    def hold(tx: Tx) -> LinkConsent | LinkNews:
        holder = homes.get(tx, HOME)
        assert holder is not None
        return process.services.account.link_consents.hold(tx, home, token, cars, holder=holder)

    waiting = await process.db.run(hold)
    assert isinstance(waiting, LinkConsent)
    return ConsentId(waiting.id)


async def answered(process: Process, consent: ConsentId, answer: LinkAnswer) -> LinkAnswer | Reason | None:
    try:
        over = await process.services.account.linking.answer_consent(an_ask(DAD, HOME), consent, answer)
    except Declined as no:
        return no.reason
    assert over is None or isinstance(over, ConsentOver)
    return None if over is None else over.answer


@pytest.mark.parametrize("answer", LinkAnswer)
async def test_of_answers_in_two_processes_one_counts(
    two: tuple[Process, Process], town: Town, answer: LinkAnswer
) -> None:
    consent = await waits(two[0], town)
    answers = await asyncio.gather(*(answered(process, consent, answer) for process in two * 3))
    assert sorted(map(str, answers)) == sorted([str(answer), *[str(Reason.LINK_QUESTION_OVER)] * 5])
    linked = await two[0].db.read(lambda tx: (homes.get(tx, EVES), tokens.get(tx, EVES, "user")))
    assert all(linked) if answer is LinkAnswer.ALLOW else linked == (None, None)


async def test_a_yes_and_a_no_at_once_are_one_answer(two: tuple[Process, Process], town: Town) -> None:
    consent = await waits(two[0], town)
    first, second = await asyncio.gather(
        answered(two[0], consent, LinkAnswer.ALLOW), answered(two[1], consent, LinkAnswer.DENY)
    )
    assert (first is Reason.LINK_QUESTION_OVER) is not (second is Reason.LINK_QUESTION_OVER)
    home = await two[0].db.read(lambda tx: homes.get(tx, EVES))
    assert (home is not None) is (first is LinkAnswer.ALLOW)


async def test_a_yes_asks_nothing_of_dimo(two: tuple[Process, Process], town: Town) -> None:
    """The account is linked as it was verified when the token arrived."""
    consent, before = await waits(two[0], town), len(town.dimo.calls)
    assert await answered(two[0], consent, LinkAnswer.ALLOW) is LinkAnswer.ALLOW
    assert len(town.dimo.calls) == before


async def test_a_link_that_nobody_was_asked_about_ends_after_a_restart(town: Town) -> None:
    """The process ended between storing the link and showing the question."""
    async with a_process(town) as process:
        consent = await waits(process, town)
    town.clock.advance(timedelta(minutes=15).total_seconds())
    async with a_process(town) as process:
        ending = asyncio.ensure_future(process.services.account.link_consents.keep_ending())
        await town.clock.until_asleep("ending questions about links")
        ending.cancel()
        assert [texts[0].partition(",")[0] for texts in process.paper.messages.values()] == [
            "Nobody has allowed it in time"
        ]
        assert await process.db.read(link_consents.next_expiry) is None
        assert await answered(process, consent, LinkAnswer.ALLOW) is Reason.LINK_QUESTION_OVER
