from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.code_matching import CLOCKS_DIFFER, EXPLAINED_WITHIN, Asked, found_in
from bot.domain.ids import CodeQueryId

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
CODES = ("P0301", "P0420", "u010087", "Worn part", "")
often = settings(max_examples=60, deadline=None)

seconds = st.integers(-400, 400)
some_codes = st.lists(st.sampled_from(CODES), max_size=3).map(tuple)
histories = st.lists(st.builds(lambda second, codes: its(second, *codes), seconds, some_codes), max_size=6)


def after(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


def records(*, known: bool) -> st.SearchStrategy[list[Asked]]:
    """Our record; with `known`, the time at DIMO is known for some of it."""
    at_dimo = st.none() | seconds.map(after) if known else st.none()
    rows = st.lists(st.tuples(some_codes, seconds, at_dimo), max_size=6)
    return rows.map(lambda rows: [ours(f"q{n}", *row) for n, row in enumerate(rows)])


def ours(name: str, codes: Sequence[str], asked: float, dimo_at: datetime | None = None) -> Asked:
    return Asked(after(asked), tuple(codes), dimo_at, CodeQueryId(name))


def its(second: float, *codes: str) -> Asked:
    return Asked(after(second), codes or ("P0301",), after(second))


def mine(name: str, asked: float, *codes: str) -> Asked:
    return ours(name, codes or ("P0301",), asked)


@given(histories, records(known=True))
@often
def test_no_query_of_ours_is_given_twice_or_made_up(history: list[Asked], kept: list[Asked]) -> None:
    found = [match for match in found_in(history, iter(kept)) if match is not None]
    assert len(set(found)) == len(found)
    assert set(found) <= {one.id for one in kept}


@given(st.lists(st.tuples(seconds, some_codes), max_size=6), records(known=False), st.randoms())
@often
def test_whatever_dimo_told_of_before_is_found_again(
    rows: list[tuple[int, tuple[str, ...]]], others: list[Asked], chance: Random
) -> None:
    """This also holds if two have the same time, and if explanations changed the history."""
    known = [ours(f"k{n}", codes, -9000, after(at)) for n, (at, codes) in enumerate(rows)]
    history = [Asked(after(at), codes, after(at)) for at, codes in rows]
    chance.shuffle(known)
    found = found_in(history, others + known)
    by_id = {one.id: one for one in known}
    for told_of, match in zip(history, found, strict=True):
        assert match is not None
        assert by_id[match].dimo_at == told_of.at
        assert by_id[match].code_set == told_of.code_set


@given(histories, records(known=True))
@often
def test_only_what_can_be_ours_is_found(history: list[Asked], kept: list[Asked]) -> None:
    """It has our time at DIMO; or our codes, and is not older; or one of our codes, soon afterwards."""
    by_id = {one.id: one for one in kept}
    for told_of, match in zip(history, found_in(history, kept), strict=True):
        if match is None:
            continue
        one = by_id[match]
        later = told_of.at - one.at
        theirs, asked = told_of.code_set, one.code_set
        if one.dimo_at is not None:
            assert one.dimo_at == told_of.at
        elif theirs == asked:
            assert later >= -CLOCKS_DIFFER
        else:
            assert theirs & asked
            assert -CLOCKS_DIFFER <= later <= EXPLAINED_WITHIN


@given(histories, records(known=True))
@often
def test_nothing_with_the_same_codes_is_left_over_on_both_sides(history: list[Asked], kept: list[Asked]) -> None:
    """So that DIMO's history and our record never show the same query twice, and nothing is asked twice."""
    found = found_in(history, kept)
    strange = [one for one, match in zip(history, found, strict=True) if match is None]
    free = [one for one in kept if one.id not in found and one.dimo_at is None]
    for one in strange:
        for other in free:
            is_early = one.at < other.at - CLOCKS_DIFFER
            assert is_early or one.code_set != other.code_set


@given(histories, records(known=True), st.randoms())
@often
def test_the_order_in_which_either_side_comes_makes_no_difference(
    history: list[Asked], kept: list[Asked], chance: Random
) -> None:
    """If no two of either side have the same time."""
    history = list({one.at: one for one in history}.values())
    kept = list({one.at: one for one in kept}.values())
    before = dict(zip([one.at for one in history], found_in(history, kept), strict=True))
    chance.shuffle(history)
    chance.shuffle(kept)
    assert dict(zip([one.at for one in history], found_in(history, kept), strict=True)) == before


def test_there_may_be_nothing_on_either_side() -> None:
    assert found_in([], [mine("a", 0)]) == []
    assert found_in([its(0)], []) == [None]


@pytest.mark.parametrize(
    "codes",
    [
        ("P0301", "U0100-87"),
        ("U0100-87", "P0301"),
        ("u010087", "p0301"),
        ("U0100:87", "P0301 - Cylinder 1 misfire"),
        ("P0301", "P0301", "U0100-87"),
    ],
)
def test_the_language_model_may_write_the_codes_in_its_own_way(codes: tuple[str, ...]) -> None:
    """Also hours later, when DIMO was not reachable at first."""
    assert found_in([its(20000, *codes)], [mine("a", 0, "P0301", "U0100-87")]) == ["a"]


@pytest.mark.parametrize(("second", "found"), [(-121, None), (-120, "a"), (0, "a"), (20, "a"), (300, "a"), (301, None)])
def test_a_query_with_codes_left_out_is_ours_if_it_came_soon(second: float, found: str | None) -> None:
    assert found_in([its(second, "P0301", "P0999")], [mine("a", 0, "P0301", "P0420")]) == [found]


@pytest.mark.parametrize(("second", "found"), [(-121, None), (-120, "a"), (0, "a"), (400000, "a")])
def test_a_query_with_the_same_codes_is_ours_unless_it_is_from_before(second: float, found: str | None) -> None:
    assert found_in([its(second)], [mine("a", 0)]) == [found]


def test_two_askings_of_the_same_codes_are_found_in_their_order() -> None:
    history = [its(50), its(20)]
    assert found_in(history, [mine("first", 0), mine("second", 30)]) == ["second", "first"]


def test_two_askings_are_found_in_their_order_when_dimos_clock_is_late() -> None:
    history = [its(15), its(-15)]
    assert found_in(history, [mine("first", 0), mine("second", 30)]) == ["second", "first"]


def test_one_that_waited_for_hours_keeps_its_place_in_the_order() -> None:
    """Our newest must be DIMO's newest, because DIMO clears only that."""
    history = [its(6 * 3600 + 30), its(6 * 3600)]
    assert found_in(history, [mine("waited", 0), mine("fresh", 6 * 3600 - 60)]) == ["fresh", "waited"]


def test_an_asking_that_never_reached_dimo_does_not_take_the_place_of_the_next_one() -> None:
    kept = [mine("failed", 0), mine("explained", 600)]
    assert found_in([its(630)], kept) == ["explained"]


def test_an_asking_that_dimo_forgot_does_not_take_the_place_of_the_one_before() -> None:
    """DIMO can explain codes and keep no trace of it."""
    kept = [mine("remembered", 0), mine("forgotten", 30)]
    assert found_in([its(20)], kept) == ["remembered"]


def test_what_somebody_asked_elsewhere_later_is_not_taken_for_ours() -> None:
    assert found_in([its(3 * 3600), its(40)], [mine("ours", 0)]) == [None, "ours"]


def test_what_somebody_asked_elsewhere_just_before_is_not_taken_for_ours() -> None:
    assert found_in([its(2), its(-60)], [mine("ours", 0)]) == ["ours", None]


def test_a_whole_match_goes_before_a_nearer_one_with_codes_left_out() -> None:
    history = [its(60, "P0301", "P0420"), its(5, "P0301")]
    assert found_in(history, [mine("ours", 0, "P0301", "P0420")]) == ["ours", None]


def test_a_query_that_dimo_told_of_is_never_another_one() -> None:
    """The same codes at another time were sent by another app."""
    known = ours("known", ("P0301",), 0, after(10))
    assert found_in([its(500), its(10)], [known]) == [None, "known"]
    assert found_in([its(500)], [known]) == [None]


def test_a_long_history_is_matched_at_once() -> None:
    history = [its(60 * n + 9, f"P{n:04}", "U0100") for n in range(200)]
    kept = [mine(str(n), 60 * n, f"P{n:04}", "U0100") for n in range(400)]
    assert found_in(history, kept) == [str(n) for n in range(200)]
