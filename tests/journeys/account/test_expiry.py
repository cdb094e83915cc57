"""The end of a share or of a console token is announced once, three days before; later the car's screens say so."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.demo.telegram.chats import Message
from bot.demo.telegram.people import Person
from tests.support.newcomers import a_listening_bot, is_answered
from tests.support.people import joins
from tests.support.world import START, Family

ANNOUNCING = "announcing ends"
HALF_AN_HOUR, DAY = 1800, 86400


@pytest.fixture
async def home(sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A family with a linked account and a running bot, on SQLite."""
    async with a_listening_bot(sqlite_url, key, signing_key) as family:
        await family.link()
        yield family


@pytest.fixture
async def village(sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A bot without a license, and dad, who has linked nothing yet."""
    async with a_listening_bot(sqlite_url, key, signing_key, has_license=False) as family:
        yield family


async def later(family: Family, seconds: float) -> None:
    """Let time pass until the bot has looked for ends again."""
    await family.clock.until_asleep(ANNOUNCING)
    family.clock.advance(seconds)
    await family.clock.until_asleep(ANNOUNCING)


def notices(family: Family, what: str) -> list[Message]:
    return [message for message in family.dad.private_chat.from_bot if what in message.text]


async def has_a_share_that_ends(home: Family, days: int) -> None:
    """Share the car until this many days after the start, and link again, so that the bot knows."""
    home.dimo.share(home.car, home.license, permissions={1, 2}, until=START + timedelta(days=days))
    await home.link()


async def test_the_end_of_a_share_is_announced_three_days_ahead_and_once(home: Family) -> None:
    await has_a_share_that_ends(home, 14)
    await later(home, 11 * DAY - HALF_AN_HOUR)
    assert notices(home, "ends on") == []
    await later(home, HALF_AN_HOUR)
    (notice,) = notices(home, "The share of Bluey ends on 15 May 2026")
    assert notice.labels == ["🔑 Link again"]
    for _ in range(3):
        await later(home, HALF_AN_HOUR)
    assert notices(home, "ends on") == [notice]


async def test_an_end_is_announced_once_even_across_a_restart(home: Family) -> None:
    await has_a_share_that_ends(home, 14)
    await later(home, 12 * DAY)
    await home.restart_bot()
    await later(home, HALF_AN_HOUR)
    assert len(notices(home, "ends on")) == 1


async def test_an_end_that_is_near_when_the_bot_starts_is_announced_then(home: Family) -> None:
    await has_a_share_that_ends(home, 14)
    await home.stop_bot()
    home.clock.advance(12 * DAY)
    await home.start_bot()
    await home.dad.sees("The share of Bluey ends on 15 May 2026")


async def test_the_button_of_the_notice_links_again(home: Family) -> None:
    await has_a_share_that_ends(home, 14)
    await later(home, 12 * DAY)
    (notice,) = notices(home, "ends on")
    await home.taps(notice, "Link again")
    offer = await home.dad.sees("Connect your DIMO account", after=notice)
    landing = home.landing_for(home.dad.opens(offer, "Sign in"), home.account)
    await is_answered(home, landing, "is linked until 27 May 2026")


async def test_the_end_of_a_share_is_announced_with_the_name_of_the_car(home: Family) -> None:
    until = START + timedelta(days=5)
    home.dimo.share(home.car, home.license, permissions={1, 2}, until=until)
    await home.link()
    await later(home, 2 * DAY)
    (notice,) = notices(home, "The share of Bluey ends on 6 May 2026")
    assert notice.labels == ["🔑 Link again"]


async def test_the_end_of_a_console_token_is_announced(village: Family) -> None:
    await is_answered(village, village.dimo.developer_jwt(village.license), "The console token is linked")
    await later(village, 12 * DAY)
    assert len(notices(village, "Your DIMO console token ends on 15 May 2026")) == 1


def is_screen(message: Message) -> bool:
    """Return whether a message shows the car."""
    return message.text.startswith(("🚗 Bluey", "📋 Bluey"))


ANSWERS = ("/car", "/start", "/status")
"""The commands whose answers say that a share or a console token has ended."""


async def test_nothing_is_said_of_a_sign_in_that_has_ended_where_a_license_is_set(home: Family) -> None:
    """The license sends the commands; the sign-in only proved whose car it is."""
    await later(home, 14 * DAY + 60)
    for command in ANSWERS:
        said = await shown_by(home, command)
        assert "has ended" not in await settled(said)
        assert "🔑 Link again" not in said.labels
    assert notices(home, "ends on") == []
    assert notices(home, "ended on") == []
    await home.says("/lock", "Accepted")
    assert home.car.received == ["doors/lock"]


async def shown_by(family: Family, command: str, person: Person | None = None) -> Message:
    """Return the screen of the car that a command shows."""
    person = person or family.dad
    return await person.sees(is_screen, after=person.says(command))


async def settled(message: Message) -> str:
    """Return the text of a message once the car has been asked."""
    return (await message.becomes(lambda it: "Asking" not in it.text)).text


async def test_the_owner_is_offered_to_renew_a_share_and_members_learn_whom_to_ask(home: Family) -> None:
    teen = await joins(home, "Teen")
    await has_a_share_that_ends(home, 5)
    home.clock.advance(5 * DAY)
    for command in ANSWERS:
        said = await shown_by(home, command)
        assert "was shared has ended" in await settled(said)
        assert "🔑 Link again" in said.labels, command
        hers = await shown_by(home, command, teen)
        assert "Dad needs to renew the share." in await settled(hers)
        assert "🔑 Link again" not in hers.labels, command
    assert home.car.received == []


async def test_every_answer_says_that_the_console_token_has_ended(village: Family) -> None:
    await is_answered(village, village.dimo.developer_jwt(village.license), "The console token is linked")
    village.clock.advance(14 * DAY + 60)
    for command in ANSWERS:
        said = await shown_by(village, command)
        assert "The DIMO console token has ended" in await settled(said)
        assert "🔑 Link again" in said.labels, command
    assert village.car.received == []
