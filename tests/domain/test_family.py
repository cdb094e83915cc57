from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.family import (
    LONGEST_ACCESS,
    AccessLength,
    RequestState,
    end_of_weekend,
    may_ask_again,
    read_until,
    sent_code,
    term_of,
)

BERLIN = ZoneInfo("Europe/Berlin")


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN)


NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
"""A Friday."""


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("2026-12-24", local(2026, 12, 25)),
        ("24.12.", local(2026, 12, 25)),
        ("24. 12. 2027 18:30", local(2027, 12, 24, 18, 30)),
        ("24 Dec", local(2026, 12, 25)),
        ("dec 24, 2027", local(2027, 12, 25)),
        ("24 december at 9:00", local(2026, 12, 24, 9)),
        ("1 April", local(2027, 4, 2)),
        ("today", local(2026, 5, 2)),
        ("tomorrow 8.15", local(2026, 5, 2, 8, 15)),
        ("29 Feb", local(2028, 3, 1)),
    ],
)
def test_dates_are_read_as_people_type_them(text: str, until: datetime) -> None:
    assert read_until(text, now=NOW, zone=BERLIN) == until


@pytest.mark.parametrize(
    "text", ["", "soon", "today 10:00", "31.11.", "29 feb 2027", "ju 3", "99", "tomorrow 25:00", "1 Jan 9999"]
)
def test_past_dates_distant_dates_and_other_texts_are_refused(text: str) -> None:
    assert read_until(text, now=NOW, zone=BERLIN) is None


@given(st.text(max_size=40) | st.from_regex(r"\d{1,4}[-. ]\d{1,4}[-. ]?\d{0,5}( \d{1,3}:\d\d)?", fullmatch=True))
def test_every_text_gives_a_date_within_reach_or_none(text: str) -> None:
    until = read_until(text, now=NOW, zone=BERLIN)
    assert until is None or NOW < until <= NOW + LONGEST_ACCESS


@pytest.mark.parametrize("days", range(7))
def test_the_weekend_ends_with_the_sunday_of_the_week(days: int) -> None:
    """Every day from Monday to Sunday gives the same Sunday."""
    monday = datetime(2026, 4, 27, 0, 30, tzinfo=BERLIN)
    assert end_of_weekend(monday + timedelta(days=days), BERLIN) == datetime(2026, 5, 4, tzinfo=BERLIN)


def test_an_hour_and_a_day_count_from_the_beginning_of_access() -> None:
    begun = NOW + timedelta(hours=3)
    ends = {
        one: term_of(one, now=NOW, zone=UTC).end(begun)
        for one in (AccessLength.HOUR, AccessLength.DAY, AccessLength.ALWAYS)
    }
    assert ends == {
        AccessLength.HOUR: begun + timedelta(hours=1),
        AccessLength.DAY: begun + timedelta(days=1),
        AccessLength.ALWAYS: None,
    }


def test_the_choice_of_a_date_is_no_term_without_the_date() -> None:
    with pytest.raises(ValueError, match="typed"):
        term_of(AccessLength.DATE, now=NOW, zone=UTC)


@pytest.mark.parametrize(
    ("state", "ago", "may"),
    [
        (RequestState.OPEN, timedelta(days=9), False),
        (RequestState.DENIED, timedelta(hours=23), False),
        (RequestState.DENIED, timedelta(hours=24), True),
        (RequestState.DENIED_FOR_GOOD, timedelta(days=999), False),
        (RequestState.ALLOWED, timedelta(), True),
    ],
)
def test_an_owner_can_be_asked_again_a_day_after_a_denial(state: RequestState, ago: timedelta, may: bool) -> None:
    assert may_ask_again(state, NOW - ago, now=NOW) is may


CODE = "Ab-9_" * 4 + "xQ"


@pytest.mark.parametrize(
    "text",
    [
        f"https://t.me/the_bot?start=join_{CODE}",
        f"Tap it: t.me/the_bot?start=join_{CODE}, Grandma!",
        f"tg://resolve?domain=the_bot&amp;start=join_{CODE}",
        f"https://t.me/share/url?url=https%3A%2F%2Ft.me%2Fthe_bot%3Fstart%3Djoin_{CODE}&text=Tap",
        f"start=join_{CODE[:9]}\n {CODE[9:]} and more",
        f"join_{CODE}",
        CODE,
        f"code: “{CODE}”.",
    ],
)
def test_a_code_is_found_however_it_is_sent(text: str) -> None:
    sent = sent_code(text)
    assert sent is not None
    assert sent.code == CODE
    assert sent.is_certain == ("join_" in text)
    assert CODE not in repr(sent)


def test_of_a_link_that_is_cut_off_what_is_left_is_the_code() -> None:
    sent = sent_code(f"https://t.me/the_bot?start=join_{CODE[:9]}")
    assert sent is not None
    assert (sent.code, sent.is_certain) == (CODE[:9], True)


@pytest.mark.parametrize(
    "text", ["", "join_", "join_us tomorrow", CODE[:-1], f"{CODE}x", CODE[:-1] + "x", "0x" + "a" * 40]
)
def test_what_has_not_the_form_of_a_code_is_none(text: str) -> None:
    assert sent_code(text) is None
