import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.actions import Action
from bot.domain.ids import CarId, PersonId
from bot.domain.log import LogFilter, LogLine, LookLine
from bot.domain.outcomes import Outcome, State
from bot.domain.refusals import Reason
from bot.service.actions.log import PAGE, LogPage
from bot.telegram import screens, texts
from tests.support.screens import NASTY, labels, read_screen

NOW = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def a_line(person: str = "Mum", car: str = "Bluey", **changes: object) -> LogLine:
    values: dict[str, object] = {
        "at": NOW,
        "person_name": person,
        "action": Action.LOCK,
        "car_name": car,
        "state": State.CONFIRMED,
        "reason": None,
        "request_id": "0123456789abcdef",
    }
    return LogLine(**{**values, **changes})  # type: ignore[arg-type]  # a line's own values


def a_page(*lines: LogLine, wanted: LogFilter | None = None, person: str | None = None) -> LogPage:
    return LogPage(lines, wanted or LogFilter(), person, number=0, has_older=False)


def cells_of(*lines: LogLine) -> list[list[str]]:
    return list(csv.reader(io.StringIO(table_of(*lines), newline="")))[1:]


def table_of(*lines: LogLine) -> str:
    return texts.log.table(lines, BERLIN).read().decode("utf-8-sig")


def test_a_look_at_the_location_has_a_line_and_a_row() -> None:
    look = LookLine(NOW, NASTY, NASTY)
    forgotten = LookLine(NOW, "", "Bluey")
    shown = read_screen(screens.log.page(LogPage((look, forgotten), LogFilter(), None, 0, has_older=False), now=NOW))
    assert "📍 Forgotten person: looked where the car was, Bluey" in shown
    *_, row = csv.reader(io.StringIO(texts.log.table((look, forgotten), BERLIN).read().decode("utf-8-sig")))
    assert row[2:] == ["Forgotten person", "looked where the car was", "Bluey", "", "", ""]


@pytest.mark.parametrize("state", State)
def test_a_line_has_the_word_with_which_the_message_of_the_outcome_begins(state: State) -> None:
    outcome = texts.actions.outcome(Outcome(state, Action.LOCK, "Bluey", "Mum", car=CarId(1)), now=NOW)
    assert outcome.split(maxsplit=1)[1].startswith(f"{texts.actions.STATE_WORDS[state][1]}:")


def test_an_entry_has_two_lines_with_telegrams_own_times() -> None:
    lines = [a_line(at=NOW), a_line(at=NOW - timedelta(days=2), action=Action.TRUNK, state=State.UNKNOWN)]
    screen = screens.log.page(a_page(*lines), now=NOW)
    assert screen.text.count("<tg-time ") == len(lines)
    assert read_screen(screen) == (
        "📜 Log\n00:30 UTC, ✅ Confirmed\n🔒 Mum: Lock, Bluey\n"
        "23 Oct, 00:30 UTC, ❓ Unknown\n🧳 Mum: trunk opening, Bluey"
    )


def test_the_file_has_the_hours_of_the_homes_time_zone() -> None:
    """Berlin's clocks are set back in this night, and the day there is not that of UTC."""
    lines = [a_line(at=NOW + timedelta(hours=hours)) for hours in (1, 0, -3)]
    assert [row[:2] for row in cells_of(*lines)] == [
        ["2026-10-25 02:30:00", "2026-10-25T01:30:00Z"],
        ["2026-10-25 02:30:00", "2026-10-25T00:30:00Z"],
        ["2026-10-24 23:30:00", "2026-10-24T21:30:00Z"],
    ]


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.none() | st.text(min_size=1, max_size=60))
def test_names_are_never_markup(person: str, car: str, request_id: str | None) -> None:
    page = a_page(a_line(person, car, request_id=request_id), person=person)
    assert ": Lock, " in read_screen(screens.log.page(page, now=NOW))


