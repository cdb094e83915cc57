"""The question asked before a guarded action: its lifetime, and why an answer to it may do nothing."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.actions import Action
from bot.domain.ids import CarId, ChatId, MessageId, PersonId, PromptId
from bot.domain.refusals import Reason


class Task(StrEnum):
    """A guarded thing that is not done to a car."""

    UNLINK = "unlink"


Subject = Action | Task
"""What a prompt asks about."""


class PromptState(StrEnum):
    """Where a prompt stands; only an open one can be answered."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question to one person in one chat about one car and one action."""

    id: PromptId
    chat: ChatId
    home: ChatId
    person: PersonId
    car: CarId | None
    message: MessageId | None
    state: PromptState
    expires_at: datetime
    subject: Subject


def subject_named(name: str) -> Subject:
    """Read a subject back from its name; raises ValueError for a name that is none."""
    return Action(name) if name in set(Action) else Task(name)


def why_not_confirmed(prompt: Prompt | None, *, person: PersonId, chat: ChatId) -> Reason:
    """Explain a confirmation that did not win; who may not answer learns that before anything else."""
    if prompt is None or prompt.chat != chat:
        return Reason.PROMPT_GONE
    if prompt.person != person:
        return Reason.PROMPT_OF_ANOTHER
    if prompt.state is PromptState.CONFIRMED:
        return Reason.PROMPT_ANSWERED
    if prompt.state is PromptState.CANCELLED:
        return Reason.PROMPT_CANCELLED
    return Reason.PROMPT_EXPIRED
