from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.actions import Action
from bot.domain.ids import CarId, PromptId
from bot.telegram import taps
from bot.telegram.taps import (
    Act,
    BadTap,
    Cancel,
    ChooseCar,
    Confirm,
    RefreshStatus,
    ShowStatus,
    Tap,
    pack,
    read,
)

LARGEST = CarId(2**63 - 1)
PROMPT_LENGTH = 16
"""Characters of a prompt's id, as `secrets.token_urlsafe(12)` makes it."""

SAMPLES: dict[type[Tap], Tap] = {
    Act: Act(Action.CHARGE_START, LARGEST),
    Confirm: Confirm(PromptId("_" * PROMPT_LENGTH)),
    Cancel: Cancel(PromptId("-" * PROMPT_LENGTH)),
    ShowStatus: ShowStatus(LARGEST),
    RefreshStatus: RefreshStatus(LARGEST),
    ChooseCar: ChooseCar(LARGEST),
    **{kind: kind() for kind in (taps.ShowCars, taps.LookAgain, taps.Link)},
}

cars = st.integers(1, LARGEST).map(CarId)
prompts = st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True).map(PromptId)
any_tap: st.SearchStrategy[Tap] = st.one_of(
    st.builds(Act, st.sampled_from(Action), cars),
    *(st.builds(kind, prompts) for kind in (Confirm, Cancel)),
    *(st.builds(kind, cars) for kind in (ShowStatus, RefreshStatus, ChooseCar)),
    *(st.builds(kind) for kind in (taps.ShowCars, taps.LookAgain, taps.Link)),
)
any_text = st.text(st.characters(categories=["L", "M", "N", "P", "S", "Z", "C"]), max_size=80)
"""What a changed app can put into JSON, lone halves of a surrogate pair included."""
almost_a_tap = st.builds(
    "{}:{}{}".format, st.sampled_from("aynsrcx"), st.sampled_from(["", "lock:", "trunk:", ":"]), any_text
)


@given(any_tap)
def test_a_tap_is_read_as_it_was_packed(tap: Tap) -> None:
    assert read(pack(tap)) == tap


@given(any_tap)
def test_button_data_fits_into_telegrams_64_bytes(tap: Tap) -> None:
    assert 1 <= len(pack(tap).encode()) <= taps.MAX_BYTES == 64


def test_every_kind_of_tap_fits_with_the_largest_ids_there_are() -> None:
    assert set(SAMPLES) == set(get_args(Tap))
    assert all(read(pack(tap)) == tap for tap in SAMPLES.values())


@given(any_text | almost_a_tap)
def test_any_text_is_a_tap_of_ours_or_a_bad_tap(data: str) -> None:
    try:
        tap = read(data)
    except BadTap:
        return
    assert pack(tap) == data


@given(st.binary(max_size=80))
def test_any_bytes_are_a_tap_of_ours_or_a_bad_tap(data: bytes) -> None:
    for text in (data.decode("latin-1"), data.decode("utf-8", errors="surrogateescape")):
        try:
            assert pack(read(text)) == text
        except BadTap:
            continue


@pytest.mark.parametrize(
    "data",
    [
        "",
        ":",
        "a",
        "a:lock",
        "a:lock:",
        "a:fly:7",
        "a:LOCK:7",
        "a:lock:0",
        "a:lock:-7",
        "a:lock:+7",
        "a:lock:07",
        "a:lock:7 ",
        "a:lock:7:8",
        "a:lock:1_0",
        "a:lock:٧",
        f"a:lock:{2**63}",
        f"s:{'9' * 5000}",
        "y:a:b",
        "cars:1",
        "owner",
    ],
)
def test_what_no_button_of_ours_says_is_a_bad_tap(data: str) -> None:
    with pytest.raises(BadTap):
        read(data)


def test_data_that_would_not_fit_is_never_packed() -> None:
    with pytest.raises(BadTap):
        pack(Confirm(PromptId("x" * 63)))


def test_a_bad_tap_does_not_quote_what_was_sent() -> None:
    """It may be anything, a pasted token too, and ends in the log."""
    with pytest.raises(BadTap) as caught:
        read("y:eyJhbGciOiJSUzI1NiJ9:secret")
    assert "secret" not in str(caught.value)
