"""The question asked before a guarded action: its lifetime, and why an answer to it may do nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.actions import Action
from bot.domain.ids import CarId, ChatId, MessageId, PersonId, PromptId
from bot.domain.refusals import Reason


class Task(StrEnum):
    """A guarded thing that is not done to a car."""

    UNLINK = "unlink"
    CLEAR_CODES = "clear_codes"
    ENTER_CODES = "enter_codes"
    """No yes or no: the answer is what the person writes next; so it is for the next three."""
    ENTER_INVITATION_END = "enter_invitation_end"
    ENTER_MEMBER_END = "enter_member_end"
    ENTER_ZONE = "enter_zone"
    REMOVE_MEMBER = "remove_member"
    FORGET = "forget"


WRITTEN = frozenset({Task.ENTER_CODES, Task.ENTER_INVITATION_END, Task.ENTER_MEMBER_END, Task.ENTER_ZONE})
"""Prompts that are answered by writing."""

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
    asked_at: datetime
    expires_at: datetime
    subject: Subject
    about: str | None = None
    """Which thing of its subject it asks about, where there are several."""

    @property
    def lifetime(self) -> timedelta:
        """How long it can be answered."""
        return self.expires_at - self.asked_at


def subject_named(name: str) -> Subject:
    """Read a subject back from its name; raises ValueError for a name that is none."""
    return Action(name) if name in set(Action) else Task(name)


def why_not_confirmed(prompt: Prompt | None, *, person: PersonId, chat: ChatId) -> Reason:
    """Return why a confirmation did not count; that somebody else was asked is said before anything else."""
    if prompt is not None and prompt.chat == chat and prompt.person != person:
        return Reason.PROMPT_OF_ANOTHER
    return why_not_open(prompt, chat=chat)


def why_not_open(prompt: Prompt | None, *, chat: ChatId) -> Reason:
    """Return why a prompt can't be answered in this chat; one that is still open is so only until it is closed."""
    if prompt is None or prompt.chat != chat:
        return Reason.PROMPT_GONE
    if prompt.state is PromptState.CONFIRMED:
        return Reason.PROMPT_ANSWERED
    if prompt.state is PromptState.CANCELLED:
        return Reason.PROMPT_CANCELLED
    return Reason.PROMPT_EXPIRED
