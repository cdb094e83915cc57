"""Telegram, DIMO or the database is away, at the start or for hours: the log has a line for each change, and no more."""

import asyncio
import logging

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from bot.demo.dimo.faults import drop
from bot.demo.dimo.state import SERVICES
from bot.demo.telegram import faults
from bot.lifetime import run
from tests.support.breaking_databases import PulledLine
from tests.support.newcomers import a_listening_bot
from tests.support.world import Family

MINUTES = 180


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the bot has logged, but for the lines of actions, sign-ins and notes."""
    records = [one for one in caplog.records if one.name.startswith(("bot", "storage"))]
    return [record.getMessage() for record in records if not hasattr(record, "fields")]


def telegram_goes(family: Family) -> list[faults.Trouble]:
    methods = ("getUpdates", "sendMessage", "editMessageText", "answerCallbackQuery", "getMe")
    return [family.telegram.fails_always(method, faults.DROPPED) for method in methods]


async def telegram_returns(family: Family, away: list[faults.Trouble]) -> None:
    """Let Telegram answer again; that is noticed within 5 s."""
    pause = await family.clock.until_asleep("polling")
    assert pause <= 5
    for trouble in away:
        trouble.end()
    family.clock.advance(pause)


async def hours_pass(family: Family) -> None:
    """Let hours pass, in which the bot asks for updates again and again."""
    for _ in range(MINUTES):
        await family.clock.until_asleep("polling")
        family.clock.advance(60)


async def test_hours_without_telegram_are_three_lines_and_the_outcome_is_told_after_them(
    family: Family, caplog: pytest.LogCaptureFixture
) -> None:
    await family.says("/lock", "Accepted")
    gate = asyncio.Event()
    family.telegram.fails_next("sendMessage", faults.held(gate))
    said = family.dad.says("/lock")
    await family.car.wait_received(2)
    caplog.clear()
    away = telegram_goes(family)
    gate.set()
    family.dad.says("/help")  # ends the open long poll
    await hours_pass(family)
    await telegram_returns(family, away)
    async with asyncio.timeout(10):
        while family.dad.private_chat.find("Lock for Bluey", after=said) is None:
            family.clock.advance(15)  # until the recovery looks again
            await asyncio.sleep(0.01)
    await family.says("/status", "Bluey")
    assert sorted(lines(caplog)) == [
        "A message could not be shown (network)",
        "Telegram answers again",
        "Telegram can't be reached. Trying again",
    ]


async def test_telegram_is_left_alone_for_as_long_as_it_says(family: Family, caplog: pytest.LogCaptureFixture) -> None:
    family.telegram.fails_next("getUpdates", faults.flood(600))
    family.dad.says("/help")  # ends the open long poll
    pause = await family.clock.until_asleep("polling")
    assert pause > 590
    asked = len(family.telegram.calls_of("getUpdates"))
    family.clock.advance(590)
    assert len(family.telegram.calls_of("getUpdates")) == asked
    family.clock.advance(10)
    await family.says("/lock", "Accepted")
    assert lines(caplog)[-2:] == [
        "Telegram gets too many requests and asks the bot to wait. Trying again",
        "Telegram answers again",
    ]


async def test_a_bot_that_starts_while_dimo_is_away_works_as_soon_as_dimo_is_back(
    family: Family, caplog: pytest.LogCaptureFixture
) -> None:
    await family.stop_bot()
    for service in SERVICES:
        family.dimo.switch_off(service, drop())
    caplog.clear()
    await family.start_bot()
    for _ in range(3):
        await family.says("/lock", "Refused")
    assert family.car.received == []
    for service in SERVICES:
        family.dimo.heal(service)
    await family.says("/lock", "Accepted")
    assert [line for line in lines(caplog) if line.startswith("DIMO ")] == [
        "DIMO does not answer",
        "DIMO answers again",
    ]


async def test_hours_without_dimo_are_two_lines(family: Family, caplog: pytest.LogCaptureFixture) -> None:
    await family.says("/lock", "Accepted")
    caplog.clear()
    for service in SERVICES:
        family.dimo.switch_off(service, drop())
    for _ in range(60):
        await family.says("/status", "")
        family.clock.advance(60)
    for service in SERVICES:
        family.dimo.heal(service)
    await family.says("/status", "Bluey")
    assert lines(caplog) == ["DIMO does not answer", "DIMO answers again"]


async def test_hours_without_the_database_are_two_lines(
    postgres_url: str, key: str, signing_key: RSAPrivateKey, caplog: pytest.LogCaptureFixture
) -> None:
    line = PulledLine(postgres_url)
    with line.address() as url:
        async with a_listening_bot(url, key, signing_key) as family:
            await family.link()
            caplog.clear()
            line.is_pulled = True
            for _ in range(20):
                await family.says("/lock", "Next:")
                family.clock.advance(60)
            line.is_pulled = False
            await family.says("/lock", "Accepted")
            assert lines(caplog)[1:] == ["The database can be used again"]
            assert lines(caplog)[0].startswith("The database can't be used: ")
            assert family.car.received == ["doors/lock"]


async def test_a_normal_stop_is_one_line(family: Family, caplog: pytest.LogCaptureFixture) -> None:
    await family.stop_bot()
    stopped = asyncio.Event()
    running = asyncio.create_task(run(family.settings, stopped.wait))
    await family.telegram.until(lambda: family.bot.updates.has_listener)
    stopped.set()
    await running
    assert lines(caplog)[-1] == "The bot has stopped, as it was told to"
