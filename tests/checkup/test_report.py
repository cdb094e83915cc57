"""The lines of `python -m bot check` as a whole."""

import asyncio

import pytest

from bot.demo.dimo import faults as dimo_faults
from bot.settings import NAMES
from storage.repositories import homes
from tests.support.checkups import BOTH, PATHS, check, closed_port, opened
from tests.support.records import a_home
from tests.support.world import Family


async def test_all_lines_are_ok_in_a_healthy_world(family: Family) -> None:
    with opened(family) as database:
        database.run_now(lambda tx: homes.put(tx, a_home()))
    told = await check(family)
    assert told.is_well
    assert told.lines == [line for line in told.lines if line.startswith("ok")]


async def test_every_setting_has_its_line(family: Family) -> None:
    told = await check(family)
    assert {told.level(name) for name in NAMES} == {"ok"}


async def test_every_line_is_printed_when_everything_fails(family: Family) -> None:
    """The lines keep their subjects and their order."""
    subjects = [line[5:].partition(":")[0] for line in (await check(family)).lines]
    gone = closed_port()
    told = await check(
        family,
        TELEGRAM_API_URL=gone,
        DATABASE_URL="postgresql://bot:hunter22@127.0.0.1:1/bot",
        **dict.fromkeys([*PATHS.values(), "DIMO_LOGIN_URL"], gone),
    )
    cars = [subject for subject in subjects if subject == family.car.name]
    assert cars, "each car has lines of its own"
    first = subjects.index(family.car.name)
    subjects[first : first + len(cars)] = ["What cars lack"]
    assert [line[5:].partition(":")[0] for line in told.lines] == subjects
    assert [line[5:].partition(":")[0] for line in told.failed] == [
        "TELEGRAM_API_URL",
        "DATABASE_URL",
        "License sign-in",
        *(name for name in PATHS.values() if name != "DIMO_TRIGGERS_URL"),
        "DIMO_LOGIN_URL",
        "DIMO_COMMAND_API",
    ]


async def test_all_services_are_asked_at_once(family: Family) -> None:
    """No request waits for the answer of another service."""
    may_answer = asyncio.Event()
    for service in PATHS:
        family.dimo.fail(service, "*", dimo_faults.slow(may_answer), times=None)
    asking = asyncio.create_task(check(family))
    for service, operation in [
        ("auth", "keys"),
        ("auth", "generate_challenge"),
        ("token-exchange", "exchange"),
        ("identity", "query"),
        ("telemetry", "query"),
        ("devices", "my_devices"),
        ("oracle", "command"),
    ]:
        await family.dimo.wait_arrived(service, operation)
    await family.telegram.called("getMe")
    may_answer.set()
    assert (await asking).is_well


async def test_an_unexpected_error_is_one_line_and_the_other_lines_follow(family: Family) -> None:
    """Httpx raises some errors outside its own hierarchies: this one for an invalid host name."""
    told = await check(family, DIMO_LOGIN_URL="https://secret-☃")
    assert [line for line in told.lines if "InvalidURL" in line] == told.failed
    assert "secret" not in told.line("DIMO_LOGIN_URL")
    assert told.level("DIMO_COMMAND_API") == "ok"


@BOTH
async def test_check_does_not_disturb_a_running_bot(family: Family) -> None:
    await family.start_bot()
    await family.link()
    told = await check(family)
    assert told.is_well
    assert told.line("Linked chats") == "ok   Linked chats: 1 chat with 1 car."
    await family.says("/lock", "Accepted")
    assert family.car.received == ["doors/lock"]


async def test_check_sends_no_command_and_no_message(family: Family) -> None:
    assert (await check(family)).level("tesla-oracle's commands") == "ok"
    assert family.car.received == []
    assert {call.method for call in family.telegram.calls} == {"getMe", "getWebhookInfo"}


@pytest.mark.parametrize("pace", ["0", "11"])
async def test_a_pace_that_dimo_refuses_is_a_warning(family: Family, pace: str) -> None:
    told = await check(family, DIMO_REQUESTS_PER_SECOND=pace)
    assert told.is_well
    assert told.level("DIMO_REQUESTS_PER_SECOND") == "warn"
