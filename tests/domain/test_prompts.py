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
        # The database had let the asker confirm an open prompt in time, so this tap came late.
        (PromptState.OPEN, Reason.PROMPT_EXPIRED),
        (PromptState.EXPIRED, Reason.PROMPT_EXPIRED),
        (PromptState.CONFIRMED, Reason.PROMPT_ANSWERED),
        (PromptState.CANCELLED, Reason.PROMPT_CANCELLED),
    ],
)
def test_the_asker_is_told_how_the_prompt_ended(state: PromptState, reason: Reason) -> None:
    assert why_not_confirmed(replace(ASKED, state=state), person=DAD, chat=HERE) is reason


@pytest.mark.parametrize("state", PromptState)
def test_another_person_is_only_told_that_it_is_not_theirs(state: PromptState) -> None:
    assert why_not_confirmed(replace(ASKED, state=state), person=TEEN, chat=HERE) is Reason.PROMPT_OF_ANOTHER


@pytest.mark.parametrize("state", PromptState)
@pytest.mark.parametrize("person", [DAD, TEEN])
def test_in_another_chat_a_prompt_does_not_exist(state: PromptState, person: PersonId) -> None:
    assert why_not_confirmed(replace(ASKED, state=state), person=person, chat=ELSEWHERE) is Reason.PROMPT_GONE


def test_a_prompt_that_never_existed_is_called_gone() -> None:
    assert why_not_confirmed(None, person=DAD, chat=HERE) is Reason.PROMPT_GONE


@pytest.mark.parametrize("subject", [*Action, *Task])
def test_every_subject_is_found_by_its_name(subject: Subject) -> None:
    assert subject_named(subject.value) is subject


def test_actions_and_tasks_have_different_names() -> None:
    assert not {action.value for action in Action} & {task.value for task in Task}


def test_the_name_of_no_subject_is_an_error() -> None:
    with pytest.raises(ValueError, match="self_destruct"):
        subject_named("self_destruct")
