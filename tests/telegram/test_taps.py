"""Button data: what is sent with a button is read back exactly, and anything else is refused.

Buttons stay in chats for years, so the written form of every tap is pinned here as it was when it was first sent.
"""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import lengths
from bot.domain.actions import Action
from bot.domain.family import GRANTED_ROLES, AccessLength, RequestState
from bot.domain.ids import CarId, ChatId, CodeQueryId, ConsentId, InvitationId, NoteId, PersonId, PromptId, ScheduleId
from bot.domain.linking import LinkAnswer
from bot.domain.log import ANYBODY
from bot.domain.notes import MuteLength
from bot.domain.panels import Page
from bot.domain.preferences import Setting
from bot.domain.roles import Role
from bot.domain.schedules import ScheduleKind
from bot.service.ports import Ask, Person
from bot.telegram.requests import Said
from bot.telegram.ui import taps
from bot.telegram.ui.callback_data import BadTap, Tap, kinds_of_tap, pack, read

LARGEST = 2**63 - 1
CAR, SMALLEST_CAR = CarId(LARGEST), CarId(1)
PERSON, SMALLEST_PERSON = PersonId(LARGEST), PersonId(1)
PROMPT, QUERY, INVITATION, CODE = PromptId("-" * 40), CodeQueryId("f" * 24), InvitationId("_" * 24), "Z" * 40
CONSENT = ConsentId("_" * 24)
SCHEDULE = ScheduleId("f" * 16)
NOTE = NoteId("f" * 16)
LAST_PAGE = 9999

