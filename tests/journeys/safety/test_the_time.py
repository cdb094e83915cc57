"""A bot whose computer has a wrong clock ignores old taps, and works for people with access."""

import logging
from datetime import timedelta

import pytest

from bot.demo.telegram.chats import Message
from tests.support.people import joins
from tests.support.world import Family

SLOW = timedelta(minutes=-40)
A_WHILE = 40 * 60.0
HOUR = 3600.0
CLOCK = "The clock of the computer that I run on"


async def is_off(family: Family, *, seconds: float = 0.0, ahead: timedelta = timedelta()) -> None:
    """Stop the bot, let time pass, and set the clock of its computer."""
    await family.stop_bot()
    family.clock.advance(seconds)
    family.machine.ahead = ahead


def say_no_time(family: Family) -> None:
    """Send the answers of Telegram and DIMO without a date, as a self-hosted server may."""
    family.telegram.dates.wrong_by = family.dimo.dates.wrong_by = None


async def says_nothing_was_sent(family: Family, question: Message) -> None:
    await question.becomes("⌛ Expired: Unlock. Nothing was sent.")
    await family.settles()
    assert family.car.received == []


async def an_unlock_works(family: Family) -> None:
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")
    assert family.car.received == ["doors/unlock"]


async def test_an_old_yes_opens_nothing_after_a_start_with_a_slow_clock(family: Family) -> None:
    """The tap waits at Telegram when the bot starts."""
    question = await family.asks("/unlock", "Unlock Bluey?")
    await is_off(family, seconds=A_WHILE, ahead=SLOW)
    family.dad.taps(question, "Unlock")
    await family.start_bot()
    await says_nothing_was_sent(family, question)


async def test_a_fresh_yes_counts_after_a_start_with_a_slow_clock(family: Family) -> None:
    """The time since the question is certain: both runs had their clocks checked."""
    question = await family.asks("/unlock", "Unlock Bluey?")
    await is_off(family, seconds=20, ahead=SLOW)
    await family.start_bot()
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")
    assert family.car.received == ["doors/unlock"]


@pytest.mark.parametrize("ahead", [timedelta(), SLOW], ids=["right", "slow"])
async def test_a_question_of_an_earlier_run_is_closed_if_nobody_tells_the_time(
    family: Family, ahead: timedelta
) -> None:
    question = await family.asks("/unlock", "Unlock Bluey?")
    confirm = question.buttons[0].callback_data or ""
    await is_off(family, seconds=20, ahead=ahead)
    say_no_time(family)
    await family.start_bot()
    await question.becomes("⌛ Expired: Unlock. Nothing was sent.")
    tap = family.dad.sends_forged(confirm, question)
    await tap.answered()
    await says_nothing_was_sent(family, question)


async def test_a_question_of_a_run_that_nobody_told_the_time_is_closed_by_the_next(family: Family) -> None:
    """It was asked by a clock that was 40 minutes fast, 40 minutes before the clock of the next run shows the same."""
    panel = await family.says("/car", "Bluey")
    await is_off(family, ahead=-SLOW)
    say_no_time(family)
    await family.start_bot()
    await family.taps(panel, "Unlock")
    question = await family.dad.sees("Unlock Bluey?")
    await is_off(family, seconds=A_WHILE)
    family.telegram.dates.wrong_by = family.dimo.dates.wrong_by = timedelta()
    await family.start_bot()
    await says_nothing_was_sent(family, question)


@pytest.mark.parametrize("is_told", [True, False], ids=["told the time", "not told the time"])
async def test_whose_access_has_ended_stays_out_after_a_start_with_a_slow_clock(family: Family, is_told: bool) -> None:
    """Grandma's access has ended before the stop, and would continue by the clock of the computer."""
    grandma = await joins(family, "Grandma", role="Driver", length="1 hour")
    family.clock.advance(HOUR + 60)
    await grandma.sees("has ended")
    await is_off(family, seconds=60, ahead=SLOW)
    if not is_told:
        say_no_time(family)
    await family.start_bot()
    await family.says("/lock", "Your access has ended.", person=grandma)
    await family.settles()
    assert family.car.received == []


async def test_an_access_that_ended_while_the_bot_was_away_has_ended(family: Family) -> None:
    grandma = await joins(family, "Grandma", role="Driver", length="1 hour")
    await is_off(family, seconds=HOUR + A_WHILE, ahead=SLOW * 2)
    family.car.received.clear()
    grandma.says("/lock")
    await family.start_bot()
    await grandma.sees("has ended")
    await family.settles()
    assert family.car.received == []


async def test_a_stale_command_does_nothing_after_a_start_with_a_slow_clock(family: Family) -> None:
    await is_off(family, ahead=SLOW)
    command = family.dad.says("/lock")
    family.clock.advance(A_WHILE)
    await family.start_bot()
    await family.dad.sees("That command reached me late, so I did nothing.", after=command)
    await family.settles()
    assert family.car.received == []


