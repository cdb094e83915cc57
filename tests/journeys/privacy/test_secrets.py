"""After a full run, no token, key, wallet or name can be found in the database, the log, or the chats."""

import io
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.demo.dimo import faults as dimo_faults
from bot.demo.dimo import login as dimo_login
from bot.demo.telegram import faults as telegram_faults
from tests.support.newcomers import (
    a_talkative_log,
    found,
    is_answered,
    links_console_token,
    signs_in,
    user_token,
    with_token,
)
from tests.support.world import Family, a_family


@pytest.fixture
def log(key: str) -> Iterator[io.StringIO]:
    """What the bot logs at level DEBUG."""
    with a_talkative_log(key) as stream:
        yield stream


class Spy:
    """Everything that must not be found, by kind."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self.states: set[str] = set()

    def tokens(self) -> set[str]:
        """Every token that DIMO accepted or that dad got, whole and in its parts."""
        whole = set(self._family.dimo.tokens._verified)
        mine = {word for message in self._family.dad.private_chat.history for word in message.text.split("=")}
        whole |= {word.partition("&")[0] for word in mine if word.startswith("eyJ")}
        assert len(whole) >= 5  # the license's, vehicle JWTs, and those that dad sent
        return whole | {part for token in whole for part in token.split(".")[1:]}

    def keys(self) -> set[str]:
        environ = self._family.environ
        api_key = environ["DIMO_API_KEY"].removeprefix("0x")
        return {environ["ENCRYPTION_KEYS"], environ["TELEGRAM_BOT_TOKEN"], api_key}

    def wallets(self) -> set[str]:
        return {account.wallet.removeprefix("0x") for account in self._family.dimo.accounts.values()}

    def names(self) -> set[str]:
        return {self._family.dad.first_name, self._family.car.name, self._family.car.model}


@pytest.fixture
async def quokka(url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A family with names that are found nowhere by chance, and without a linked account."""
    async with a_family(url, key, signing_key) as family:
        family.dad = family.telegram.add_person("Xanthippos")
        family.car.name, family.car.model = "Quokkamobil", "Roadster"
        await family.start_bot()
        yield family
        assert family.telegram.violations == []
        assert family.dimo.violations == []


async def lives(family: Family, spy: Spy) -> None:
    """Link in every way, use the car, meet every kind of error, restart."""
    offer = await family.says("/link", "Connect your DIMO account")
    link = family.dad.opens(offer, "Sign in")
    spy.states.add(link.partition("state%3D")[2].partition("&")[0])
    landing = dimo_login.sign_in(family.dimo, link, family.account, share=[family.car])
    await is_answered(family, landing, "is linked until")
    await is_answered(family, landing, "You are linked already.")
    await is_answered(family, user_token(family), "I don't take a token by itself")
    address = await signs_in(family)
    spy.states.add(address.rpartition("state=")[2])
    await is_answered(family, with_token(address, user_token(family)[:-9] + "forged000"), "DIMO did not sign")
    await waits_for_a_yes(family)
    for command, answer in {"/car": "🔒 Locked", "/status": "🔒 Locked", "/lock": "Accepted"}.items():
        await (await family.says(command, "Quokkamobil")).becomes(answer)
    question = await family.says("/unlock", "Unlock Quokkamobil?")
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")
    await meets_trouble(family)
    await family.restart_bot()
    await (await family.says("/lock", "Quokkamobil")).becomes("Accepted")
    console = family.dimo.developer_jwt(family.license)
    await links_console_token(family, console)
    await (await family.says("/lock", "Quokkamobil")).becomes("Accepted")


async def waits_for_a_yes(family: Family) -> None:
    """Send dad's sign-in as somebody else, which dad has to allow, and stop while the token waits."""
    mum = family.telegram.add_person("Mum")
    await is_answered(family, await signs_in(family, mum), "I have asked its owner", mum)
    await family.restart_bot()


async def meets_trouble(family: Family) -> None:
    """Make DIMO quote a token in an error, lose an answer and fail; make Telegram and the bot itself fail."""
    quoted = f"bad token {user_token(family)} of {family.account.wallet}"
    for status in (400, 403, 500):
        family.car.fail_next(dimo_faults.status(status, quoted))
    for _ in range(3):
        question = await family.says("/frunk", "Open Quokkamobil's frunk?")
        await family.taps(question, "Open frunk")
        await question.becomes(lambda message: "Refused" in message.text or "Unknown" in message.text)
    family.dimo.switch_off("telemetry", dimo_faults.status(500, quoted))
    family.clock.advance(60)
    await (await family.says("/status", "Quokkamobil")).becomes("I can't get the car's report")
    family.dimo.heal("telemetry")
    family.telegram.fails_next("deleteMessage", telegram_faults.refused("Bad Request: message can't be deleted"))
    kept = family.dad.says(user_token(family))
    await family.dad.sees("I could not delete your message", after=kept)
    family.dad.deletes(kept)
    family.telegram.fails_next("sendMessage", telegram_faults.BLOCKED)
    family.dad.says("/help")
    await family.says("/privacy", "What I keep")


def in_database(url: str) -> str:
    """Return the content of the database as text: the bytes of its files, or every value of every row."""
    if url.startswith("sqlite"):
        folder = Path(url.removeprefix("sqlite:///")).parent
        return "\n".join(file.read_bytes().decode("latin-1") for file in folder.iterdir() if file.is_file())
    with closing(psycopg.connect(url)) as connection:
        tables = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
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
