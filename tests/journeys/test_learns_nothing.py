"""A stranger learns nothing: not from what the bot says, not from its errors, its log, or its database."""

import io
import json
import logging
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot import logs
from bot.demo import dimo_faults, dimo_login, telegram_faults
from bot.demo.telegram_chats import Message
from bot.telegram.menu import MENU
from tests.journeys.newcomers import a_listening_bot, is_answered, user_token
from tests.world import Family, a_family

SECRETS_OF_DAD = ("Bluey", "Dad", "Model 3", "0x")
"""What a stranger must not read: the car, its owner, any wallet."""


@pytest.fixture
async def home(sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A family with a linked account and a listening bot, on SQLite."""
    async with a_listening_bot(sqlite_url, key, signing_key) as family:
        await family.link()
        yield family


def betrayed(messages: Iterable[Message]) -> list[str]:
    """Return the texts and labels that tell a stranger something."""
    shown = [text for message in messages for text in (*message.texts, *message.labels)]
    return [text for text in shown if any(secret in text for secret in SECRETS_OF_DAD)]


async def test_a_stranger_learns_nothing_from_any_command(home: Family) -> None:
    stranger = home.telegram.add_person("Stranger")
    for entry in MENU:
        asked = stranger.says(f"/{entry.name}")
        await stranger.sees("", after=asked)
    await stranger.sees("", after=stranger.says("hello?"))
    assert betrayed(stranger.private_chat.from_bot) == []
    assert home.car.received == []


async def test_a_stranger_learns_nothing_from_buttons_that_are_not_theirs(home: Family) -> None:
    """Their app sends the data of dad's own buttons, and of others that might be there."""
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
    assert betrayed(stranger.private_chat.from_bot) == []
    assert home.car.received == []
    await home.taps(question, "Unlock")
    await question.becomes("Accepted")


async def test_in_a_group_nothing_can_be_done_or_learned(home: Family) -> None:
    stranger = home.telegram.add_person("Stranger")
    group = home.telegram.add_group("Family", [home.dad, stranger])
    for person in (home.dad, stranger):
        for entry in MENU:
            asked = person.says(f"/{entry.name}", chat=group)
            await person.sees("I work in a private chat", chat=group, after=asked)
    assert betrayed(group.from_bot) == []
    assert home.car.received == []


async def test_in_a_group_even_dads_buttons_do_nothing(home: Family) -> None:
    panel = await home.says("/car", "🚗 Bluey")
    group = home.telegram.add_group("Family", [home.dad])
    message = await home.dad.sees("", chat=group, after=home.dad.says("/help", chat=group))
    for button in panel.buttons:
        answer = await home.dad.sends_forged(button.callback_data or "", message).answered()
        assert "I work in a private chat" in (answer.text or "")
    assert home.car.received == []


async def test_what_people_say_to_each_other_in_a_group_is_left_alone(home: Family) -> None:
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


# An error inside tells the person that it failed, and the log the rest.


@pytest.fixture
def log(key: str) -> Iterator[io.StringIO]:
    """What the bot logs at its most talkative, secrets that only the settings know left to their looks."""
    stream, root, hook = io.StringIO(), logging.getLogger(), sys.excepthook
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in logs._TALKATIVE + logs._QUOTING}
    logs.configure("DEBUG", "console", [key], stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook = hook
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)


def file_of(family: Family) -> Path:
    return Path(family.environ["DATABASE_URL"].removeprefix("sqlite:///"))


async def test_an_unexpected_error_tells_only_that_it_failed(home: Family, log: io.StringIO) -> None:
    """The table of prompts is gone, as after a broken restore."""
    with closing(sqlite3.connect(file_of(home))) as database:
        database.execute("DROP TABLE prompts")
    said = await home.says("/unlock", "Something failed on my side.")
    assert said.labels == []
    assert not [word for word in ("prompts", "sqlite", "Error", "Traceback") if word in said.text]
    assert "no such table: prompts" in log.getvalue()
    assert "Dad" not in log.getvalue()
    await home.says("/lock", "Accepted")


async def test_an_update_that_can_not_be_read_is_not_quoted_in_the_log(
    home: Family, log: io.StringIO
) -> None:
    broken = {"message_id": 1, "from": {"first_name": "Xanthippos"}, "text": "meet me at noon"}
    home.bot.updates.push("message", broken, until=home.clock.now() + timedelta(hours=1))
    await home.says("/lock", "Accepted")
    assert "An update can't be read" in log.getvalue()
    assert found({"Xanthippos", "noon"}, log.getvalue()) == []


async def test_an_answer_of_telegrams_that_is_torn_is_not_quoted_in_the_log(
    home: Family, log: io.StringIO
) -> None:
    torn = b'{"ok": true, "result": [{"update_id": 7, "message": {"from": {"first_name": "Xanthippos'
    home.telegram.fails_next("getUpdates", telegram_faults.Fault(raw=(200, torn)))
    home.dad.says("/help")  # ends the open long poll, so that the next answer is the torn one
    await home.clock.until_asleep("polling")
    home.clock.advance(60)
    await home.says("/lock", "Accepted")
    assert "Telegram can't be reached" in log.getvalue()
    assert found({"Xanthippos"}, log.getvalue()) == []


async def test_a_broken_tap_is_answered_and_tells_only_that_it_failed(home: Family) -> None:
    question = await home.says("/unlock", "Unlock Bluey?")
    with closing(sqlite3.connect(file_of(home))) as database:
        database.execute("DROP TABLE actions")
    await home.taps(question, "Unlock")
    await home.dad.sees("Something failed on my side.", after=question)
    assert home.car.received == []


# After a full run, nothing that is secret can be found anywhere.


