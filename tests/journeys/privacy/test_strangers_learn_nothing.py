"""A stranger learns nothing from what the bot says, from its errors or from its log."""

import io
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.demo.telegram import faults
from bot.demo.telegram.chats import Message
from bot.telegram.routes import COMMANDS
from tests.support.newcomers import a_listening_bot, a_talkative_log, found
from tests.support.world import Family

SECRETS_OF_DAD = ("Bluey", "Dad", "Model 3", "0x")
"""What a stranger must not read: the name of the car, of its owner, and any wallet."""


@pytest.fixture
async def home(sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A family with a linked account and a running bot, on SQLite."""
    async with a_listening_bot(sqlite_url, key, signing_key) as family:
        await family.link()
        yield family


def leaks(messages: Iterable[Message]) -> list[str]:
    """Return the texts and labels that contain a secret."""
    shown = [text for message in messages for text in (*message.texts, *message.labels)]
    return [text for text in shown if any(secret in text for secret in SECRETS_OF_DAD)]


@pytest.mark.usefixtures("strangers_have_no_limit")
async def test_a_stranger_learns_nothing_from_any_command(home: Family) -> None:
    stranger = home.telegram.add_person("Stranger")
    for command in COMMANDS:
        asked = stranger.says(f"/{command.name}")
        await stranger.sees("", after=asked)
    await stranger.sees("", after=stranger.says("hello?"))
    assert leaks(stranger.private_chat.from_bot) == []
    assert home.car.received == []


async def test_a_stranger_learns_nothing_from_buttons_of_others(home: Family) -> None:
    """Their app sends the data of dad's buttons, and of other buttons that may exist."""
    panel = await home.says("/car", "🚗 Bluey")
    question = await home.says("/unlock", "Unlock Bluey?")
    number = home.car.token_id
    guessed = ["cars", "again", "link", *(f"{kind}:{number}" for kind in "src")]
    data = {button.callback_data or "" for button in (*panel.buttons, *question.buttons)} | set(guessed)

    stranger = home.telegram.add_person("Stranger")
    message = await stranger.sees("", after=stranger.says("/help"))
    for one in sorted(data):
        await stranger.sends_forged(one, message).answered()
    await stranger.sees("What I keep", after=stranger.says("/privacy"))
    assert leaks(stranger.private_chat.from_bot) == []
    assert home.car.received == []
    await home.taps(question, "Unlock")
    await question.becomes("Accepted")


@pytest.mark.usefixtures("strangers_have_no_limit")
async def test_a_group_without_a_shared_car_learns_nothing(home: Family) -> None:
    stranger = home.telegram.add_person("Stranger")
    group = home.telegram.add_group("Strangers", [stranger])
    for command in COMMANDS:
        await stranger.sees("", chat=group, after=stranger.says(f"/{command.name}", chat=group))
    assert leaks(group.from_bot) == []
    assert home.car.received == []


async def test_the_owners_buttons_do_nothing_in_a_group_without_his_cars(home: Family) -> None:
    panel = await home.says("/car", "🚗 Bluey")
    group = home.telegram.add_group("Family", [home.dad])
    message = await home.dad.sees("", chat=group, after=home.dad.says("/help", chat=group))
    for button in panel.buttons:
        if button.callback_data is not None:
            await home.dad.sends_forged(button.callback_data, message).answered()
    await home.dad.sees("What I keep", chat=group, after=home.dad.says("/privacy", chat=group))
    assert home.car.received == []


async def test_messages_between_people_in_a_group_are_ignored(home: Family) -> None:
    home.bot.flags["can_read_all_group_messages"] = True
    group = home.telegram.add_group("Family", [home.dad])
    home.dad.says("shall we take the car?", chat=group)
    await home.dad.sees("", chat=group, after=home.dad.says("/help", chat=group))
    assert len(group.from_bot) == 1


async def test_anonymous_admins_and_bots_are_refused(home: Family) -> None:
    robot = home.telegram.add_person("Robot", is_bot=True)
    group = home.telegram.add_group("Family", [home.dad, robot])
    for asked in (home.dad.says("/lock", chat=group, anonymously=True), robot.says("/lock", chat=group)):
        await home.dad.sees("I obey people, not channels, bots or anonymous admins", chat=group, after=asked)
    tap = robot.sends_forged(f"a:lock:{home.car.token_id}", group.last)
    assert "I obey people" in ((await tap.answered()).text or "")
    assert home.car.received == []


# Of an internal error the person is only told that it happened; the details are in the log.


@pytest.fixture
def log(key: str) -> Iterator[io.StringIO]:
    """What the bot logs at level DEBUG."""
    with a_talkative_log(key) as stream:
        yield stream


def file_of(family: Family) -> Path:
    return Path(family.environ["DATABASE_URL"].removeprefix("sqlite:///"))


async def test_an_unexpected_error_is_shown_without_details(home: Family, log: io.StringIO) -> None:
    """The table of prompts is missing, as after a broken restore."""
    with closing(sqlite3.connect(file_of(home))) as database:
        database.execute("DROP TABLE prompts")
    said = await home.says("/unlock", "Something failed on my side.")
    assert said.labels == []
    assert not [word for word in ("prompts", "sqlite", "Error", "Traceback") if word in said.text]
    assert "no such table: prompts" in log.getvalue()
    assert "Dad" not in log.getvalue()
    await home.says("/lock", "Accepted")


async def test_an_unreadable_update_is_not_quoted_in_the_log(home: Family, log: io.StringIO) -> None:
    broken = {"message_id": 1, "from": {"first_name": "Xanthippos"}, "text": "meet me at noon"}
    home.bot.updates.push("message", broken, until=home.clock.now() + timedelta(hours=1))
    await home.says("/lock", "Accepted")
    assert "An update can't be read" in log.getvalue()
    assert found({"Xanthippos", "noon"}, log.getvalue()) == []


async def test_a_truncated_answer_of_telegram_is_not_quoted_in_the_log(home: Family, log: io.StringIO) -> None:
    torn = b'{"ok": true, "result": [{"update_id": 7, "message": {"from": {"first_name": "Xanthippos'
    home.telegram.fails_next("getUpdates", faults.Fault(raw=(200, torn)))
    home.dad.says("/help")  # ends the open long poll, so that the next answer is the torn one
    await home.clock.until_asleep("polling")
    home.clock.advance(60)
    await home.says("/lock", "Accepted")
    assert "Telegram can't be reached" in log.getvalue()
    assert found({"Xanthippos"}, log.getvalue()) == []


async def test_a_tap_that_fails_is_answered_without_details(home: Family) -> None:
    question = await home.says("/unlock", "Unlock Bluey?")
    with closing(sqlite3.connect(file_of(home))) as database:
        database.execute("DROP TABLE actions")
    await home.taps(question, "Unlock")
    await home.dad.sees("Something failed on my side.", after=question)
    assert home.car.received == []
