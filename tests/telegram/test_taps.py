from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.actions import Action
from bot.domain.family import GRANTED_ROLES, Lasting, RequestState
from bot.domain.ids import CarId, ChatId, CodeQueryId, InvitationId, MessageId, PersonId, PromptId
from bot.domain.roles import Role
from bot.service.ports import Ask, Person
from bot.telegram.gate import Said, Tapped
from bot.telegram.ui import callback_data, taps
from bot.telegram.ui.callback_data import BadTap, pack, read
from bot.telegram.ui.taps import (
    Act,
    Cancel,
    ChooseCar,
    Confirm,
    ReadCodes,
    RefreshStatus,
    SetWatch,
    ShowStatus,
    Tap,
    TurnCodes,
)

CODES_OF_CAR = (taps.ShowCodes, taps.EnterCodes, taps.ClearCodes, taps.ShowWatch, taps.UnmuteCodes)
CODES_OF_QUERY = (taps.SendCodes, taps.MuteCodes)

LARGEST = CarId(2**63 - 1)
QUERY = CodeQueryId("f" * 24)
"""A query's id is shorter: milliseconds and four random bytes in hex."""
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
    **{kind: kind(LARGEST) for kind in CODES_OF_CAR},
    **{kind: kind(LARGEST, QUERY) for kind in CODES_OF_QUERY},
    TurnCodes: TurnCodes(LARGEST, QUERY, 9999),
    ReadCodes: ReadCodes(LARGEST, 9999),
    SetWatch: SetWatch(LARGEST, 9999),
    taps.ChooseRole: taps.ChooseRole(Role.DRIVER),
    taps.Invite: taps.Invite(Role.DRIVER, Lasting.WEEKEND),
    taps.ShowInvitations: taps.ShowInvitations(),
    taps.Withdraw: taps.Withdraw(InvitationId("i" * 24)),
    taps.Join: taps.Join("c" * 40),
    taps.ShowMembers: taps.ShowMembers(9999),
    taps.ShowMember: taps.ShowMember(PersonId(LARGEST)),
    taps.SetRole: taps.SetRole(PersonId(LARGEST), Role.DRIVER),
    taps.SetEnd: taps.SetEnd(PersonId(LARGEST), Lasting.WEEKEND),
    taps.RemoveMember: taps.RemoveMember(PersonId(LARGEST)),
    taps.ShareHere: taps.ShareHere(ChatId(-LARGEST)),
    taps.ShowGroups: taps.ShowGroups(),
    taps.StopSharing: taps.StopSharing(ChatId(-LARGEST)),
    taps.AskForAccess: taps.AskForAccess(ChatId(-LARGEST)),
    taps.AnswerRequest: taps.AnswerRequest(PersonId(LARGEST), RequestState.DENIED_FOR_GOOD),
    taps.TurnLog: taps.TurnLog(PersonId(LARGEST), Action.CHARGE_START, 9999),
    taps.FilterLog: taps.FilterLog(PersonId(LARGEST), Action.CHARGE_START),
    taps.ExportLog: taps.ExportLog(PersonId(LARGEST), Action.CHARGE_START),
    taps.ShowSettings: taps.ShowSettings("s" * 20),
    taps.SetSetting: taps.SetSetting("s" * 20, 9999),
    taps.SetZone: taps.SetZone("Z" * 40),
}

cars = st.integers(1, LARGEST).map(CarId)
queries = st.from_regex(r"[a-z0-9]{1,24}", fullmatch=True).map(CodeQueryId)
people = st.integers(1, LARGEST).map(PersonId)
chats = st.integers(-LARGEST, LARGEST).map(ChatId)
groups = st.integers(-LARGEST, -1).map(ChatId)
pages = st.integers(0, 9999)
prompts = st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True).map(PromptId)
any_tap: st.SearchStrategy[Tap] = st.one_of(
    st.builds(Act, st.sampled_from(Action), cars),
    *(st.builds(kind, prompts) for kind in (Confirm, Cancel)),
    *(st.builds(kind, cars) for kind in (ShowStatus, RefreshStatus, ChooseCar)),
    *(st.builds(kind) for kind in (taps.ShowCars, taps.LookAgain, taps.Link)),
    *(st.builds(kind, cars) for kind in CODES_OF_CAR),
    *(st.builds(kind, cars, queries) for kind in CODES_OF_QUERY),
    *(st.builds(kind, cars, pages) for kind in (ReadCodes, SetWatch)),
    st.builds(TurnCodes, cars, queries, pages),
    st.builds(taps.Invite, st.sampled_from(GRANTED_ROLES), st.sampled_from(Lasting)),
    *(st.builds(kind, people) for kind in (taps.ShowMember, taps.RemoveMember)),
    st.builds(taps.SetEnd, people, st.sampled_from(Lasting)),
    st.builds(taps.AnswerRequest, people, st.sampled_from([*GRANTED_ROLES, *RequestState])),
    st.builds(taps.TurnLog, people, st.none() | st.sampled_from(Action), pages),
    *(st.builds(kind, people, st.none() | st.sampled_from(Action)) for kind in (taps.FilterLog, taps.ExportLog)),
    *(st.builds(kind, chats) for kind in (taps.ShareHere, taps.AskForAccess)),
    st.builds(taps.StopSharing, groups),
)
any_text = st.text(st.characters(categories=["L", "M", "N", "P", "S", "Z", "C"]), max_size=80)
"""What a changed app can put into JSON, lone halves of a surrogate pair included."""
almost_a_tap = st.builds(
    "{}:{}{}".format,
    st.sampled_from("aynsrckqefgxwmu"),
    st.sampled_from(["", "lock:", "trunk:", ":"]),
    any_text,
)


@given(any_tap)
def test_a_tap_is_read_as_it_was_packed(tap: Tap) -> None:
    assert read(pack(tap)) == tap


@given(any_tap)
def test_button_data_fits_into_telegrams_64_bytes(tap: Tap) -> None:
    assert 1 <= len(pack(tap).encode()) <= callback_data.MAX_BYTES == 64


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


def test_what_is_secret_in_a_tap_or_a_message_is_not_in_what_stands_for_it() -> None:
    """A join code admits whoever has it; a landing address holds a token."""
    ask = Ask("tap:1", Person(PersonId(7), "Dad"), ChatId(7))
    tapped = Tapped(ask, taps.Join("let-me-in-" * 2), MessageId(1))
    said = Said(ask, "https://example.com/?token=let-me-in", MessageId(1))
    assert "let-me-in" not in f"{tapped} {said}"
