from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.code_history import (
    FORGOTTEN_AFTER,
    WATCH_INTERVALS,
    CodeQuery,
    Delivery,
    Entry,
    Source,
    new_codes,
    new_since,
    seen_codes,
)
from bot.domain.ids import CodeQueryId
from bot.domain.refusals import Reason

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
often = settings(max_examples=60, deadline=None)
codes = st.sampled_from(("P0301", "P0420", "U0100-87", "B1000", "C0035"))
lists = st.lists(codes, max_size=5)
moments = st.integers(0, 40).map(lambda days: NOON - timedelta(days=days))
seen = st.dictionaries(codes, moments)


def query(*asked: str, cleared: bool = False) -> CodeQuery:
    return CodeQuery(
        id=CodeQueryId("q"),
        entries=tuple(Entry(code) for code in asked),
        source=Source.TYPED,
        delivery=Delivery.DELIVERED,
        asked_at=NOON,
        cleared_at=NOON if cleared else None,
    )


def told(looks: Sequence[Sequence[str]], muted: Sequence[str] = ()) -> list[str]:
    """Check every six hours; return what was announced, in order."""
    known: dict[str, datetime] = {}
    said: list[str] = []
    for number, reported in enumerate(looks):
        now = NOON + number * timedelta(hours=6)
        said += new_codes(reported, known, muted, now=now)
        known = dict(seen_codes(reported, known, now=now))
    return said


@given(lists, lists)
@often
def test_new_is_what_the_newest_query_does_not_ask_about(reported: list[str], asked: list[str]) -> None:
    assert new_since(reported, query(*asked)) == [code for code in reported if code not in asked]


@given(lists, lists)
@often
def test_all_is_new_without_a_query_and_after_it_was_cleared(reported: list[str], asked: list[str]) -> None:
    """A code that a car reports again after somebody cleared it is worth asking about again."""
    assert new_since(reported, None) == reported
    assert new_since(reported, query(*asked, cleared=True)) == reported


@given(lists, seen, lists)
@often
def test_a_watch_tells_what_is_reported_and_neither_muted_nor_seen(
    reported: list[str], known: dict[str, datetime], muted: list[str]
) -> None:
    new = new_codes(reported, known, muted, now=NOON)
    assert set(new) <= set(reported) - set(muted)
    for code in set(reported) - set(muted):
        is_forgotten = code in known and NOON - known[code] > FORGOTTEN_AFTER
        assert (code in new) == (code not in known or is_forgotten)


@given(lists, seen)
@often
def test_what_was_seen_is_remembered_with_the_last_look_that_saw_it(
    reported: list[str], known: dict[str, datetime]
) -> None:
    kept = dict(seen_codes(reported, known, now=NOON))
    assert all(kept[code] == NOON for code in reported)
    for code in known.keys() - set(reported):
        assert kept.get(code) == (known[code] if NOON - known[code] <= FORGOTTEN_AFTER else None)
    assert set(kept) <= set(reported) | set(known)


@given(st.lists(lists, max_size=12), lists)
@often
def test_a_watch_tells_of_each_code_once(looks: list[list[str]], muted: list[str]) -> None:
    """Even if a code disappears and comes back many times while it is remembered."""
    said = told([list(dict.fromkeys(look)) for look in looks], muted)
    assert len(said) == len(set(said))
    assert set(said) == {code for look in looks for code in look} - set(muted)


def test_a_code_that_stays_away_long_enough_is_told_again() -> None:
    looks = FORGOTTEN_AFTER // timedelta(hours=6)
    assert told([["P0301"], *[[]] * (looks - 1), ["P0301"]]) == ["P0301"]
    assert told([["P0301"], *[[]] * looks, ["P0301"]]) == ["P0301", "P0301"]


def test_a_code_that_stays_is_told_once_for_good() -> None:
    assert told([["P0301"]] * 400) == ["P0301"]


def test_a_car_is_looked_at_every_six_hours_unless_somebody_chooses_otherwise() -> None:
    assert WATCH_INTERVALS[len(WATCH_INTERVALS) // 2] == timedelta(hours=6)


@pytest.mark.parametrize("reason", [None, Reason.DIMO_TROUBLE])
@pytest.mark.parametrize("delivery", [Delivery.WAITING, Delivery.DELIVERED, Delivery.REFUSED])
@pytest.mark.parametrize("clearing", [None, Delivery.WAITING, Delivery.DELIVERED, Delivery.REFUSED])
def test_what_waits_is_held_up_where_there_is_a_reason(
    reason: Reason | None, delivery: Delivery, clearing: Delivery | None
) -> None:
    one = replace(query("P0301"), delivery=delivery, clearing=clearing, reason=reason)
    waits = Delivery.WAITING in {delivery, clearing}
    assert one.is_waiting == waits
    assert one.is_held_up == (waits and reason is not None)
