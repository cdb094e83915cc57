"""The line about the clock of the machine."""

from dataclasses import replace
from datetime import timedelta

import pytest
from telegram.error import NetworkError

from bot.telegram.transport.errors import what_to_check
from tests.support.checkups import check, means
from tests.support.world import Family


async def test_a_certificate_that_is_not_valid_yet_points_to_the_clock() -> None:
    """If the clock shows 1970, every certificate is invalid."""
    said = "ConnectError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate is not yet valid"
    assert "clock" in what_to_check(NetworkError(said))
    assert "clock" not in what_to_check(NetworkError("ConnectError: All connection attempts failed"))


async def test_a_right_clock_is_well(family: Family) -> None:
    assert (await check(family)).line("Clock") == "ok   Clock: right, by the time of Telegram and DIMO."


@pytest.mark.parametrize(
    ("ahead", "said"), [(timedelta(minutes=5), "5 minutes ahead"), (timedelta(minutes=-40), "40 minutes behind")]
)
async def test_a_wrong_clock_is_a_warning_that_says_by_how_much_and_what_to_do(
    family: Family, ahead: timedelta, said: str
) -> None:
    """The bot corrects the clock, so the license signs in and the token for the car is valid."""
    family.machine.ahead = ahead
    told = await check(family, replace(means(family), clock=family.machine))
    assert told.line("Clock").startswith(f"warn Clock: this computer's clock is {said}. ")
    assert told.line("Clock").endswith("switch on the computer's time service (NTP).")
    assert told.is_well


async def test_without_a_date_in_any_answer_the_clock_is_not_judged(family: Family) -> None:
    family.telegram.dates.wrong_by = family.dimo.dates.wrong_by = None
    assert (await check(family)).line("Clock").startswith("warn Clock: not tried, because no answer with a date came.")
