"""The lines about DIMO's services, and which of them gets the commands."""

from collections.abc import Sequence

import pytest

from bot.demo.dimo import faults as dimo_faults
from bot.demo.dimo.http_messages import Reply
from bot.dimo.http import Timeouts
from bot.serving import App, serve
from storage.repositories import key_values
from tests.support.checkups import BOTH, CAR_LINES, PATHS, broken_page, check, closed_port, opened, sign_in_page
from tests.support.world import Family


@pytest.mark.parametrize("service", ["auth", "token-exchange", "identity", "telemetry"])
async def test_an_unreachable_service_fails_and_the_others_are_tried(family: Family, service: str) -> None:
    family.dimo.switch_off(service)
    told = await check(family)
    line = told.line(PATHS[service])
    assert line.startswith("FAIL")
    assert "is not reachable" in line
    assert f"remove {PATHS[service]}" in line
    assert told.levels(*(PATHS[other] for other in PATHS if other != service)) == {"ok"}


async def test_lines_that_need_an_unreachable_service_only_warn(family: Family) -> None:
    family.dimo.switch_off("identity")
    told = await check(family)
    assert told.failed == [told.line("DIMO_IDENTITY_URL")]
    for subject in ("DIMO_CLIENT_ID", "DIMO_REDIRECT_URI", *CAR_LINES):
        assert told.level(subject) == "warn"
    assert told.level("License sign-in") == "ok"


async def test_a_failing_service_is_distinguished_from_an_unreachable_one(family: Family) -> None:
    family.dimo.fail("telemetry", "*", dimo_faults.status(500, "boom"), times=None)
    assert "answers with an error (500): boom" in (await check(family)).line("DIMO_TELEMETRY_URL")


async def test_a_service_that_never_answers_times_out(family: Family) -> None:
    family.timeouts = Timeouts(connect=0.2)
    family.dimo.fail("telemetry", "*", dimo_faults.never_answer(), times=None)
    assert "did not answer in time" in (await check(family)).line("DIMO_TELEMETRY_URL")


@pytest.mark.parametrize(("page", "said"), [(None, "is not reachable"), (broken_page, "error (500)")])
async def test_an_unreachable_or_failing_sign_in_page_fails(family: Family, page: App | None, said: str) -> None:
    async with serve(page or sign_in_page) as url:
        told = await check(family, DIMO_LOGIN_URL=url if page else closed_port())
    assert told.failed == [told.line("DIMO_LOGIN_URL")]
    assert said in told.line("DIMO_LOGIN_URL")


def stored_command_api(family: Family) -> str | None:
    with opened(family) as database:
        return database.run_now(lambda tx: key_values.get(tx, "command_api"))


@BOTH
@pytest.mark.parametrize(
    ("gone", "kept", "name"), [("oracle", "devices", "devices-api"), ("devices", "oracle", "tesla-oracle")]
)
async def test_if_one_command_service_is_gone_the_other_is_chosen_and_stored(
    family: Family, gone: str, kept: str, name: str
) -> None:
    family.dimo.switch_off(gone)
    told = await check(family)
    assert told.is_well
    assert told.level(PATHS[gone]) == "warn"
    assert told.level(PATHS[kept]) == "ok"
    assert f"commands go to {name}, the first that answers" in told.line("DIMO_COMMAND_API")
    assert stored_command_api(family) == kept


async def test_devices_api_is_chosen_where_both_answer(family: Family) -> None:
    assert "devices-api" in (await check(family)).line("DIMO_COMMAND_API")
    assert stored_command_api(family) == "devices"


async def test_without_any_command_service_check_fails_and_leaves_the_last_choice(family: Family) -> None:
    await check(family)
    family.dimo.devices_gone = family.dimo.oracle_gone = True
    told = await check(family)
    names = ("DIMO_DEVICES_URL", "DIMO_ORACLE_URL", "DIMO_COMMAND_API")
    assert told.failed == [told.line(name) for name in names]
    assert stored_command_api(family) == "devices"


async def test_a_command_service_that_is_set_but_gone_fails_although_the_other_answers(
    family: Family,
) -> None:
    family.dimo.devices_gone = True
    told = await check(family, DIMO_COMMAND_API="devices")
    assert told.failed == [told.line("DIMO_DEVICES_URL"), told.line("DIMO_COMMAND_API")]
    assert "Set it to auto" in told.line("DIMO_COMMAND_API")


async def test_a_command_service_that_is_set_and_answers_is_not_stored(family: Family) -> None:
    told = await check(family, DIMO_COMMAND_API="oracle")
    assert "commands go to tesla-oracle, as it is set" in told.line("DIMO_COMMAND_API")
    assert stored_command_api(family) is None


async def test_the_choice_is_printed_even_if_no_database_can_store_it(family: Family) -> None:
    family.dimo.devices_gone = True
    told = await check(family, DATABASE_URL="postgresql://bot:hunter22@127.0.0.1:1/bot")
    assert "commands go to tesla-oracle" in told.line("DIMO_COMMAND_API")


async def test_a_failing_service_that_gets_the_commands_fails(family: Family) -> None:
    """It exists, so that a start chooses it as well."""
    family.dimo.fail("devices", "*", dimo_faults.status(500, "boom"), times=None)
    told = await check(family)
    assert told.failed == [told.line("DIMO_DEVICES_URL")]
    assert stored_command_api(family) == "devices"


@pytest.mark.parametrize("gone", [("devices",), ("devices", "oracle")])
async def test_a_devices_api_that_is_gone_while_dimo_answers_is_said_to_be_switched_off(
    family: Family, gone: Sequence[str]
) -> None:
    for service in gone:
        family.dimo.switch_off(service)
    told = await check(family)
    assert "is not reachable" in told.line("DIMO_DEVICES_URL")
    assert "DIMO switched its command service off." in told.line("DIMO_DEVICES_URL")
    assert ("DIMO switched its command service off." in told.line("DIMO_COMMAND_API")) == ("oracle" in gone)


async def test_without_any_answer_of_dimo_nothing_is_said_to_be_switched_off(family: Family) -> None:
    for service in ("devices", "oracle", "auth"):
        family.dimo.switch_off(service)
    assert "switched" not in "".join((await check(family)).lines)


async def test_who_accepts_everything_at_the_address_of_a_command_service_is_not_dimo(family: Family) -> None:
    anything = dimo_faults.Fault(acts=False, answer=Reply(200, b"ok", b"text/plain"))
    family.dimo.switch_off("devices", anything)
    told = await check(family)
    assert told.line("DIMO_DEVICES_URL").startswith("warn")
    assert "commands go to tesla-oracle" in told.line("DIMO_COMMAND_API")
