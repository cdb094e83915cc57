"""The texts about actions: the question before one, and its outcome."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.actions import ACTIONS, Action
from bot.domain.outcomes import Note, Outcome, State
from bot.domain.prompts import Subject, Task
from bot.domain.refusals import Reason
from bot.domain.reports import Signal
from bot.service.actions.requests import Asked
from bot.telegram.texts.cars import SIGNAL_NOUNS, reads, when
from bot.telegram.texts.formatting import duration, moment, name, who
from bot.telegram.texts.linking import ended
from bot.telegram.texts.refusals import next_step, why

NOT_WAITING = "I don't wait for your answer any more."
NOTHING_TO_CANCEL = "There is no open question here."


@dataclass(frozen=True, slots=True)
class ActionWords:
    """The words for one action."""

    label: str
    """On its button: the plain verb, with an emoji beside it."""
    noun: str
    """In "Ann's Lock"."""
    question: str
    done: str
    may: str
    """In "Bluey may or may not have unlocked"."""


ACTION_WORDS: Mapping[Action, ActionWords] = {
    Action.LOCK: ActionWords("🔒 Lock", "Lock", "Lock {car}?", "{car} is locked", "locked"),
    Action.UNLOCK: ActionWords("🔓 Unlock", "Unlock", "Unlock {car}?", "{car} is unlocked", "unlocked"),
    Action.FRUNK: ActionWords(
        "🧳 Frunk", "Frunk", "Open the front trunk of {car}?", "{car}'s front trunk is open", "opened its front trunk"
    ),
    Action.TRUNK: ActionWords(
        "🚪 Trunk", "Trunk", "Open the rear trunk of {car}?", "{car}'s rear trunk is open", "moved its rear trunk"
    ),
    Action.CHARGE_START: ActionWords(
        "⚡ Start charging", "Start charging", "Start charging {car}?", "{car} is charging", "started charging"
    ),
    Action.CHARGE_STOP: ActionWords(
        "⏸ Stop charging", "Stop charging", "Stop charging {car}?", "{car} is not charging", "stopped charging"
    ),
}
_TASKS: Mapping[Task, tuple[str, str]] = {
    Task.UNLINK: ("Unlink", "deleted"),
    Task.CLEAR_CODES: ("Clear error codes", "cleared"),
    Task.ENTER_CODES: ("Enter codes", "sent"),
    Task.ENTER_INVITATION_END: ("Invite", "made"),
    Task.ENTER_MEMBER_END: ("Set an end", "changed"),
    Task.ENTER_ZONE: ("Time zone", "changed"),
    Task.REMOVE_MEMBER: ("Remove", "changed"),
    Task.FORGET: ("Forget me", "deleted"),
}
"""What each task is called, and what was not done when its question is closed."""


def question(it: Asked, *, person: str, now: datetime) -> str:
    """Ask before an action; for a lid that toggles, with its last report."""
    action = ACTIONS[it.action]
    lines = [f"<b>{ACTION_WORDS[it.action].question.format(car=name(it.car_name))}</b>"]
    if action.toggles:
        lines += ["On cars with a powered lid this also closes it.", _last_report(it, action.signal, now)]
    if action.opens:
        lines.append("Once sent, it can't be called back: a sleeping car may open a minute or more later.")
    lines.append(f"Only {name(person)} can confirm, within {duration(it.prompt.lifetime)}.")
    return "\n".join(lines if it.ended is None else [*lines, ended(it.ended)])


def _last_report(it: Asked, signal: Signal, now: datetime) -> str:
    if it.report is None:
        return f"I don't have a report from {name(it.car_name)} right now."
    reading = it.report.reading(signal)
    if reading is None:
        return f"{name(it.car_name)} does not report {SIGNAL_NOUNS[signal]}."
    return f"Last report: {reads(signal, reading)}, {when(reading.at, now=now)}."


def question_closed(subject: Subject, how: str) -> str:
    """Show a question that is closed without anything being done."""
    what, done = (ACTION_WORDS[subject].noun, "sent") if isinstance(subject, Action) else _TASKS[subject]
    return f"{how}: {what}. Nothing was {done}."


def outcome(it: Outcome, *, now: datetime) -> str:
    """Describe the outcome of an action, beginning with the word for its state."""
    emoji, word, text_of = _OUTCOMES[it.state]
    lines = [f"{emoji} {word}: {text_of(it, now)}"]
    if it.opening_may_run_until is not None:
        until = moment(it.opening_may_run_until, now=now)
        lines.append(f"⚠️ An opening before it may still run at the car until {until}. Tap Lock again after that.")
    if it.open_door_at is not None:
        lines.append(f"🚪 A door was reported open at {moment(it.open_door_at, now=now)}.")
    if it.ended is not None:
        lines.append(ended(it.ended))
    return "\n".join(lines)


def _whose(it: Outcome) -> str:
    return f"{who(it.person_name)}'s {ACTION_WORDS[it.action].noun} for {name(it.car_name)}"


def _accepted(it: Outcome, now: datetime) -> str:
    return f"DIMO took {_whose(it)}.\n{_accepted_note(it, now)}".rstrip()


def _accepted_note(it: Outcome, now: datetime) -> str:
    car, signal = name(it.car_name), ACTIONS[it.action].signal
    match it.note:
        case Note.WAITING_FOR_REPORT:
            return "Waiting for the car to report it. A sleeping car needs a minute or more."
        case Note.CAR_DOES_NOT_REPORT:
            missing = f"{car} does not report {SIGNAL_NOUNS[signal]}"
            return f"{missing}, so I can't tell whether it happened.\nNext: look at the car."
        case Note.MAY_NOT_READ_REPORTS:
            return f"I can't read {car}'s reports, so I can't tell whether it happened.\nNext: look at the car."
        case Note.ALREADY_SO if it.reading is not None:
            at = moment(it.reading.at, now=now)
            return f"{car} was already {reads(signal, it.reading)} at {at}, so a new report may not come."
    return ""


def _confirmed(it: Outcome, now: datetime) -> str:
    at = f" It reported so at {moment(it.reading.at, now=now)}." if it.reading else ""
    return f"{ACTION_WORDS[it.action].done.format(car=name(it.car_name))}.{at} Asked by {who(it.person_name)}."


def _not_confirmed(it: Outcome, now: datetime) -> str:
    last = "I could not read any of its reports."
    if it.reading is not None:
        last = f"Last report: {reads(ACTIONS[it.action].signal, it.reading)}, {when(it.reading.at, now=now)}."
    return (
        f"DIMO took {_whose(it)}, but I have no report of it from the car.\n{last}"
        "\nNext: look at the car, or tap Status."
    )


def _refused(it: Outcome) -> str:
    reason = it.reason or Reason.DIMO_REFUSED
    return f"{_whose(it)} was not done. {why(reason, car=it.car_name)}\n{next_step(reason)}"


def _unknown(it: Outcome) -> str:
    return (
        f"no clear answer to {_whose(it)}. It may or may not have {ACTION_WORDS[it.action].may}."
        "\nI don't try again by myself. Next: look at the car, or tap Status."
    )


_OUTCOMES: Mapping[State, tuple[str, str, Callable[[Outcome, datetime], str]]] = {
    State.QUEUED: ("⏳", "Sending", lambda it, _: f"{_whose(it)}. It waits for the command before it."),
    State.SENDING: ("⏳", "Sending", lambda it, _: f"{_whose(it)}."),
    State.ACCEPTED: ("📨", "Accepted", _accepted),
    State.CONFIRMED: ("✅", "Confirmed", _confirmed),
    State.NOT_CONFIRMED: ("❔", "Not confirmed", _not_confirmed),
    State.REFUSED: ("⛔", "Refused", lambda it, _: _refused(it)),
    State.UNKNOWN: ("❓", "Unknown", lambda it, _: _unknown(it)),
}
STATE_WORDS: Mapping[State, str] = {state: word for state, (_, word, _) in _OUTCOMES.items()}