WRITTEN: Mapping[str, Tap] = {
    **{f"a:{action}:{LARGEST}": taps.Act(action, CAR) for action in Action},
    "a:lock:1": taps.Act(Action.LOCK, SMALLEST_CAR),
    f"y:{PROMPT}": taps.Confirm(PROMPT),
    "y:0": taps.Confirm(PromptId("0")),
    f"n:{PROMPT}": taps.Cancel(PROMPT),
    "n:A": taps.Cancel(PromptId("A")),
    f"s:{LARGEST}": taps.ShowStatus(CAR),
    "s:1": taps.ShowStatus(SMALLEST_CAR),
    f"r:{LARGEST}": taps.RefreshStatus(CAR),
    "r:1": taps.RefreshStatus(SMALLEST_CAR),
    f"wh:{LARGEST}": taps.ShowWhere(CAR),
    "wh:1": taps.ShowWhere(SMALLEST_CAR),
    f"c:{LARGEST}": taps.ChooseCar(CAR),
    "c:1": taps.ChooseCar(SMALLEST_CAR),
    f"rp:{LARGEST}": taps.RefreshPanel(CAR),
    "rp:1": taps.RefreshPanel(SMALLEST_CAR),
    f"tp:{LARGEST}:more": taps.TurnPanel(CAR, Page.MORE),
    "tp:1:main": taps.TurnPanel(SMALLEST_CAR, Page.MAIN),
    f"pin:{LARGEST}": taps.PinPanel(CAR),
    "pin:1": taps.PinPanel(SMALLEST_CAR),
    f"ch:{LARGEST}": taps.ShowCharge(CAR),
    "ch:1": taps.ShowCharge(SMALLEST_CAR),
    f"do:{'z' * 16}": taps.RunCommand("z" * 16),
    "do:a": taps.RunCommand("a"),
    "cars": taps.ShowCars(),
    "again": taps.LookAgain(),
    "link": taps.Link(),
    "loc": taps.ShareLocation(),
    "sch": taps.ShowSchedules(),
    f"sd:{LARGEST}:charge:95:95:127": taps.DraftSchedule(CAR, ScheduleKind.CHARGE, 95, 95, 127),
    "sd:1:lock:0:0:0": taps.DraftSchedule(SMALLEST_CAR, ScheduleKind.LOCK, 0, 0, 0),
    f"sa:{LARGEST}:charge:95:95:127": taps.AddSchedule(CAR, ScheduleKind.CHARGE, 95, 95, 127),
    "sa:1:lock:0:0:0": taps.AddSchedule(SMALLEST_CAR, ScheduleKind.LOCK, 0, 0, 0),
    f"s1:{SCHEDULE}": taps.ShowSchedule(SCHEDULE),
    f"sp:{SCHEDULE}": taps.PauseSchedule(SCHEDULE),
    f"sr:{SCHEDULE}": taps.ResumeSchedule(SCHEDULE),
    f"sx:{SCHEDULE}": taps.RemoveSchedule(SCHEDULE),
    f"wk:{LARGEST}": taps.ShowWeek(CAR),
    f"no:{NOTE}": taps.ShowNote(NOTE),
    f"nm:{NOTE}": taps.ShowMutes(NOTE),
    f"mute:{NOTE}:tomorrow": taps.MuteNote(NOTE, MuteLength.TOMORROW),
    "nt:off": taps.TakeNotes("off"),
    f"let:{LARGEST}:allow": taps.AnswerLinkPermission(PERSON, LinkAnswer.ALLOW),
    "let:1:deny": taps.AnswerLinkPermission(SMALLEST_PERSON, LinkAnswer.DENY),
    f"too:{CONSENT}:allow": taps.AnswerLinkConsent(CONSENT, LinkAnswer.ALLOW),
    "too:-:deny": taps.AnswerLinkConsent(ConsentId("-"), LinkAnswer.DENY),
    f"k:{LARGEST}": taps.ShowCodes(CAR),
    "k:1": taps.ShowCodes(SMALLEST_CAR),
    f"q:{LARGEST}:{QUERY}:9999": taps.TurnCodes(CAR, QUERY, LAST_PAGE),
    "q:1:0:0": taps.TurnCodes(SMALLEST_CAR, CodeQueryId("0")),
    f"e:{LARGEST}": taps.EnterCodes(CAR),
    "e:1": taps.EnterCodes(SMALLEST_CAR),
    f"f:{LARGEST}:9999": taps.ReadCodes(CAR, LAST_PAGE),
    "f:1:0": taps.ReadCodes(SMALLEST_CAR),
    f"g:{LARGEST}:{QUERY}": taps.SendCodes(CAR, QUERY),
    "g:1:z": taps.SendCodes(SMALLEST_CAR, CodeQueryId("z")),
    f"x:{LARGEST}": taps.ClearCodes(CAR),
    "x:1": taps.ClearCodes(SMALLEST_CAR),
    f"w:{LARGEST}": taps.ShowWatch(CAR),
    "w:1": taps.ShowWatch(SMALLEST_CAR),
    f"every:{LARGEST}:9999": taps.SetWatch(CAR, LAST_PAGE),
    "every:1:0": taps.SetWatch(SMALLEST_CAR, 0),
    f"m:{LARGEST}:{QUERY}": taps.MuteCodes(CAR, QUERY),
    "m:1:z": taps.MuteCodes(SMALLEST_CAR, CodeQueryId("z")),
    f"u:{LARGEST}": taps.UnmuteCodes(CAR),
    "u:1": taps.UnmuteCodes(SMALLEST_CAR),
    "as:driver": taps.ChooseRole(Role.DRIVER),
    "as:guest": taps.ChooseRole(Role.GUEST),
    **{f"i:driver:{length}": taps.Invite(Role.DRIVER, length) for length in AccessLength},
    "i:guest:always": taps.Invite(Role.GUEST, AccessLength.ALWAYS),
    "invitations": taps.ShowInvitations(),
    f"withdraw:{INVITATION}": taps.Withdraw(INVITATION),
    "withdraw:0": taps.Withdraw(InvitationId("0")),
    f"j:{CODE}": taps.Join(CODE),
    "j:0123456789abcd-_": taps.Join("0123456789abcd-_"),
    "members:0": taps.ShowMembers(),
    "members:9999": taps.ShowMembers(LAST_PAGE),
    f"p:{LARGEST}": taps.ShowMember(PERSON),
    "p:1": taps.ShowMember(SMALLEST_PERSON),
    f"role:{LARGEST}:driver": taps.SetRole(PERSON, Role.DRIVER),
    "role:1:guest": taps.SetRole(SMALLEST_PERSON, Role.GUEST),
    **{f"end:{LARGEST}:{length}": taps.SetEnd(PERSON, length) for length in AccessLength},
    "end:1:always": taps.SetEnd(SMALLEST_PERSON, AccessLength.ALWAYS),
    f"remove:{LARGEST}": taps.RemoveMember(PERSON),
    "remove:1": taps.RemoveMember(SMALLEST_PERSON),
    f"here:{LARGEST}": taps.ShareHere(ChatId(LARGEST)),
    f"here:-{LARGEST}": taps.ShareHere(ChatId(-LARGEST)),
    "groups": taps.ShowGroups(),
    "unshare:-1": taps.StopSharing(ChatId(-1)),
    f"unshare:-{LARGEST}": taps.StopSharing(ChatId(-LARGEST)),
    f"ask:{LARGEST}": taps.AskForAccess(ChatId(LARGEST)),
    f"ask:-{LARGEST}": taps.AskForAccess(ChatId(-LARGEST)),
    **{f"answer:1:{role}": taps.AnswerRequest(SMALLEST_PERSON, role) for role in GRANTED_ROLES},
    **{f"answer:{LARGEST}:{state}": taps.AnswerRequest(PERSON, state) for state in RequestState},
    f"l:{LARGEST}:charge_start:9999": taps.TurnLog(PERSON, Action.CHARGE_START, LAST_PAGE),
    "l:0::0": taps.TurnLog(ANYBODY),
    f"filter:{LARGEST}:charge_start": taps.FilterLog(PERSON, Action.CHARGE_START),
    "filter:0:": taps.FilterLog(ANYBODY),
    f"export:{LARGEST}:charge_start": taps.ExportLog(PERSON, Action.CHARGE_START),
    "export:0:": taps.ExportLog(ANYBODY),
    "help": taps.ShowAllHelp(),
    "kept": taps.ShowAllPrivacy(),
    f"here_is:{'z' * 40}": taps.SetFirstZone("z" * 40),
    "here_is:UTC": taps.SetFirstZone("UTC"),
    "settings:": taps.ShowSettings(),
    "settings:place": taps.ShowSettings("place"),
    **{f"settings:{setting}": taps.ShowSettings(setting) for setting in Setting},
    **{f"set:{setting}:0": taps.SetSetting(setting, 0) for setting in Setting},
    "set:questions:9999": taps.SetSetting(Setting.QUESTIONS, 9999),
    "zone:America/Port-au-Prince": taps.SetZone("America/Port-au-Prince"),
    "zone:Etc/GMT+1": taps.SetZone("Etc/GMT+1"),
    f"zone:{'Z' * 40}": taps.SetZone("Z" * 40),
}
"""Every kind of tap with its smallest and its largest values, and every enum's words."""

