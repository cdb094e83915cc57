"""How a row of the code record changes: explained by a language model, and tried again later each time."""

from datetime import timedelta

import pytest

from bot.dimo.error_codes import ErrorCode
from bot.domain.code_history import Source
from bot.domain.ids import ChatId
from bot.domain.refusals import Reason
from bot.service.codes import state
from bot.service.ports import Reach, Shown, Spot
from storage import CodeQuery
from tests.support.records import NOW, a_car
from tests.support.use_cases import DAD, HOME

PAUSES = (5, 30, 120, 360, 1440, 1440, 1440, 1440, 1440)
"""Minutes between the attempts: after five days a person decides."""


def asked(*codes: str) -> CodeQuery:
    """Return the row of codes that dad has just asked about."""
    draft = state.draft_of(a_car(), codes, source=Source.TYPED, now=NOW)
    return state.sent(draft, by=DAD, chat=HOME, now=NOW)


def explanations(row: CodeQuery, answer: dict[str, str]) -> list[str | None]:
    answered = state.explained(row, answer=[ErrorCode(code, text) for code, text in answer.items()])
    return [entry.description for entry in answered.details.entries]


@pytest.mark.parametrize(
    ("codes", "answer", "found"),
    [
        (["P0301", "P0302"], {"P0302": "Two.", " p0301": "One."}, ["One.", "Two."]),
        (["U0100-87"], {"U0100:87 (network)": "The bus is silent."}, ["The bus is silent."]),
        (["U0100-87"], {"U0100": "The bus is silent."}, ["The bus is silent."]),
        (["P0301"], {"Cylinder 1 Misfire Detected": "Worn plug."}, ["Worn plug."]),
        (["P0301", "P0420"], {"Cylinder 1 Misfire Detected": "Worn plug."}, [None, None]),
        (["P0301"], {"P0302": "Two misfires."}, [None]),
        (["P0301", "P0420", "C0035"], {"P0301": "Worn plug.", "P0420": "  "}, ["Worn plug.", None, None]),
    ],
)
def test_an_explanation_finds_its_code_and_no_other(
    codes: list[str], answer: dict[str, str], found: list[str | None]
) -> None:
    """DIMO's language model may leave codes out, write them in its own way, or answer about something else."""
    assert explanations(asked(*codes), answer) == found


def test_an_answer_without_a_word_keeps_an_earlier_explanation() -> None:
    row = state.explained(asked("P0301"), answer=[ErrorCode("P0301", "Worn plug.")])
    assert explanations(row, {"P0301": ""}) == ["Worn plug."]


def test_the_pauses_between_the_tries_grow_and_end() -> None:
    row, now = asked("P0301"), NOW
    for minutes in PAUSES:
        row = state.failed(row, reason=Reason.DIMO_UNREACHABLE, now=now)
        assert not state.query_of(row, {}).is_given_up
        assert state.due(row, now=now + timedelta(minutes=minutes, seconds=-1)) is None
        now += timedelta(minutes=minutes)
        due = state.due(row, now=now)
        assert due is not None
        row = due
    row = state.failed(row, reason=Reason.DIMO_UNREACHABLE, now=now)
    assert state.query_of(row, {}).is_given_up
    assert state.due(row, now=now + timedelta(days=365)) is None


def test_a_try_belongs_to_the_process_that_began_it() -> None:
    row = asked("P0301")
    assert state.due(row, now=NOW + state.LEASE / 2) is None
    taken = state.due(row, now=NOW + state.LEASE)
    assert taken is not None
    late = NOW + state.LEASE + timedelta(seconds=1)
    assert state.leased(taken, until=row.next_try_at, now=late) is None
    assert state.leased(row, until=row.next_try_at, now=late) is not None


@pytest.mark.parametrize("reach", Reach)
def test_a_result_is_due_until_it_was_shown(reach: Reach) -> None:
    row = state.explained(asked("P0301"), answer=[ErrorCode("P0301", "Worn plug.")])
    shown = state.shown(row, before=row, became=Shown(reach, None), now=NOW)
    assert (shown.next_try_at is not None) is (reach is Reach.LATER)


def test_what_was_shown_before_it_changed_is_not_done_with() -> None:
    before = asked("P0301")
    row = state.explained(before, answer=[ErrorCode("P0301", "Worn plug.")])
    assert state.shown(row, before=before, became=Shown(Reach.SHOWN, None), now=NOW).next_try_at is not None


def test_a_message_that_was_left_meanwhile_is_not_remembered() -> None:
    before = asked("P0301")
    row = state.shown_in(before, spot=Spot(ChatId(-5), None))
    assert state.shown(row, before=before, became=Shown(Reach.SHOWN, None), now=NOW) == row
