"""Prompts: the questions before guarded actions, and why an answer to one may do nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.actions import Action
from bot.domain.ids import CarId, ChatId, MessageId, PersonId, PromptId, ThreadId
from bot.domain.refusals import Reason


class Task(StrEnum):
    """What a prompt is for if not for an action on a car."""

    UNLINK = "unlink"
    CLEAR_CODES = "clear_codes"
    ENTER_CODES = "enter_codes"
    ENTER_INVITATION_END = "enter_invitation_end"
    ENTER_MEMBER_END = "enter_member_end"
    ENTER_ZONE = "enter_zone"
    REMOVE_MEMBER = "remove_member"
    FORGET = "forget"


WRITTEN = frozenset({Task.ENTER_CODES, Task.ENTER_INVITATION_END, Task.ENTER_MEMBER_END, Task.ENTER_ZONE})
"""Prompts that are answered by a text, not by yes or no."""

Subject = Action | Task


class PromptState(StrEnum):
    """The states of a prompt; only an open one can be answered."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question to one person in one chat, about at most one car."""

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
    """Which one, if its subject has several."""
    thread: ThreadId | None = None
    """The topic of the chat, if it has topics."""

    @property
    def lifetime(self) -> timedelta:
        """For how long it can be answered."""
        return self.expires_at - self.asked_at


def subject_named(name: str) -> Subject:
    """Read a subject back from its name; raises ValueError for a name that is none."""
    return Action(name) if name in set(Action) else Task(name)


def why_not_confirmed(prompt: Prompt | None, *, person: PersonId, chat: ChatId) -> Reason:
    """Return why a confirmation did not count; first of all, because somebody else was asked."""
    if prompt is not None and prompt.chat == chat and prompt.person != person:
        return Reason.PROMPT_OF_ANOTHER
    return why_not_open(prompt, chat=chat)


def why_not_open(prompt: Prompt | None, *, chat: ChatId) -> Reason:
    """Return why a prompt can't be answered in this chat; an open one that has expired is about to be closed."""
    if prompt is None or prompt.chat != chat:
        return Reason.PROMPT_GONE
    closed = {PromptState.CONFIRMED: Reason.PROMPT_ANSWERED, PromptState.CANCELLED: Reason.PROMPT_CANCELLED}
    return closed.get(prompt.state, Reason.PROMPT_EXPIRED)