TOO_LARGE = 2**63
REFUSED: Sequence[str] = (
    *("", ":", "owner", "a", "a:lock", "a:lock:", "a:fly:7", "a:LOCK:7", "a::7"),
    *("a:lock:0", "a:lock:-7", "a:lock:+7", "a:lock:07", "a:lock:7 ", "a:lock:7:8", "a:lock:1_0", "a:lock:٧"),
    *(f"a:lock:{TOO_LARGE}", f"s:{'9' * 5000}", f"here:{TOO_LARGE}", f"here:-{TOO_LARGE}"),
    *("y:", "y:a:b", "y:a.b", "y:ä", f"y:{'a' * 41}", "n:", "n:a b", f"n:{'a' * 41}"),
    *("cars:1", "cars:", "again:", "link:x", "invitations:0", "groups:"),
    *("q:1:A:0", "q:1::0", "q:1:a:-1", "q:1:a:10000", "q:1:a:", f"q:1:{'a' * 25}:0"),
    *("f:1", "f:1:10000", "every:1:-1", "every:1:10000", "g:1:", "g:1:-", "m:1:A"),
    *(
        "as:owner",
        "as:",
        "i:owner:day",
        "i:guest:",
        "i:guest:month",
        "role:1:owner",
        "role:0:guest",
        "end:1:",
        "end:0:day",
    ),
    *("withdraw:", "withdraw:a b", f"withdraw:{'a' * 25}", f"j:{'a' * 15}", f"j:{'a' * 41}", f"j:{'a' * 15}+"),
    *("let:0:allow", "let:1:", "let:1:yes", "too::allow", "too:a b:allow", f"too:{'a' * 25}:deny", "too:a:"),
    *("members:", "members:-1", "members:10000", "p:0", "p:-1", "remove:0"),
    *("unshare:0", "unshare:1", f"unshare:-{TOO_LARGE}", "ask:", "ask:-0"),
    *("answer:0:guest", "answer:1:owner", "answer:1:", "answer:1:gone"),
    *("l:-1::0", "l:0::10000", "l:0:fly:0", "l:0:", "filter:0", "filter:0:fly", "export:-1:"),
    *("settings", "settings:QUIET", f"settings:{'a' * 21}", "set:quiet", "set:quiet:-1", "set:quiet:10000", "set:Q:0"),
    *("zone:", "zone:a b", f"zone:{'Z' * 41}"),
)
"""Data just outside of each form, and data that only looks right."""

