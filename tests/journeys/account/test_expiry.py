"""What ends is announced three days ahead, once; what has ended is said in every answer, with the way out."""

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
    """A family with a linked account and a listening bot, on SQLite."""
    async with a_listening_bot(sqlite_url, key, signing_key) as family:
        await family.link()
        yield family


@pytest.fixture
async def village(sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A bot without a license, and dad, who has linked nothing yet."""
    async with a_listening_bot(sqlite_url, key, signing_key, has_license=False) as family:
        yield family


async def later(family: Family, seconds: float) -> None:
    """Let time pass, and the bot look for ends once more."""
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


async def test_an_end_is_announced_once_also_across_a_restart(family: Family) -> None:
    await later(family, 12 * DAY)
    await family.restart_bot()
    await later(family, HALF_AN_HOUR)
    assert len(notices(family, "ends on")) == 1


async def test_an_end_that_came_near_while_the_bot_was_off_is_announced_at_the_start(home: Family) -> None:
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


async def test_the_notices_button_leads_to_a_new_link(home: Family) -> None:
    await later(home, 12 * DAY)
    (notice,) = notices(home, "ends on")
    await home.taps(notice, "Link again")
    offer = await home.dad.sees("Connect your DIMO account", after=notice)
    landing = home.landing_for(home.dad.opens(offer, "Sign in"), home.account)
    await is_answered(home, landing, "is linked until 27 May 2026")


async def test_the_end_of_a_share_is_announced_with_the_cars_name(home: Family) -> None:
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


async def test_a_chat_that_can_not_be_reached_does_not_keep_others_from_their_notice(home: Family) -> None:
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


async def test_a_sign_in_that_has_ended_is_said_in_every_answer_with_a_button(home: Family) -> None:
    home.clock.advance(14 * DAY + 60)
    for command, answer in ANSWERS.items():
        said = await home.says(command, answer)
        await said.becomes("The DIMO sign-in has ended")
        assert "🔗 Link again" in said.labels, command


async def test_an_ended_sign_in_does_not_keep_the_car_from_obeying(home: Family) -> None:
    """The license has the power over the car; the sign-in only said whose car it is."""
    home.clock.advance(14 * DAY + 60)
    await home.says("/lock", "Accepted")
    assert home.car.received == ["doors/lock"]


async def test_linking_again_ends_the_talk_of_an_end(home: Family) -> None:
    home.clock.advance(14 * DAY + 60)
    await (await home.says("/car", "🚗 Bluey")).becomes("has ended")
    await home.link()
    panel = await home.says("/car", "🚗 Bluey")
    assert "has ended" not in panel.text
    assert "🔗 Link again" not in panel.labels


async def test_a_share_that_has_ended_is_said_in_every_answer_with_a_button(home: Family) -> None:
    until = START + timedelta(days=5)
    home.dimo.share(home.car, home.license, permissions={1, 2}, until=until)
    await home.link()
    home.clock.advance(5 * DAY)
    for command, answer in ANSWERS.items():
        said = await home.says(command, answer)
        await said.becomes("was shared has ended")
        assert "🔗 Link again" in said.labels, command
    assert home.car.received == []


async def test_a_console_token_that_has_ended_is_said_in_every_answer_with_a_button(village: Family) -> None:
    await is_answered(village, village.dimo.developer_jwt(village.license), "The console token is linked")
    village.clock.advance(14 * DAY + 60)
    for command, answer in ANSWERS.items():
        said = await village.says(command, answer)
        await said.becomes("The DIMO console token has ended")
        assert "🔗 Link again" in said.labels, command
    assert village.car.received == []