class Spy:
    """Everything that must not be found, by what it is."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self.states: set[str] = set()

    def tokens(self) -> set[str]:
        """Every token that DIMO took or its person got, whole and in the parts that make it one."""
        whole = set(self._family.dimo.tokens._verified)
        mine = {word for message in self._family.dad.private_chat.history for word in message.text.split("=")}
        whole |= {word.partition("&")[0] for word in mine if word.startswith("eyJ")}
        assert len(whole) >= 5  # the license's, vehicle JWTs, and what dad sent
        return whole | {part for token in whole for part in token.split(".")[1:]}

    def keys(self) -> set[str]:
        environ = self._family.environ
        api_key = environ["DIMO_API_KEY"].removeprefix("0x")
        return {environ["ENCRYPTION_KEYS"], environ["TELEGRAM_BOT_TOKEN"], api_key}

    def wallets(self) -> set[str]:
        return {account.wallet.removeprefix("0x") for account in self._family.dimo.accounts.values()}

    def names(self) -> set[str]:
        return {self._family.dad.first_name, self._family.car.name, self._family.car.model}


def found(secrets: set[str], text: str) -> list[str]:
    small = text.lower()
    return sorted(secret for secret in secrets if secret.lower() in small)


@pytest.fixture
async def quokka(url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A family whose names are found nowhere by chance; it has linked nothing yet."""
    async with a_family(url, key, signing_key) as family:
        family.dad = family.telegram.add_person("Xanthippos")
        family.car.name, family.car.model = "Quokkamobil", "Roadster"
        await family.start_bot()
        yield family
        assert family.telegram.violations == []
        assert family.dimo.violations == []


async def lives(family: Family, spy: Spy) -> None:
    """Link in every way, use the car, meet every kind of trouble, restart."""
    offer = await family.says("/link", "Connect your DIMO account")
    link = family.dad.opens(offer, "Sign in")
    spy.states.add(link.partition("state%3D")[2].partition("&")[0])
    landing = dimo_login.sign_in(family.dimo, link, family.account, share=[family.car])
    await is_answered(family, landing, "is linked until")
    await is_answered(family, landing, "it was used already")
    await is_answered(family, user_token(family), "is linked until")
    await is_answered(family, user_token(family)[:-9] + "forged000", "DIMO did not sign")
    for command, answer in {"/car": "🔒 Locked", "/status": "🔒 Locked", "/lock": "Accepted"}.items():
        await (await family.says(command, "Quokkamobil")).becomes(answer)
    question = await family.says("/unlock", "Unlock Quokkamobil?")
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")
    await meets_trouble(family)
    await family.restart_bot()
    await (await family.says("/lock", "Quokkamobil")).becomes("Accepted")
    console = family.dimo.developer_jwt(family.license)
    await is_answered(family, console, "The console token is linked")
    await (await family.says("/lock", "Quokkamobil")).becomes("Accepted")


async def meets_trouble(family: Family) -> None:
    """DIMO quotes a token in its error, loses an answer, fails; Telegram fails; the bot itself fails."""
    quoted = f"bad token {user_token(family)} of {family.account.wallet}"
    for status in (400, 403, 500):
        family.car.fail_next(dimo_faults.status(status, quoted))
    for _ in range(3):
        question = await family.says("/frunk", "Open the front trunk of Quokkamobil?")
        await family.taps(question, "Frunk")
        await question.becomes(lambda message: "Refused" in message.text or "Unknown" in message.text)
    family.dimo.switch_off("telemetry", dimo_faults.status(500, quoted))
    family.clock.advance(60)
    await (await family.says("/status", "Quokkamobil")).becomes("I can't get the car's report")
    family.dimo.heal("telemetry")
    family.telegram.fails_next(
        "deleteMessage", telegram_faults.refused("Bad Request: message can't be deleted")
    )
    kept = family.dad.says(user_token(family))
    await family.dad.sees("I could not delete your message", after=kept)
    family.dad.deletes(kept)
    family.telegram.fails_next("sendMessage", telegram_faults.BLOCKED)
    family.dad.says("/help")
    await family.says("/privacy", "What I keep")


def in_database(url: str) -> str:
    """Everything that stands in the database, as text: the bytes of its files, or every value of every row."""
    if url.startswith("sqlite"):
        folder = Path(url.removeprefix("sqlite:///")).parent
        return "\n".join(file.read_bytes().decode("latin-1") for file in folder.iterdir() if file.is_file())
    with closing(psycopg.connect(url)) as connection:
        tables = [
            name
            for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ]
        rows = [row for table in tables for row in connection.execute(f'TABLE "{table}"'.encode())]
    return "\n".join(_plain(value) for row in rows for value in row)


def _plain(value: object) -> str:
    return bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)


async def test_after_a_full_run_no_secret_is_found_anywhere(quokka: Family, log: io.StringIO) -> None:
    spy = Spy(quokka)
    await lives(quokka, spy)
    await quokka.stop_bot()

    stored = in_database(quokka.environ["DATABASE_URL"])
    private = spy.tokens() | spy.keys() | spy.wallets() | spy.names() | spy.states
    assert str(quokka.dad.id) in stored or quokka.dad.id.to_bytes(5, "big").decode("latin-1") in stored
    assert found(private, stored) == []

    written = log.getvalue()
    assert "DEBUG bot.dimo: devices: command -> 200" in written
    assert found(private, written) == []

    seen = "\n".join(message.text for message in quokka.dad.private_chat.messages)
    told = json.dumps([dict(call.params) for call in quokka.telegram.calls], default=str)
    assert "Quokkamobil" in told
    assert found(spy.tokens() | spy.keys() | spy.wallets(), seen + told) == []