@pytest.mark.parametrize("name", [NASTY * 9, "🚗" * 99, "&" * 99, "W" * 99])
def test_a_full_page_fits_into_a_message(name: str) -> None:
    lines = [a_line(name, name, request_id=name, at=NOW - timedelta(days=n)) for n in range(PAGE)]
    page = a_page(*lines, wanted=LogFilter(PersonId(1), Action.CHARGE_START), person=name)
    assert read_screen(screens.log.page(page, now=NOW)).count(": Lock, ") == PAGE


def test_the_log_names_a_forgotten_person_so_and_its_file_says_why_something_was_refused() -> None:
    line = a_line("", state=State.REFUSED, reason=Reason.SUBSCRIPTION_ENDED, request_id=None)
    assert "⛔ Refused\n🔒 Forgotten person: Lock, Bluey" in read_screen(screens.log.page(a_page(line), now=NOW))
    assert cells_of(line)[0][2:] == [
        *("Forgotten person", "Lock", "Bluey", "Refused"),
        *("The DIMO subscription of Bluey is not active.", ""),
    ]


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠x", "\u200b=1", "=1\n=2"],
)
def test_no_cell_is_a_formula(name: str) -> None:
    (row,) = cells_of(a_line(name, name, request_id=name))
    assert [cell[0] for cell in (row[2], row[4], row[7])] == ["'", "'", "'"]


FORMULAS = ("=", "+", "-", "@", "＝", "\t", "\r")


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("quote", ["", '"', "'", ' "', '""', "“", " ' "])
@pytest.mark.parametrize("sign", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "＝1", "\t=1"])
def test_no_cell_is_a_formula_whatever_ends_cells(separator: str, quote: str, sign: str) -> None:
    """Spreadsheets of countries whose numbers contain commas end a cell at a semicolon, even within quotes."""
    name = f"a{separator}{quote}{sign}"
    table = table_of(a_line(name, name, request_id=name))
    for delimiter in (separator, ","):
        rows = csv.reader(io.StringIO(table, newline=""), delimiter=delimiter)
        cells = [cell.lstrip(" \"“'\u00a0") if cell[:1] != "'" else cell for row in rows for cell in row]
        assert not [cell for cell in cells if cell.startswith(FORMULAS)]


def test_no_cell_is_a_link() -> None:
    line = a_line("t.me/evil", "@evil https://evil.com", state=State.REFUSED, reason=Reason.SUBSCRIPTION_ENDED)
    ((_, _, person, _, car, _, why, _),) = cells_of(line)
    assert (person, car) == ("t. me/evil", "'@ evil https: //evil. com")
    assert why == "The DIMO subscription of @ evil https: //evil. com is not active."


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=60), st.text(max_size=60)), max_size=5))
def test_the_table_has_its_columns_with_any_names(names: list[tuple[str, str]]) -> None:
    rows = cells_of(*(a_line(person, car) for person, car in names))
    assert [len(row) for row in rows] == [len(texts.log.COLUMNS)] * len(names)
    assert not [cell for row in rows for cell in row if cell.lstrip()[:1] in ("=", "+", "-", "@")]


def test_ordinary_names_stay_as_they_are() -> None:
    (row,) = cells_of(a_line("Zoë O'Neil-Müller", 'The "Red", one; 車🚗'))
    assert (row[2], row[4]) == ("Zoë O'Neil-Müller", 'The "Red", one; 車🚗')


def test_a_filter_marks_the_chosen_person_and_action() -> None:
    people: Mapping[PersonId, str] = {PersonId(1): "Dad", PersonId(2): NASTY}
    screen = screens.log.choice(people, LogFilter(PersonId(2), Action.TRUNK))
    read_screen(screen)
    assert [label for label in labels(screen) if "✅" in label] == [labels(screen)[2], "✅ 🧳 Trunk"]
    many = {PersonId(number): f"Person {number}" for number in range(1, 500)}
    assert len(labels(screens.log.choice(many, LogFilter()))) < 50
