"""Screens of actions: the question before one, and its outcome."""

from dataclasses import replace
from datetime import datetime

from bot.domain.actions import ACTIONS, Action
from bot.domain.outcomes import LateOutcome, Note, Outcome, State
from bot.domain.prompts import Prompt, PromptState, Task
from bot.domain.reports import Signal
from bot.service.actions.requests import Asked
from bot.telegram import texts
from bot.telegram.screens import buttons
from bot.telegram.screens.buttons import yes_no
from bot.telegram.texts.refusals import REFUSALS
from bot.telegram.ui.screen import Button, Screen, Style


def question(asked: Asked, *, person: str, now: datetime) -> Screen:
    """The question before an action; its confirming button names the act."""
    words = texts.actions.words_for(asked.action, closes=asked.closes)
    rows = yes_no(asked.prompt, f"{words.sign} {words.answer}", style=buttons.style(asked.action) or Style.PRIMARY)
    return Screen(texts.actions.question(asked, person=person, now=now), rows, prompt=asked.prompt.id)


def question_closed(prompt: Prompt, *, by: str | None = None) -> Screen:
    """A question that was cancelled, by whom if somebody else sees it, or that nobody answered in time."""
    cancelled = texts.actions.cancelled(by)
    how = cancelled if prompt.state is PromptState.CANCELLED else "⌛ Expired"
    subject, text = prompt.subject, texts.actions.question_closed(prompt.subject, how)
    if prompt.car is None:
        return Screen(text)
    again = buttons.codes(prompt.car) if isinstance(subject, Task) else buttons.act(subject, prompt.car)
    return Screen(text, ((again,),))


def outcome(it: Outcome, *, now: datetime) -> Screen:
    """The outcome of an action, with the next steps that make sense."""
    offers_link = it.reason is not None and REFUSALS[it.reason].offers_link
    is_over = it.state not in {State.QUEUED, State.SENDING}
    is_unsure = it.state in {State.UNKNOWN, State.NOT_CONFIRMED} or it.note in _BLIND
    steps: list[Button] = []
    if it.state is State.REFUSED:
        steps += [] if offers_link else [buttons.act(it.action, it.car)]
    elif is_over and (ACTIONS[it.action].opens or it.opening_may_run_until or is_unsure):
        steps.append(buttons.act(Action.LOCK, it.car))
    if _leaves_trunk_open(it):
        steps.append(buttons.close_trunk(it.car))
    if is_over and is_unsure:
        steps.append(buttons.status(it.car))
    if offers_link:
        steps.append(buttons.LINK_AGAIN)
    return Screen(texts.actions.outcome(it, now=now), (tuple(steps),) if steps else ())


def _leaves_trunk_open(it: Outcome) -> bool:
    is_opened = it.action is Action.TRUNK and it.state is State.CONFIRMED and not it.closes
    return is_opened or Signal.TRUNK_OPEN in it.still_open


def late_outcome(it: LateOutcome, *, now: datetime) -> Screen:
    """A bad outcome in a message of its own."""
    screen = outcome(it.outcome, now=now)
    if it.is_followed_elsewhere:
        screen = replace(screen, text=f"{screen.text}\n{texts.actions.FOLLOWED_ELSEWHERE}")
    return screen


_BLIND = frozenset({Note.CAR_DOES_NOT_REPORT, Note.MAY_NOT_READ_REPORTS})
