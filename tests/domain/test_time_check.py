"""Which source decides about the time: the machine, Telegram or DIMO."""

from datetime import UTC, datetime, timedelta
from functools import reduce

import pytest

from bot.domain.time_check import DatedAnswer, Source, Time, WrongClock, judge, read_date, wrong_clock

ZERO = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
"""When the machine's steady clock read zero, by its clock for the time of day."""

LATER = timedelta(minutes=40)
T, D = Source.TELEGRAM, Source.DIMO


def an_answer(source: Source, ahead: timedelta = timedelta(), *, at: float = 100.0, took: float = 0.2) -> DatedAnswer:
    """An answer whose date is ahead of the machine's clock by this much."""
    date = (ZERO + timedelta(seconds=at) + ahead).replace(microsecond=0)
    return DatedAnswer(source, date, at - took, at)


def judged(*answers: DatedAnswer, machine: datetime = ZERO) -> Time:
    return reduce(lambda time, answer: judge(time, answer, machine=machine), answers, Time(ZERO))


def by(time: Time) -> timedelta:
    """By how much the time was corrected, to the second."""
    return timedelta(seconds=round((time.zero - ZERO).total_seconds()))


@pytest.mark.parametrize("ahead", [0, 29, -29])
def test_the_machines_clock_counts_while_an_answer_agrees(ahead: int) -> None:
    time = judged(an_answer(T, timedelta(seconds=ahead)))
    assert time.is_known
    assert time.zero == ZERO
    assert time.doubt is None


@pytest.mark.parametrize("ahead", [LATER, -LATER, timedelta(seconds=32), timedelta(days=-20000 + 19000)])
def test_one_answer_moves_nothing(ahead: timedelta) -> None:
    time = judged(an_answer(T, ahead))
    assert not time.is_known
    assert time.zero == ZERO
    assert time.doubt is not None


@pytest.mark.parametrize("sources", [(T, D), (D, T), (T, T), (D, D)])
@pytest.mark.parametrize("ahead", [LATER, -LATER])
def test_two_answers_that_agree_correct_the_clock(sources: tuple[Source, Source], ahead: timedelta) -> None:
    time = judged(an_answer(sources[0], ahead, at=100), an_answer(sources[1], ahead, at=103))
    assert time.is_known
    assert abs(by(time) - ahead) <= timedelta(seconds=1)
    assert time.doubt is None


def test_two_answers_that_contradict_each_other_move_nothing() -> None:
    time = judged(an_answer(T, LATER), an_answer(D, 2 * LATER))
    assert not time.is_known
    assert time.zero == ZERO


def test_a_page_from_a_cache_grows_old_and_so_agrees_with_nothing() -> None:
    """Its date never changes."""
    time = judged(an_answer(T, -LATER, at=100), an_answer(T, -LATER - timedelta(seconds=20), at=120))
    assert not time.is_known


@pytest.mark.parametrize(("liar", "other"), [(D, T), (T, D)])
def test_who_lies_alone_moves_nothing_while_the_other_is_heard(liar: Source, other: Source) -> None:
    lies = [an_answer(liar, LATER, at=101.0 + n) for n in range(5)]
    assert judged(an_answer(other), *lies).zero == ZERO
    assert judged(lies[0], an_answer(other, at=102), *lies[2:]).zero == ZERO


def test_who_is_alone_is_believed_once_the_other_has_been_silent_for_a_minute() -> None:
    time = judged(an_answer(D, at=100), an_answer(T, LATER, at=170), an_answer(T, LATER, at=171))
    assert abs(by(time) - LATER) <= timedelta(seconds=1)


def test_a_long_poll_says_nothing_and_yet_its_source_is_not_silent() -> None:
    slow = an_answer(T, LATER, at=160, took=50)
    assert judged(slow).doubt is None
    time = judged(slow, an_answer(D, LATER, at=161), an_answer(D, LATER, at=162))
    assert not time.is_known


@pytest.mark.parametrize("ahead", [LATER, -LATER, timedelta(seconds=3)])
def test_a_clock_that_was_set_right_is_followed_at_once(ahead: timedelta) -> None:
    time = judged(an_answer(T, ahead), an_answer(D, ahead))
    assert abs(judge(time, an_answer(T, ahead), machine=ZERO + ahead).zero - ZERO - ahead) <= timedelta(seconds=1)


def test_a_clock_that_was_set_wrong_is_not_followed() -> None:
    time = judged(an_answer(T))
    assert judge(time, an_answer(T), machine=ZERO - LATER).zero == ZERO


def test_what_was_known_before_is_no_witness_for_a_clock_that_goes_on_from_it() -> None:
    """The run before knew a later time than this machine shows: that counts until Telegram or DIMO confirms a time."""
    time = judge(Time(ZERO + LATER), an_answer(T), machine=ZERO)
    assert time.zero == ZERO


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(seconds=31), "31 seconds ahead"),
        (timedelta(minutes=-5, seconds=0.4), "5 minutes behind"),
        (timedelta(minutes=90), "90 minutes ahead"),
        (timedelta(hours=-47), "47 hours behind"),
        (timedelta(days=20574), "20574 days ahead"),
    ],
)
def test_how_wrong_a_clock_is_is_said_in_plain_words(ahead: timedelta, words: str) -> None:
    assert str(WrongClock(ahead)) == words


def test_nobody_calls_a_clock_wrong_before_the_time_is_known() -> None:
    assert wrong_clock(Time(ZERO), machine=ZERO + LATER) is None
    assert wrong_clock(Time(ZERO, is_known=True), machine=ZERO + LATER) == WrongClock(LATER)
    assert wrong_clock(Time(ZERO, is_known=True), machine=ZERO + timedelta(seconds=30)) is None


def test_the_date_of_an_answer_is_read() -> None:
    assert read_date("Fri, 01 May 2026 12:00:00 GMT") == ZERO


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "Fri, 01 May 2026 12:00:00",
        "Fri, 01 May 2026 12:00:00 -0000",
        "Fri, 41 May 2026 12:00:00 GMT",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Fri, 01 May 2026 12:00:00 +9999",
        "," * 40,
        "Fri, 01 May 2026 12:00:00 GMT" + " " * 50_000,
    ],
)
def test_what_is_no_date_or_an_absurd_one_is_left_out(text: str) -> None:
    assert read_date(text) is None
