"""The menu is sent once; a bot that can't receive updates ends with an error."""

import asyncio
import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from telegram.error import InvalidToken

from bot.demo.telegram import faults
from bot.failures import explain
from bot.lifetime import run
from bot.telegram.menus import menu_of
from bot.telegram.routes import COMMANDS
from bot.telegram.transport.polling import NoUpdates
from storage import Database, Vault
from storage.repositories import key_values
from tests.support.newcomers import LICENSE, a_listening_bot
from tests.support.world import START, Family


@pytest.fixture
async def home(sqlite_url: str, key: str, signing_key: rsa.RSAPrivateKey) -> AsyncIterator[Family]:
    """A family with a linked account and a listening bot, on SQLite."""
    async with a_listening_bot(sqlite_url, key, signing_key) as family:
        await family.link()
        yield family


async def still_works(family: Family) -> None:
    await family.says("/lock", "Accepted")


# The menu


def menus(family: Family) -> list[list[str]]:
    """Return the menus for everybody that were sent."""
    calls = family.telegram.calls_of("setMyCommands")
    told = [call.params["commands"] for call in calls if call.params["scope"]["type"] != "chat"]
    return [[command["command"] for command in commands] for commands in told]


async def test_the_menus_of_private_chats_and_of_groups_are_registered_once(home: Family) -> None:
    await home.telegram.called("setMyCommands", times=2)
    stranger = home.telegram.add_person("Stranger")
    both = [[one.name for one in menu_of(None)], [one.name for one in COMMANDS if not one.is_private]]
    group = home.telegram.add_group("Family", [home.dad, stranger])
    assert [home.bot.menu_in(chat, stranger) for chat in (stranger.private_chat, group)] == both
    await home.restart_bot()
    await still_works(home)
    assert menus(home) == both


async def test_the_menu_is_registered_again_when_it_has_changed(home: Family) -> None:
    """An earlier version of the bot had other commands and left its fingerprint in the database."""
    await home.telegram.called("setMyCommands", times=2)
    await home.stop_bot()
    vault = Vault.from_keys([home.environ["ENCRYPTION_KEYS"]])
    database = Database.open(home.environ["DATABASE_URL"], vault)
    database.run_now(lambda tx: key_values.put(tx, "menu", "of an earlier version", now=START))
    database.close()
    await home.start_bot()
    await home.telegram.called("setMyCommands", times=4)


async def test_a_menu_that_could_not_be_registered_is_registered_at_the_next_start(home: Family) -> None:
    await home.telegram.called("setMyCommands", times=2)
    await home.stop_bot()
    vault = Vault.from_keys([home.environ["ENCRYPTION_KEYS"]])
    database = Database.open(home.environ["DATABASE_URL"], vault)
    database.run_now(lambda tx: key_values.put(tx, "menu", "of an earlier version", now=START))
    database.close()
    home.telegram.fails_next("setMyCommands", faults.SERVER_ERROR)
    await home.start_bot()
    await home.telegram.called("setMyCommands", times=3)
    await still_works(home)
    await home.restart_bot()
    await home.telegram.called("setMyCommands", times=5)


# A bot that can't receive updates ends


async def ends(family: Family) -> None:
    """Wait until the polling ends, and raise its error."""
    assert family._polling is not None
    async with asyncio.timeout(10):
        await family._polling


async def test_a_revoked_token_ends_the_polling_with_an_error(home: Family) -> None:
    home.telegram.revoke()
    with pytest.raises(NoUpdates, match="TELEGRAM_BOT_TOKEN"):
        await ends(home)


async def test_a_webhook_that_somebody_sets_ends_the_polling_with_an_error(home: Family) -> None:
    """Another poll would take the updates away from the other process."""
    api = f"{home.environ['TELEGRAM_API_URL']}/bot{home.bot.token}"
    async with httpx.AsyncClient() as client:
        await client.post(f"{api}/setWebhook", json={"url": "https://elsewhere.example/hook"})
    with pytest.raises(NoUpdates, match="A webhook is set"):
        await ends(home)
    assert home.bot.webhook.url == "https://elsewhere.example/hook"


async def test_hours_without_telegram_are_two_lines_and_polling_goes_on(
    home: Family, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    trouble = home.telegram.fails_always("getUpdates", faults.BAD_GATEWAY)
    home.dad.says("/help")  # ends the open long poll
    for _ in range(100):
        pause = await home.clock.until_asleep("polling")
        assert pause <= 5
        home.clock.advance(pause)
    pause = await home.clock.until_asleep("polling")
    trouble.end()
    home.clock.advance(pause)
    await still_works(home)
    said = [one.message for one in caplog.records if one.name == "bot.telegram.transport.polling"]
    assert said == ["Telegram can't be reached. Trying again", "Telegram answers again"]


async def test_another_poller_is_logged_once_and_polling_continues_after_it(
    home: Family, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with home.another_bot():
        pass
    home.clock.advance(60)
    await still_works(home)
    said = [one for one in caplog.records if one.name == "bot.telegram.transport.polling"]
    assert [one.levelname for one in said] == ["WARNING", "INFO"]
    assert "Another process polls" in said[0].message
    assert said[1].message == "Telegram answers again"


async def test_the_whole_run_ends_with_an_error_that_says_what_to_do(home: Family) -> None:
    """`python -m bot` then exits with a non-zero status."""
    await home.stop_bot()
    for name in LICENSE:
        del home.environ[name]
    token = home.bot.token or ""
    running = asyncio.create_task(run(home.settings, asyncio.Event().wait))
    await home.telegram.until(lambda: home.bot.updates.has_listener)
    home.telegram.revoke()
    with pytest.raises(NoUpdates) as caught:
        await running
    assert "Ask @BotFather for the token" in explain(caught.value)
    assert token not in explain(caught.value)


async def test_a_token_that_was_revoked_before_the_start_is_explained_in_one_line(home: Family) -> None:
    await home.stop_bot()
    settings, token = home.settings, home.bot.token or ""
    home.telegram.revoke()
    with pytest.raises(InvalidToken) as caught:
        await run(settings, asyncio.Event().wait)
    assert explain(caught.value).startswith("TELEGRAM_BOT_TOKEN: ")
    assert token not in explain(caught.value)