cars = st.integers(1, LARGEST).map(CarId)
people = st.integers(1, LARGEST).map(PersonId)
any_tap: st.SearchStrategy[Tap] = st.one_of(
    st.sampled_from([*WRITTEN.values()]),
    st.builds(taps.Act, st.sampled_from(Action), cars),
    st.builds(taps.Confirm, st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True).map(PromptId)),
    st.builds(
        taps.TurnCodes,
        cars,
        st.from_regex(r"[a-z0-9]{1,24}", fullmatch=True).map(CodeQueryId),
        st.integers(0, LAST_PAGE),
    ),
    st.builds(taps.ShareHere, st.integers(-LARGEST, LARGEST).map(ChatId)),
    st.builds(taps.TurnLog, people, st.none() | st.sampled_from(Action), st.integers(0, LAST_PAGE)),
)
any_text = st.text(st.characters(categories=["L", "M", "N", "P", "S", "Z", "C"]), max_size=80)
"""What a changed app can put into JSON, lone halves of a surrogate pair included."""
almost_a_tap = st.builds(
    "{}:{}{}".format,
    st.sampled_from("aynsrckqefgxwmu"),
    st.sampled_from(["", "lock:", "trunk:", ":"]),
    any_text,
)


@pytest.mark.parametrize("data", WRITTEN)
def test_a_button_that_was_sent_by_any_version_still_works(data: str) -> None:
    assert read(data) == WRITTEN[data]
    assert type(read(data)) is type(WRITTEN[data])
    assert pack(WRITTEN[data]) == data


def test_every_kind_of_tap_is_pinned() -> None:
    assert {type(tap) for tap in WRITTEN.values()} == kinds_of_tap()


@given(any_tap)
def test_a_tap_is_read_as_it_was_packed_and_fits_into_telegrams_64_bytes(tap: Tap) -> None:
    data = pack(tap)
    assert read(data) == tap
    assert 1 <= len(data.encode()) <= lengths.BUTTON_DATA == 64


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


@pytest.mark.parametrize("data", REFUSED)
def test_data_that_no_button_of_ours_has_is_a_bad_tap(data: str) -> None:
    with pytest.raises(BadTap):
        read(data)


def test_data_that_would_not_fit_is_never_packed() -> None:
    with pytest.raises(BadTap):
        pack(taps.Confirm(PromptId("x" * 63)))


def test_a_bad_tap_does_not_quote_what_was_sent() -> None:
    """The data may be anything, even a pasted token, and the error may reach the log."""
    with pytest.raises(BadTap) as caught:
        read("y:eyJhbGciOiJSUzI1NiJ9:secret")
    assert "secret" not in str(caught.value)


def test_a_repr_holds_no_join_code_and_no_text_that_a_person_wrote() -> None:
    """A join code admits whoever has it, and a landing address holds a token."""
    ask = Ask("tap:1", Person(PersonId(7), "Dad"), ChatId(7))
    tap = taps.Join("let-me-in-" * 2)
    said = Said(ask, "https://example.com/?token=let-me-in")
    assert "let-me-in" not in f"{tap} {said}"
