"""The lines about the cars that are shared with the license."""

import pytest

from bot.demo.dimo import faults as dimo_faults
from bot.demo.dimo.car import NO_LOCK_SIGNALS
from tests.support.checkups import CAR_LINES, check
from tests.support.world import Family


async def test_shared_cars_are_listed_with_their_permissions(family: Family) -> None:
    line = (await check(family)).line("Shared cars")
    assert line == "ok   Shared cars: 1 car: Bluey (reports, commands until 2027-05-01)."


async def test_no_shared_car_is_a_warning(family: Family) -> None:
    family.dimo.unshare(family.car, family.license)
    told = await check(family)
    assert told.is_well
    assert told.levels(*CAR_LINES) == {"warn"}
    assert "/link" in told.line("Shared cars")


@pytest.mark.parametrize(
    ("granted", "words", "token"),
    [({1}, "reports", "warn"), ({2}, "commands", "ok"), ({4}, "location", "warn")],
)
async def test_a_share_that_lacks_a_permission_is_a_warning(
    family: Family, granted: set[int], words: str, token: str
) -> None:
    family.dimo.share(family.car, family.license, permissions=granted)
    told = await check(family)
    assert told.is_well
    assert told.line("Shared cars").startswith(f"warn Shared cars: 1 car: Bluey ({words} until")
    assert told.levels("Token for a car", "tesla-oracle's commands") == {token}


async def test_what_a_car_lacks_is_said_with_the_next_step(family: Family) -> None:
    told = await check(family)
    tesla, location = (line for line in told.lines if line[5:].startswith("Bluey: "))
    assert "opens https://tesla.com/_ak/auth.drivedimo.com" in tesla
    assert location == "ok   Bluey: its location is not shared; /where offers that to the owner."
    family.car.reports = NO_LOCK_SIGNALS
    family.car.forget_reports()
    family.car.change(locked=True)
    family.dimo.share(family.car, family.license, permissions={1, 4})
    commands, signals = (line for line in (await check(family)).lines if line[5:].startswith("Bluey: "))
    assert commands.startswith("warn Bluey: it takes no commands from here: they are not shared. The owner opens /link")
    assert signals == "warn Bluey: it never sent: lock, trunks. Notes about these can't come. Nothing to mend."
    family.dimo.share(family.car, family.license, permissions={2})
    assert any("neither reports nor notes" in line for line in (await check(family)).lines)


async def test_many_cars_are_counted_and_ten_of_them_described(family: Family) -> None:
    for number in range(11):
        car = family.account.add_car(name=f"Car {number}")
        family.dimo.share(car, family.license, permissions={1, 2})
    line = (await check(family, DIMO_REQUESTS_PER_SECOND="0")).line("Shared cars")
    assert line.startswith("ok   Shared cars: 12 cars: ")
    assert line.count("commands") == 10
    assert line.endswith("and 2 more.")


async def test_a_cars_name_is_printed_without_control_characters_and_new_lines(family: Family) -> None:
    family.car.name = "\x1b[31mBluey\nFAIL me: " + "x" * 100
    line = (await check(family)).line("Shared cars")
    assert line.startswith("ok   Shared cars: 1 car:  [31mBluey FAIL me: xxx")
    assert len(line) < 120


async def test_a_token_that_dimo_refuses_fails(family: Family) -> None:
    refusal = dimo_faults.status(403, "lacks permissions [privilege:ExecuteCommands]")
    family.dimo.fail(
        "token-exchange", "exchange", dimo_faults.status(401, "no token")
    )  # the check of the service, which has no token
    family.dimo.fail("token-exchange", "exchange", refusal)
    told = await check(family)
    assert told.failed == [told.line("Token for a car")]
    assert "lacks permissions" in told.line("Token for a car")
    assert told.level("tesla-oracle's commands") == "warn"


async def test_a_fresh_sign_in_that_dimo_does_not_accept_is_dimos_fault(family: Family) -> None:
    family.dimo.fail("token-exchange", "exchange", dimo_faults.status(401, "no"), times=None)
    line = (await check(family)).line("Token for a car")
    assert line.startswith("FAIL")
    assert "this is DIMO's fault" in line


@pytest.mark.parametrize(("setting", "level"), [("devices", "warn"), ("oracle", "FAIL")])
async def test_an_oracle_that_requires_another_token_fails_if_it_gets_the_commands(
    family: Family, setting: str, level: str
) -> None:
    family.dimo.oracle_wants_user_token = True
    told = await check(family, DIMO_COMMAND_API=setting)
    assert told.level("DIMO_ORACLE_URL") == "ok"
    assert told.level("tesla-oracle's commands") == level
    assert "this is DIMO's fault" in told.line("tesla-oracle's commands")
    assert told.is_well == (level == "warn")


async def test_an_oracle_that_breaks_at_the_command_says_so(family: Family) -> None:
    family.car.fail_next(dimo_faults.status(500, "boom"))
    line = (await check(family, DIMO_COMMAND_API="oracle")).line("tesla-oracle's commands")
    assert line.startswith("FAIL tesla-oracle's commands: for Bluey it answers with an error (500): boom.")


async def test_a_tesla_is_probed_rather_than_another_car(family: Family) -> None:
    other = family.account.add_car(name="Aaron", make="Ford", connection="Smartcar")
    family.dimo.share(other, family.license, permissions={1, 2})
    assert "for Bluey" in (await check(family)).line("tesla-oracle's commands")
    family.dimo.unshare(family.car, family.license)
    told = await check(family)
    assert told.is_well
    assert "no Tesla is shared" in told.line("tesla-oracle's commands")


async def test_cars_of_one_name_are_told_apart(family: Family) -> None:
    other = family.account.add_car(name="bluey", model="Model Y", year=2024)
    family.dimo.share(other, family.license, permissions={1, 2})
    told = await check(family)
    assert "Bluey (2022) (" in told.line("Shared cars")
    assert "bluey (2024) (" in told.line("Shared cars")
    assert " (202" in told.line("Token for a car")