@pytest.mark.parametrize("ahead", [timedelta(minutes=5), SLOW, timedelta(days=-9000)], ids=["fast", "slow", "1970s"])
async def test_a_command_works_whatever_the_clock_of_the_computer_says(family: Family, ahead: timedelta) -> None:
    await is_off(family, ahead=ahead)
    await family.start_bot()
    await an_unlock_works(family)


async def test_a_clock_that_is_set_back_while_the_bot_runs_makes_no_question_younger(family: Family) -> None:
    question = await family.asks("/unlock", "Unlock Bluey?")
    confirm = question.buttons[0].callback_data or ""
    family.machine.ahead = SLOW
    family.clock.advance(61)
    family.dad.sends_forged(confirm, question)
    await says_nothing_was_sent(family, question)


async def test_an_old_yes_opens_nothing_after_the_computer_was_paused(family: Family) -> None:
    """None of its clocks advanced, as in a paused virtual machine: the tap waits until DIMO confirms the time, too."""
    question = await family.asks("/unlock", "Unlock Bluey?")
    confirm = question.buttons[0].callback_data or ""
    family.machine.lost = -SLOW
    family.clock.advance(A_WHILE)
    family.dad.sends_forged(confirm, question)
    await says_nothing_was_sent(family, question)


async def test_an_old_yes_opens_nothing_after_a_pause_though_nobody_tells_the_time(family: Family) -> None:
    """A paused virtual machine: its time of day was set right afterwards, and its monotonic clock has lost the pause."""
    question = await family.asks("/unlock", "Unlock Bluey?")
    confirm = question.buttons[0].callback_data or ""
    say_no_time(family)
    family.clock.advance(A_WHILE)
    family.machine.lost = family.machine.ahead = -SLOW
    family.dad.sends_forged(confirm, question)
    await says_nothing_was_sent(family, question)


@pytest.mark.parametrize("ahead", [-SLOW, SLOW], ids=["on", "back"])
async def test_a_clock_that_is_set_while_the_bot_runs_keeps_nobody_waiting(family: Family, ahead: timedelta) -> None:
    family.machine.ahead = ahead
    await an_unlock_works(family)


async def test_the_operator_is_told_once(family: Family, caplog: pytest.LogCaptureFixture) -> None:
    """The log says it once for each change, and Telegram once."""
    caplog.set_level(logging.INFO)
    family.machine.ahead = timedelta(minutes=5)
    await family.says("/car", "Bluey")
    family.clock.advance(61)
    told = await family.dad.sees(f"{CLOCK} is 5 minutes ahead")
    assert "Next: set that clock" in told.text
    await family.says("/car", "Bluey")
    family.machine.ahead = timedelta()
    await family.says("/car", "Bluey")
    assert [record.getMessage() for record in caplog.records if "clock" in record.getMessage()] == [
        "The computer's clock is 5 minutes ahead; the time of Telegram and DIMO counts. Set it",
        "The computer's clock is right again",
    ]
    await is_off(family, seconds=A_WHILE, ahead=SLOW)
    await family.start_bot()
    await family.says("/car", "Bluey")
    family.clock.advance(61)
    await family.settles()
    assert family.dad.private_chat.find(CLOCK) == told


async def test_a_wrong_clock_at_the_start_is_told(family: Family) -> None:
    await is_off(family, ahead=SLOW)
    await family.start_bot()
    await family.dad.sees(f"{CLOCK} is 40 minutes behind")


async def test_an_answer_that_lies_moves_no_time(family: Family) -> None:
    """DIMO's answers come through a cache with a wrong clock; Telegram and the computer know better."""
    family.dimo.dates.wrong_by = timedelta(hours=2)
    await an_unlock_works(family)
    await family.says("/car", "Bluey")
    await family.settles()
    assert family.dad.private_chat.find(CLOCK) is None


async def test_a_lie_in_telegrams_name_moves_no_time_while_dimo_knows_better(family: Family) -> None:
    await family.stop_bot()
    family.telegram.dates.wrong_by = timedelta(hours=2)
    await family.start_bot()
    await an_unlock_works(family)
    await family.settles()
    assert family.dad.private_chat.find(CLOCK) is None


async def test_telegram_alone_corrects_the_clock_while_dimo_is_away(family: Family) -> None:
    question = await family.asks("/unlock", "Unlock Bluey?")
    await is_off(family, seconds=A_WHILE, ahead=SLOW)
    family.dimo.dates.wrong_by = None
    family.dad.taps(question, "Unlock")
    await family.start_bot()
    await says_nothing_was_sent(family, question)
