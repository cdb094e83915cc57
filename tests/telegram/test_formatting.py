from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.telegram.http.html import parse_html
from bot.demo.telegram.text import found_entities
from bot.telegram.texts.formatting import age, day, duration, label, moment, name, passage, said
from tests.support.screens import read_text

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
anything = st.text(st.characters(categories=["L", "M", "N", "P", "S", "Z", "C"]))


@given(anything)
def test_a_name_is_one_short_line_without_markup(text: str) -> None:
    shown, entities = parse_html(name(text))
    assert not entities
    assert 1 <= len(shown) <= 40
    assert shown.isprintable()
    assert "\n" not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Bluey", "Bluey"),
        ("  Dad's \n\t car ", "Dad's car"),
        ("<b>&amp;", "<b>&amp;"),
        ("ev\u202eil", "evil"),
        ("\u200b", "?"),
        ("\u3164", "?"),
        ("\u2800 \uffa0\u115f\u1160", "?"),
        ("\ufe0f\u034f", "?"),
        ("Mum ❤️", "Mum ❤️"),
        ("", "?"),
        ("ж" * 50, "ж" * 39 + "…"),
        ("Familienkutsche 🚙", "Familienkutsche 🚙"),
    ],
)
def test_a_name_is_shown_without_its_harmful_characters(text: str, shown: str) -> None:
    assert read_text(name(text)) == shown


@given(anything)
def test_a_quotation_is_one_paragraph_without_markup(text: str) -> None:
    shown, entities = parse_html(said(text))
    assert not entities
    assert len(shown) <= 200
    assert "\n" not in shown


@given(anything, st.integers(1, 300))
def test_a_quotation_is_cut_before_it_is_escaped(text: str, longest: int) -> None:
    shown, _ = parse_html(said(text, longest=longest))
    assert len(shown) <= longest


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (NOW - timedelta(minutes=3), "11:57 UTC"),
        (NOW + timedelta(hours=2), "14:00 UTC"),
        (NOW - timedelta(hours=18), "30 Apr, 18:00 UTC"),
        (NOW - timedelta(days=40), "22 Mar, 12:00 UTC"),
    ],
)
def test_a_time_is_shown_with_its_day_unless_it_is_near(at: datetime, shown: str) -> None:
    assert read_text(moment(at, now=NOW)) == shown


def test_a_time_is_shown_in_the_readers_own_time_zone() -> None:
    entity = parse_html(moment(NOW, now=NOW))[1][0]
    assert (entity["type"], entity["unix_time"]) == ("date_time", int(NOW.timestamp()))


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), "1 Jan 1, 00:00 UTC"),
        (datetime(2024, 12, 24, 18, 30, tzinfo=UTC), "24 Dec 2024, 18:30 UTC"),
        (datetime(2040, 1, 2, 3, 4, tzinfo=UTC), "2 Jan 2040, 03:04 UTC"),
        (datetime(9999, 12, 31, 23, 59, tzinfo=UTC), "31 Dec 9999, 23:59 UTC"),
    ],
)
def test_a_time_far_away_is_shown_with_its_year(at: datetime, shown: str) -> None:
    """DIMO's history may go back for years, and Go's zero time is in the year 1, which Telegram does not accept."""
    assert read_text(moment(at, now=NOW)) == shown
    assert str(at.year) in read_text(day(at))


def test_a_day_is_written_out() -> None:
    assert read_text(day(NOW)) == "1 May 2026"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "just now"),
        (0, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (119, "1 minute ago"),
        (3599, "59 minutes ago"),
        (3600, "1 hour ago"),
        (86399, "23 hours ago"),
        (86400, "1 day ago"),
        (10 * 86400, "10 days ago"),
    ],
)
def test_an_age_is_given_in_its_largest_unit(seconds: int, shown: str) -> None:
    assert age(NOW - timedelta(seconds=seconds), now=NOW) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(15, "15 seconds"), (60, "60 seconds"), (90, "90 seconds"), (120, "2 minutes"), (300, "5 minutes")],
)
def test_a_duration_is_given_in_the_largest_unit_that_divides_it(seconds: int, shown: str) -> None:
    assert duration(timedelta(seconds=seconds)) == shown


LINKS = (
    *("t.me/evil", "https://evil.example/x", "http://1.2.3.4", "1.2.3.4", "evil.com", "EVIL.COM", "a.b.co.uk:80/x?y#z"),
    *(
        "пример.рф",
        "xn--e1afmkfd.xn--p1ai",
        "tg://resolve?domain=evil",
        "ton://x",
        "mum@evil.com",
        "@evil_bot",
        "(@evil)",
    ),
    *(
        "/unlock",
        "./unlock",
        "Mum /unlock",
        "🚗/unlock@family_bot",
        "#evil",
        "#1evil",
        "$EVIL",
        "evil.com.",
        "www.evil.com",
    ),
)
pieces = st.sampled_from(
    [*"abz1 ._-/@#$:?=", "t.me", "com", "http", "tg", "://", "//", "/unlock", "рф", "🚗", "e\u0301"]
)


@pytest.mark.parametrize("text", LINKS)
@pytest.mark.parametrize("show", [name, label, said, passage])
def test_nothing_from_outside_becomes_a_link_a_mention_or_a_command(text: str, show: Callable[[str], str]) -> None:
    assert found_entities(text)
    assert not found_entities(read_text(show(text)))


@given(st.lists(pieces, min_size=1, max_size=12).map("".join))
def test_no_name_becomes_a_link_a_mention_or_a_command(text: str) -> None:
    shown = read_text(name(text))
    assert not found_entities(shown)
    assert not found_entities(f"Asked by {shown}, {shown}'s car: {shown}.")
    assert name(shown) == name(text)


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Who",
        "A/C",
        "Mum & Dad",
        "Model 3.5",
        "2.0 TDI",
        "24/7",
        "J.R.",
        "Car #1",
        "5 $",
        "a: b",
        "9:30",
        "50 %",
        "e-Golf",
    ],
)
def test_an_ordinary_name_is_shown_as_it_is(text: str) -> None:
    assert read_text(name(text)) == text
