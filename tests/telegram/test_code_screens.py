"""Screens of error codes: any text from DIMO, a car or a person is accepted by Telegram and readable."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.code_history import (
    CodeQuery,
    CodesView,
    Delivery,
    Entry,
    FromCar,
    NewCodes,
    Source,
    WatchSetting,
)
from bot.domain.codes import read_listed, read_typed
from bot.domain.ids import CarId, ChatId, CodeQueryId, PersonId, PromptId
from bot.domain.prompts import Prompt, PromptState, Task
from bot.domain.refusals import Reason
from bot.domain.reports import CarCodes, CarReport, Reading
from bot.domain.roles import Ability, Access, Role, may
from bot.service.codes.requests import AskedToClear, Doubtful, NothingToClear, Wanted
from bot.telegram.screens import codes as screens
from bot.telegram.texts import codes as texts
from bot.telegram.texts.refusals import REFUSALS
from bot.telegram.ui.paging import ROOM, utf16_length
from bot.telegram.ui.screen import Screen
from bot.telegram.ui.taps import ReadCodes, TurnCodes
from tests.support.screens import LONGEST, NASTY, labels, marked, read_screen, read_text, visible

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
LARGEST = CarId(2**63 - 1)
QUERY, OTHER = CodeQueryId("f" * 24), CodeQueryId("0" * 24)
WIDE = "𝔸" * 60
"""A name of characters that count twice, long enough to be cut."""

often = settings(max_examples=25, deadline=None)
anything = st.text(st.characters(categories=["L", "M", "N", "P", "S", "Z", "C"]), max_size=40)
explanations = anything | st.builds(lambda text, times: text * times, anything, st.integers(1, 200))
codes = st.from_regex(r"[PCBU][0-3][0-9A-F]{3}(-[0-9A-F]{2})?", fullmatch=True)
entries = st.builds(Entry, codes | anything, st.none() | explanations, st.booleans())
moments = st.datetimes(timezones=st.just(UTC))


def a_query(*given_entries: Entry, **more: object) -> CodeQuery:
    usual = {"source": Source.TYPED, "delivery": Delivery.DELIVERED, "asked_at": NOW, "asked_by": "Dad"}
    return CodeQuery(QUERY, given_entries, **{**usual, **more})  # type: ignore[arg-type]  # a test gives what it is about


def a_view(asked: CodeQuery | None, **more: object) -> CodesView:
    usual = {"home": ChatId(10), "car": LARGEST, "car_name": "Bluey", "may_write": True, "may_watch": True}
    return CodesView(query=asked, **{**usual, **more})  # type: ignore[arg-type]  # a test gives what it is about


def a_report(text: str | None, *, count: float | None = None, at: datetime = NOW) -> CarReport:
    listed = None if text is None else read_listed(text)
    counted = None if count is None else Reading(count, at)
    return CarReport(codes=CarCodes(listed, None if listed is None else at, counted))


def from_car(report: CarReport, **more: object) -> FromCar:
    usual = {"car": LARGEST, "car_name": "Bluey"}
    return FromCar(report=report, **{**usual, **more})  # type: ignore[arg-type]  # a test gives what it is about


def pages_of(show: Callable[[int], Screen]) -> Iterator[Screen]:
    """Turn all pages as a person does, and check that Telegram takes each."""
    page: int | None = 0
    while page is not None:
        screen = show(page)
        read_screen(screen)
        yield screen
        turns = [button.does for row in screen.rows for button in row if button.label == "Page ➡️"]
        page = next((tap.page for tap in turns if isinstance(tap, TurnCodes | ReadCodes)), None)


def quoted(shown: list[Screen]) -> str:
    return "".join(quote for screen in shown for quote in marked(screen.text, "blockquote"))


# Telegram takes everything, and everything can be read


@often
@given(st.lists(entries, max_size=12), st.sampled_from(Delivery), anything, anything, moments)
@example([Entry(WIDE, "𝔸" * 3000, is_from_before=True)], Delivery.WAITING, WIDE, WIDE, NOW)
@example([Entry("P0106", "<b>&amp;" * 2000)], Delivery.DELIVERED, NASTY, NASTY, NOW)
@example([Entry("", "")], Delivery.REFUSED, "", "", datetime.min.replace(tzinfo=UTC))
@example([Entry(f"P0{number:03}", None) for number in range(100)], Delivery.WAITING, NASTY, NASTY, NOW)
def test_every_character_of_every_explanation_can_be_read_by_turning_pages(
    given_entries: list[Entry], delivery: Delivery, car: str, person: str, at: datetime
) -> None:
    asked = a_query(*given_entries, delivery=delivery, asked_by=person, asked_at=at, reason=Reason.DIMO_UNREACHABLE)
    view = a_view(asked, car_name=car, older=OTHER, newer=OTHER)
    shown = list(pages_of(lambda page: screens.query(view, page=page, now=NOW)))
    assert visible(quoted(shown)) == visible("".join(entry.explanation or "" for entry in given_entries))
    assert sum(len(marked(screen.text, "bold")) - 1 for screen in shown) >= len(given_entries)


def test_a_hundred_codes_with_sixty_kilobytes_can_be_read_whole() -> None:
    many = [Entry(f"P{number:04}", f"<{number}> " + "Check the hose & the plug. " * 22) for number in range(100)]
    assert sum(len((entry.explanation or "").encode()) for entry in many) > 59_000
    shown = list(pages_of(lambda page: screens.query(a_view(a_query(*many)), page=page, now=NOW)))
    assert visible(quoted(shown)) == visible("".join(entry.explanation or "" for entry in many))
    assert len(shown) <= 30


@often
@given(st.lists(codes | anything, max_size=20).map(", ".join), anything, moments)
@example("[" + ",".join(f'"P{number:04}"' for number in range(300)) + "]", WIDE, NOW)
@example("𝔸" * 5000, WIDE, NOW)
@example('{"x": "<b>&amp;\\ud800"}', NASTY, NOW)
def test_everything_that_a_car_sent_can_be_read_by_turning_pages(sent: str, car: str, at: datetime) -> None:
    report = a_report(sent, count=1e300, at=at)
    new = tuple(code.text for code in report.codes.listed.codes) if report.codes.listed else ()
    it = from_car(report, car_name=car, new=new[1:], offer=QUERY)
    shown = list(pages_of(lambda page: screens.from_car(it, page=page, now=NOW)))
    assert report.codes.listed is not None
    assert visible(quoted(shown)) == visible("".join(report.codes.listed.other))
    bold = {words for screen in shown for words in marked(screen.text, "bold")}
    assert {code.text for code in report.codes.listed.codes} <= bold


@pytest.mark.parametrize("count", [float("nan"), float("inf"), -1.0, 0.0, 1e308])
def test_a_count_that_makes_no_sense_breaks_nothing(count: float) -> None:
    read_screen(screens.from_car(from_car(a_report("P0106", count=count)), now=NOW))
    read_screen(screens.from_car(from_car(a_report(None, count=count)), now=NOW))


def test_whatever_became_of_a_query_leaves_room_for_the_longest_page() -> None:
    """All states at once, likely or not, with the longest names and reasons."""
    longest = max(Reason, key=lambda reason: len(texts.why(reason, car=WIDE)))
    note = texts.unavailable(longest, car=WIDE)
    states = itertools.product(Delivery, (None, *Delivery), (None, NOW), (None, longest))
    for delivery, clearing, cleared_at, reason in states:
        asked = a_query(
            source=Source.CAR,
            delivery=delivery,
            asked_by=WIDE,
            cleared_at=cleared_at,
            cleared_by=WIDE,
            clearing=clearing,
            reason=reason,
        )
        view = a_view(asked, car_name=WIDE, reported=a_report(" ".join(f"P01{n:02}" for n in range(50)), at=NOW))
        head = read_text(texts.head(view, note=note, now=NOW - timedelta(days=999)))
        assert utf16_length(f"{head}\n\nPage 9999 of 9999") + ROOM <= LONGEST


@often
@given(st.lists(codes | anything, max_size=120), anything)
@example([f"{WIDE}{number}" for number in range(50)] + [f"P0{number:03X}-1A" for number in range(2000)], WIDE)
@example(["-"], "")
def test_what_was_typed_is_answered_in_one_message_however_much_it_is(words: list[str], car: str) -> None:
    typed = read_typed(" ".join(words))
    offer, guess = QUERY if typed.codes else None, QUERY if typed.guessed else None
    for is_waiting in (True, False):
        read_screen(screens.doubtful(Doubtful(LARGEST, car, typed, offer, is_waiting, guess)))


@often
@given(st.lists(codes | anything, min_size=1, max_size=30), anything, st.sampled_from(Reason))
@example([f"{WIDE}{number}" for number in range(100)], WIDE, Reason.DIMO_REJECTED_ITS_OWN_TOKEN)
@example([f"U{number}-1A" for number in range(1000, 1100)], WIDE, Reason.NOT_SHARED_FOR_READING)
def test_all_other_screens_are_taken_whatever_the_codes_are(words: list[str], name: str, reason: Reason) -> None:
    prompt, view = a_prompt(), a_view(a_query(*map(Entry, words)), car_name=name)
    cleared = replace(view, query=a_query(*map(Entry, words), cleared_at=NOW, cleared_by=name))
    watched = WatchSetting(LARGEST, name, timedelta(hours=6), tuple(words), a_report(" ".join(words)), reason)
    for screen in (
        screens.clear_question(AskedToClear(prompt, view), person=name),
        screens.new_codes(NewCodes(LARGEST, name, tuple(words), NOW, QUERY), now=NOW),
        screens.nothing_to_clear(NothingToClear(cleared, reason), now=NOW),
        screens.watch(watched, now=NOW),
        screens.not_from_car(reason, car=LARGEST, car_name=name),
        screens.wanted(Wanted(prompt, name)),
    ):
        read_screen(screen)


def a_prompt() -> Prompt:
    return Prompt(
        id=PromptId("x" * 16),
        chat=ChatId(10),
        home=ChatId(10),
        person=PersonId(10),
        car=LARGEST,
        message=None,
        state=PromptState.OPEN,
        asked_at=NOW,
        expires_at=NOW,
        subject=Task.CLEAR_CODES,
    )


# What a role sees


def buttons_for(role: Role, asked: CodeQuery) -> list[str]:
    access = Access(role)
    may_write = may(access, Ability.WRITE_CODES, now=NOW)
    may_watch = may(access, Ability.WATCH_CODES, now=NOW)
    return labels(screens.query(a_view(asked, may_write=may_write, may_watch=may_watch), now=NOW))


READ, ENTER, CLEAR, WATCH, AGAIN = "🚗 Read from car", "✍️ Enter codes", "🧹 Clear", "👁 Watch", "🔁 Send again"


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        (Role.OWNER, [READ, ENTER, AGAIN, CLEAR, WATCH]),
        (Role.DRIVER, [READ, ENTER, AGAIN, CLEAR]),
        (Role.GUEST, [READ]),
    ],
)
def test_a_role_sees_the_buttons_of_what_it_may_do_and_no_others(role: Role, shown: list[str]) -> None:
    asked = a_query(Entry("P0106"), delivery=Delivery.WAITING, reason=Reason.DIMO_UNREACHABLE)
    assert buttons_for(role, asked) == shown


def test_who_may_not_ask_is_not_told_to_enter_codes() -> None:
    assert "Enter codes" in read_screen(screens.query(a_view(None), now=NOW))
    guests = screens.query(a_view(None, may_write=False, may_watch=False), now=NOW)
    assert "Enter codes" not in read_screen(guests)
    assert labels(guests) == [READ]


def test_what_a_car_reports_is_offered_to_those_who_may_ask_only() -> None:
    """Without an offer there is no button, but the codes that nobody asked about are named all the same."""
    report = a_report("P0106, P0420")
    guests = screens.from_car(from_car(report, new=("P0420",)), now=NOW)
    drivers = screens.from_car(from_car(report, new=("P0420",), offer=QUERY), now=NOW)
    assert "Not among the codes asked about last: P0420." in read_screen(guests)
    assert labels(guests) == ["🔄 Read again", "🔧 Codes"]
    assert labels(drivers) == ["🔎 Explain it", "🔄 Read again", "🔧 Codes"]


# Which buttons are shown


def test_only_the_newest_uncleared_query_can_be_cleared() -> None:
    """DIMO marks its newest query and no other."""
    asked = a_query(Entry("P0106"))
    assert CLEAR in labels(screens.query(a_view(asked), now=NOW))
    assert CLEAR not in labels(screens.query(a_view(asked, newer=OTHER), now=NOW))
    assert CLEAR not in labels(screens.query(a_view(replace(asked, cleared_at=NOW)), now=NOW))


@pytest.mark.parametrize(
    ("asked", "is_offered"),
    [
        (a_query(delivery=Delivery.WAITING), False),
        (a_query(delivery=Delivery.WAITING, reason=Reason.DIMO_TROUBLE), True),
        (a_query(delivery=Delivery.REFUSED, reason=Reason.CODES_NOT_TAKEN), False),
        (a_query(cleared_at=NOW, clearing=Delivery.WAITING, reason=Reason.DIMO_TROUBLE), True),
        (a_query(cleared_at=NOW, clearing=Delivery.REFUSED, reason=Reason.NEWER_CODES_AT_DIMO), False),
    ],
)
def test_only_what_is_held_up_on_its_way_to_dimo_can_be_sent_again(asked: CodeQuery, is_offered: bool) -> None:
    assert (AGAIN in labels(screens.query(a_view(asked), now=NOW))) is is_offered


@pytest.mark.parametrize(
    ("codes_count", "label"),
    [(1, "Explain it"), (2, "Explain these 2"), (100, "Explain these 100"), (250, "Explain the first 100")],
)
def test_the_button_says_how_many_codes_it_sends(codes_count: int, label: str) -> None:
    many = tuple(f"P{number:04}" for number in range(codes_count))
    it = from_car(a_report(" ".join(many)), new=many, offer=QUERY)
    assert f"🔎 {label}" in labels(screens.from_car(it, now=NOW))
    assert f"🔎 {label}" in labels(screens.new_codes(NewCodes(LARGEST, "Bluey", many, NOW, QUERY), now=NOW))


@pytest.mark.parametrize("reason", Reason)
def test_a_car_that_cannot_be_read_says_why_and_what_next(reason: Reason) -> None:
    screen = screens.not_from_car(reason, car=LARGEST, car_name="Bluey")
    assert "\nNext: " in read_screen(screen)
    assert ("🔑 Link again" in labels(screen)) is REFUSALS[reason].offers_link


def test_the_interval_that_is_set_is_marked() -> None:
    off = screens.watch(WatchSetting(LARGEST, "Bluey"), now=NOW)
    on = screens.watch(WatchSetting(LARGEST, "Bluey", timedelta(hours=6)), now=NOW)
    assert labels(off)[:3] == ["Every hour", "Every 6 hours", "Every day"]
    assert labels(on)[:4] == ["Every hour", "✅ Every 6 hours", "Every day", "Off"]


# The car's own codes


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (a_report("P0106", at=NOW - timedelta(hours=30)), "Reported 30 Apr, 06:00 UTC (1 day ago)."),
        (a_report(""), "No error codes. Reported 12:00 UTC (just now)."),
        (a_report("{broken [json"), "I can't read a code in what it sent. Reported 12:00 UTC (just now)."),
        (a_report("P0106", count=3.0), "It counts 3 error codes. Reported 12:00 UTC (just now)."),
        (a_report(None, count=1.0), "It counts 1 error code. Reported 12:00 UTC (just now)."),
        (a_report(None), "Bluey has never sent a list of its codes."),
    ],
)
def test_a_car_is_quoted_with_the_age_of_its_report(report: CarReport, said: str) -> None:
    assert said in read_screen(screens.from_car(from_car(report), now=NOW)).splitlines()


@pytest.mark.parametrize("listed", ["P0106", "P0106, P0420"])
def test_a_count_is_named_only_where_the_list_does_not_say_the_same(listed: str) -> None:
    said = read_screen(screens.from_car(from_car(a_report(listed, count=1.0)), now=NOW))
    assert ("It counts" in said) is (listed != "P0106")


def test_a_car_that_never_sent_a_list_is_not_said_to_have_no_codes() -> None:
    for count in (None, 0.0, 1.0):
        assert "No error codes" not in read_screen(screens.from_car(from_car(a_report(None, count=count)), now=NOW))


def test_what_is_no_code_is_shown_as_it_came() -> None:
    said = read_screen(screens.from_car(from_car(a_report('["P0106", "<b>Check</b> & co", 42]')), now=NOW))
    assert "\nNot a code – as the car sent it\n<b>Check</b> & co\n" in said
    assert said.endswith("\nNot a code – as the car sent it\n42")


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"report": a_report("P0106")}, "It reports now: P0106. You know these, so I stay quiet about them."),
        ({"report": a_report("")}, "No error codes. Reported 12:00 UTC (just now)."),
        ({"report": a_report(None)}, "Until it does, I can't tell you about any."),
        ({"unreadable": Reason.DIMO_TROUBLE}, "DIMO has trouble of its own. I try again later."),
        ({"muted": ("P0301", "P0302")}, "Muted: P0301, P0302."),
    ],
)
def test_the_watch_says_what_it_knows_of_the_car(setting: dict[str, Any], said: str) -> None:
    watched = WatchSetting(LARGEST, "Bluey", timedelta(hours=6), **setting)
    assert said in read_screen(screens.watch(watched, now=NOW))
