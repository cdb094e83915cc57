"""The texts about actions: the question before one, and its outcome."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.actions import ACTIONS, Action
from bot.domain.outcomes import Note, Outcome, State
from bot.domain.prompts import Subject, Task
from bot.domain.refusals import Reason
from bot.domain.reports import Signal
from bot.service.actions.requests import Asked
from bot.telegram.texts.cars import SIGNAL_NOUNS, already, open_parts, reads, when
from bot.telegram.texts.formatting import has_time, listed, moment, name, who
from bot.telegram.texts.refusals import next_step, why

NOT_WAITING = "I don't wait for your answer any more."
NOTHING_TO_CANCEL = "There is no open question here."


@dataclass(frozen=True, slots=True)
class ActionWords:
    """The words for one action."""

    sign: str
    verb: str
    """On its button, after the sign."""
    noun: str
    """In "Ann's Unlock"."""
    answer: str
    """On the button that confirms it, after the sign."""
    question: str
    did: str
    """In "Ann unlocked Bluey"."""
    in_doubt: str
    """How the car may be where nobody knows what became of it."""

    @property
    def label(self) -> str:
        """The words on its button."""
        return f"{self.sign} {self.verb}"


ACTION_WORDS: Mapping[Action, ActionWords] = {
    Action.LOCK: ActionWords("🔒", "Lock", "Lock", "Lock", "Lock {car}?", "locked {car}", "{car} may NOT be locked"),
    Action.UNLOCK: ActionWords(
        "🔓", "Unlock", "Unlock", "Unlock", "Unlock {car}?", "unlocked {car}", "{car} may be locked or unlocked"
    ),
    Action.FRUNK: ActionWords(
        "📦", "Frunk", "Frunk", "Open frunk", "Open {car}'s frunk?", "opened {car}'s frunk", "{car}'s frunk may be open"
    ),
    Action.TRUNK: ActionWords(
        "🧳",
        "Trunk",
        "trunk opening",
        "Open trunk",
        "Open {car}'s trunk?",
        "opened {car}'s trunk",
        "{car}'s trunk may be open",
    ),
    Action.CHARGE_START: ActionWords(
        "⚡", "Charge", "Charge", "Charge", "Charge {car}?", "started charging {car}", "{car} may not be charging"
    ),
    Action.CHARGE_STOP: ActionWords(
        "⚡",
        "Stop",
        "Stop charging",
        "Stop charging",
        "Stop charging {car}?",
        "stopped charging {car}",
        "{car} may still be charging",
    ),
}
CLOSING = replace(
    ACTION_WORDS[Action.TRUNK],
    noun="trunk closing",
    answer="Close trunk",
    question="Close {car}'s trunk?",
    did="closed {car}'s trunk",
)
"""The words for an action on a trunk that was reported open."""


def words_for(action: Action, *, closes: bool) -> ActionWords:
    """Return the words for an action; only the trunk closes."""
    return CLOSING if closes else ACTION_WORDS[action]


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
    """Ask before an action, in three lines at most on a phone; before one that moves a lid, with its last report."""
    action, words = ACTIONS[it.action], words_for(it.action, closes=it.closes)
    asks = f"{words.sign} <b>{words.question.format(car=name(it.car_name))}</b>"
    lines = [asks]
    if action.toggles:
        lines = [f"{asks} {_FINAL}", _which_way(it, action.signal, now)]
    elif action.opens:
        lines = [f"{asks} {_FINAL}"]
    lines.append(has_time(person, it.prompt.lifetime))
    return "\n".join(lines)


_FINAL = "No undo."


def _which_way(it: Asked, signal: Signal, now: datetime) -> str:
    """Say how a lid was last reported, and that it goes the other way if somebody has moved it since."""
    reading = it.report.reading(signal) if it.report else None
    if reading is None:
        last = "No report of it." if it.report is None else "The car does not report it."
        return f"{last} If open, it closes."
    last, otherwise = ("Open", "If closed, it opens.") if it.closes else ("Closed", "If open, it closes.")
    return f"{last} at {when(reading.at, now=now)}. {otherwise}"


def which_car(action: Action) -> str:
    """Ask which car an action is for."""
    words = ACTION_WORDS[action]
    return f"{words.sign} {words.answer}: which car?"


def cancelled(by: str | None) -> str:
    """Say that a question was cancelled, and who did that if it is known."""
    return f"✖️ Cancelled by {name(by)}" if by else "✖️ Cancelled"


def question_closed(subject: Subject, how: str) -> str:
    """Show a question that is closed without anything being done."""
    if isinstance(subject, Action):
        return f"{how}: {ACTION_WORDS[subject].noun}. Nothing was sent. The car stays as it is."
    what, done = _TASKS[subject]
    return f"{how}: {what}. Nothing was {done}."


def outcome(it: Outcome, *, now: datetime) -> str:
    """Describe the outcome of an action, beginning with the word for its state."""
    emoji, word, text_of = _OUTCOMES[it.state]
    if it.still_open:
        lines = [f"⚠️ {word}, still open: {listed(open_parts(it.still_open))}.", text_of(it, now)]
    else:
        lines = [f"{emoji} {word}: {text_of(it, now)}"]
    if it.opening_may_run_until is not None:
        until = moment(it.opening_may_run_until, now=now)
        lines.append(f"⚠️ An earlier opening may still run until {until}. Tap Lock again after that.")
    return "\n".join(lines)


FOLLOWED_ELSEWHERE = "What comes later is shown in the group."


def see_below(it: Outcome) -> str:
    """Point from the first message of an action to the newer one that tells its outcome, whatever that becomes."""
    return f"⬇️ {_whose(it)}: the answer is below."


def _whose(it: Outcome) -> str:
    return f"{words_for(it.action, closes=it.closes).sign} {_act(it)} for {name(it.car_name)}"


def _act(it: Outcome) -> str:
    return f"{who(it.person_name)}'s {words_for(it.action, closes=it.closes).noun}"


def _accepted(it: Outcome, now: datetime) -> str:
    return f"{_whose(it)}.\n{_accepted_note(it, now)}".rstrip()


def _accepted_note(it: Outcome, now: datetime) -> str:
    car, signal = name(it.car_name), ACTIONS[it.action].signal
    match it.note:
        case Note.WAITING_FOR_REPORT:
            return f"{_ON_ITS_WAY}, not done yet. A sleeping car needs a minute or more."
        case Note.CAR_DOES_NOT_REPORT:
            return f"{_ON_ITS_WAY}. {car} does not report {SIGNAL_NOUNS[signal]}.\nNext: look at the car."
        case Note.MAY_NOT_READ_REPORTS:
            return f"{_ON_ITS_WAY}. I can't read {car}'s reports.\nNext: look at the car."
        case Note.ALREADY_SO if it.reading is not None:
            at = moment(it.reading.at, now=now)
            return f"{_ON_ITS_WAY}. {already(signal, it.reading, car=car)} at {at}: no new report may come."
    return f"{_ON_ITS_WAY}."


_ON_ITS_WAY = "It is on its way to the car"
"""DIMO has queued it."""


def _confirmed(it: Outcome, now: datetime) -> str:
    words = words_for(it.action, closes=it.closes)
    did = words.did.format(car=name(it.car_name))
    at = f", {moment(it.reading.at, now=now)}" if it.reading else ""
    person = who(it.person_name)
    return f"{words.sign} {person if it.person_name else person.capitalize()} {did}{at}"


def _in_doubt(it: Outcome) -> str:
    return words_for(it.action, closes=it.closes).in_doubt.format(car=name(it.car_name))


def _reported_since(it: Outcome, now: datetime) -> str | None:
    """Say what the car reported after the command, if that proves nothing about the command."""
    if it.note is not Note.REPORTED_SINCE or it.reading is None:
        return None
    return (
        f"Since then the car reported: {reads(ACTIONS[it.action].signal, it.reading)}, {when(it.reading.at, now=now)}."
    )


def _not_confirmed(it: Outcome, now: datetime) -> str:
    last = "I have no report from the car."
    if it.reading is not None:
        last = f"Last report: {reads(ACTIONS[it.action].signal, it.reading)}, {when(it.reading.at, now=now)}."
    return (
        f"{_in_doubt(it)}.\n{_reported_since(it, now) or last}\n"
        f"{_act(it)} went out, and no report of it came.\nNext: look at the car."
    )


def _refused(it: Outcome) -> str:
    reason = it.reason or Reason.DIMO_REFUSED
    return f"{_whose(it)}.\n{why(reason, car=it.car_name)}\n{next_step(reason)}"


def _unknown(it: Outcome, now: datetime) -> str:
    since = _reported_since(it, now)
    return (
        f"{_in_doubt(it)}.\n"
        + (f"{since}\n" if since else "")
        + f"No clear answer to {_act(it)}. I sent it once only.\nNext: look at the car."
    )


_OUTCOMES: Mapping[State, tuple[str, str, Callable[[Outcome, datetime], str]]] = {
    State.QUEUED: ("⏳", "Sending", lambda it, _: f"{_whose(it)}. It waits for the command before it."),
    State.SENDING: ("⏳", "Sending", lambda it, _: f"{_whose(it)}."),
    State.ACCEPTED: ("📨", "Accepted", _accepted),
    State.CONFIRMED: ("✅", "Confirmed", _confirmed),
    State.NOT_CONFIRMED: ("❔", "Not confirmed", _not_confirmed),
    State.REFUSED: ("⛔", "Refused", lambda it, _: _refused(it)),
    State.UNKNOWN: ("❓", "Unknown", _unknown),
}
STATE_WORDS: Mapping[State, tuple[str, str]] = {state: (sign, word) for state, (sign, word, _) in _OUTCOMES.items()}
"""The sign and the word for each state."""
