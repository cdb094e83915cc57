"""An end is announced once, three days before; every later answer says what has ended, with a button to link again."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.demo.telegram.chats import Message
from tests.support.newcomers import a_listening_bot, is_answered
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


async def test_the_end_of_a_sign_in_is_announced_three_days_ahead_and_once(family: Family) -> None:
    await later(family, 11 * DAY - HALF_AN_HOUR)
    assert notices(family, "ends on") == []
    await later(family, HALF_AN_HOUR)
    (notice,) = notices(family, "Your DIMO sign-in ends on 15 May 2026")
    assert notice.labels == ["🔗 Link again"]
    for _ in range(3):
        await later(family, HALF_AN_HOUR)
    assert notices(family, "ends on") == [notice]


async def test_an_end_is_announced_once_even_across_a_restart(family: Family) -> None:
    await later(family, 12 * DAY)
    await family.restart_bot()
    await later(family, HALF_AN_HOUR)
    assert len(notices(family, "ends on")) == 1


async def test_an_end_that_is_near_when_the_bot_starts_is_announced_then(home: Family) -> None:
    await home.stop_bot()
    home.clock.advance(12 * DAY)
    await home.start_bot()
    await home.dad.sees("Your DIMO sign-in ends on 15 May 2026")


async def test_after_linking_again_the_new_end_is_announced(home: Family) -> None:
    await later(home, 12 * DAY)
    await home.link()
    await later(home, HALF_AN_HOUR)
    assert len(notices(home, "ends on")) == 1
    await later(home, 12 * DAY)
    assert len(notices(home, "ends on")) == 2


async def test_the_button_of_the_notice_links_again(home: Family) -> None:
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
    assert notice.labels == ["🔗 Link again"]


async def test_the_end_of_a_console_token_is_announced(village: Family) -> None:
    await is_answered(village, village.dimo.developer_jwt(village.license), "The console token is linked")
    await later(village, 12 * DAY)
    assert len(notices(village, "Your DIMO console token ends on 15 May 2026")) == 1


async def test_others_are_told_when_one_chat_cannot_be_reached(home: Family) -> None:
    teen, _ = await home.add_relative("Teen", "Moped")
    home.dad.blocks()
    await later(home, 12 * DAY)
    await teen.sees("Your DIMO sign-in ends on 15 May 2026")


ANSWERS = {
    "/car": "🚗 Bluey",
    "/start": "🚗 Bluey",
    "/status": "📋 Bluey",
    "/charge": "Start or stop charging Bluey?",
    "/cars": "Which car?",
    "/lock": "Dad's Lock for Bluey",
    "/unlock": "Unlock Bluey?",
    "/trunk": "Open the rear trunk of Bluey?",
}


async def test_every_answer_says_that_the_sign_in_has_ended(home: Family) -> None:
    home.clock.advance(14 * DAY + 60)
    for command, answer in ANSWERS.items():
        said = await home.says(command, answer)
        await said.becomes("The DIMO sign-in has ended")
        assert "🔗 Link again" in said.labels, command


async def test_the_car_obeys_after_the_sign_in_has_ended(home: Family) -> None:
    """The license sends the commands; the sign-in only proved whose car it is."""
    home.clock.advance(14 * DAY + 60)
    await home.says("/lock", "Accepted")
    assert home.car.received == ["doors/lock"]


async def test_after_linking_again_nothing_is_said_to_have_ended(home: Family) -> None:
    home.clock.advance(14 * DAY + 60)
    await (await home.says("/car", "🚗 Bluey")).becomes("has ended")
    await home.link()
    panel = await home.says("/car", "🚗 Bluey")
    assert "has ended" not in panel.text
    assert "🔗 Link again" not in panel.labels


async def test_every_answer_says_that_the_share_has_ended(home: Family) -> None:
    until = START + timedelta(days=5)
    home.dimo.share(home.car, home.license, permissions={1, 2}, until=until)
    await home.link()
    home.clock.advance(5 * DAY)
    for command, answer in ANSWERS.items():
        said = await home.says(command, answer)
        await said.becomes("was shared has ended")
        assert "🔗 Link again" in said.labels, command
    assert home.car.received == []


async def test_every_answer_says_that_the_console_token_has_ended(village: Family) -> None:
    await is_answered(village, village.dimo.developer_jwt(village.license), "The console token is linked")
    village.clock.advance(14 * DAY + 60)
    for command, answer in ANSWERS.items():
        said = await village.says(command, answer)
        await said.becomes("The DIMO console token has ended")
        assert "🔗 Link again" in said.labels, command
    assert village.car.received == []
