from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.actions import Action
from bot.domain.ids import CarId, ChatId, MessageId, PersonId, PromptId
from bot.domain.prompts import Prompt, PromptState, Subject, Task, subject_named, why_not_confirmed
from bot.domain.refusals import Reason

DAD, TEEN = PersonId(1), PersonId(2)
HERE, ELSEWHERE = ChatId(10), ChatId(20)
ASKED = Prompt(
    id=PromptId("p"),
    chat=HERE,
    home=HERE,
    person=DAD,
    car=CarId(7),
    message=MessageId(3),
    state=PromptState.OPEN,
    asked_at=datetime(2026, 5, 1, 12, 0, tzinfo=UTC),
    expires_at=datetime(2026, 5, 1, 12, 1, tzinfo=UTC),
    subject=Action.UNLOCK,
)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        # The database lets an open prompt of the asker be confirmed in time; so this one came late.
        (PromptState.OPEN, Reason.PROMPT_EXPIRED),
        (PromptState.EXPIRED, Reason.PROMPT_EXPIRED),
        (PromptState.CONFIRMED, Reason.PROMPT_ANSWERED),
        (PromptState.CANCELLED, Reason.PROMPT_CANCELLED),
    ],
)
def test_the_asker_learns_how_the_question_ended(state: PromptState, reason: Reason) -> None:
    assert why_not_confirmed(replace(ASKED, state=state), person=DAD, chat=HERE) is reason


@pytest.mark.parametrize("state", PromptState)
def test_another_person_learns_only_that_it_is_not_theirs(state: PromptState) -> None:
    assert why_not_confirmed(replace(ASKED, state=state), person=TEEN, chat=HERE) is Reason.PROMPT_OF_ANOTHER


@pytest.mark.parametrize("state", PromptState)
@pytest.mark.parametrize("person", [DAD, TEEN])
def test_in_another_chat_the_question_does_not_exist(state: PromptState, person: PersonId) -> None:
    assert why_not_confirmed(replace(ASKED, state=state), person=person, chat=ELSEWHERE) is Reason.PROMPT_GONE


def test_a_question_that_was_never_asked_is_gone() -> None:
    assert why_not_confirmed(None, person=DAD, chat=HERE) is Reason.PROMPT_GONE


@pytest.mark.parametrize("subject", [*Action, *Task])
def test_a_subject_is_found_again_by_its_name(subject: Subject) -> None:
    assert subject_named(subject.value) is subject


def test_actions_and_tasks_share_no_name() -> None:
    assert not {action.value for action in Action} & {task.value for task in Task}


def test_a_name_that_is_no_subject_is_an_error() -> None:
    with pytest.raises(ValueError, match="self_destruct"):
        subject_named("self_destruct")
