"""Every sentence that people read about cars and actions; a translation is this file and its neighbours once more."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.actions import ACTIONS, Action
from bot.domain.expiry import Ending
from bot.domain.outcomes import Note, Outcome, State
from bot.domain.prompts import Subject, Task
from bot.domain.refusals import Reason
from bot.domain.reports import CarReport, Reading, Signal
from bot.telegram.texts.formatting import age, duration, moment, name, who
from bot.telegram.texts.refusals import REFUSALS


@dataclass(frozen=True, slots=True)
class ActionWords:
    """How one action is spoken of."""

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
        "🧳 Frunk",
        "Frunk",
        "Open the front trunk of {car}?",
        "{car}'s front trunk is open",
        "opened its front trunk",
    ),
    Action.TRUNK: ActionWords(
        "🚪 Trunk",
        "Trunk",
        "Open the rear trunk of {car}?",
        "{car}'s rear trunk is open",
        "moved its rear trunk",
    ),
    Action.CHARGE_START: ActionWords(
        "⚡ Start charging",
        "Start charging",
        "Start charging {car}?",
        "{car} is charging",
        "started charging",
    ),
    Action.CHARGE_STOP: ActionWords(
        "⏸ Stop charging",
        "Stop charging",
        "Stop charging {car}?",
        "{car} is not charging",
        "stopped charging",
    ),
}

_READS: Mapping[Signal, tuple[str, str]] = {
    Signal.LOCKED: ("locked", "unlocked"),
    Signal.FRUNK_OPEN: ("front trunk open", "front trunk closed"),
    Signal.TRUNK_OPEN: ("rear trunk open", "rear trunk closed"),
    Signal.CHARGING: ("charging", "not charging"),
}

_EMOJI: Mapping[Signal, tuple[str, str]] = {
    Signal.LOCKED: ("🔒", "🔓"),
    Signal.FRUNK_OPEN: ("🧳", "🧳"),
    Signal.TRUNK_OPEN: ("🚪", "🚪"),
}

_FRESH = timedelta(minutes=2)
"""A report younger than this is shown without its age."""

_SIGNAL_NOUN: Mapping[Signal, str] = {
    Signal.LOCKED: "its lock",
    Signal.FRUNK_OPEN: "its front trunk",
    Signal.TRUNK_OPEN: "its rear trunk",
    Signal.CHARGING: "its charging",
}


def reads(signal: Signal, reading: Reading) -> str:
    """Say what a yes-or-no signal reads."""
    return _READS[signal][0 if reading.is_on else 1]


def outcome(it: Outcome, *, now: datetime) -> str:
    """Say what became of an action; the first word is the outcome's own."""
    lines = [_OUTCOMES[it.state](it, now)]
    if it.opening_may_run_until is not None:
        until = moment(it.opening_may_run_until, now=now)
        lines.append(f"⚠️ An opening before it may still run at the car until {until}. Tap Lock again after that.")
    if it.open_door_at is not None:
        lines.append(f"🚪 A door was reported open at {moment(it.open_door_at, now=now)}.")
    if it.ended is not None:
        lines.append(ended(it.ended))
    return "\n".join(lines)


def ended(what: Ending) -> str:
    """Say in every answer what has ended."""
    return f"🔗 {_ENDED[what]} has ended. Next: link again."


_ENDED: Mapping[Ending, str] = {
    Ending.SIGN_IN: "The DIMO sign-in",
    Ending.CONSOLE_TOKEN: "The DIMO console token",
    Ending.SHARE: "The time for which the car was shared",
}


def _whose(it: Outcome) -> str:
    return f"{who(it.person_name)}'s {ACTION_WORDS[it.action].noun} for {name(it.car_name)}"


def _queued(it: Outcome, now: datetime) -> str:  # noqa: ARG001 - one of a table of functions
    return f"⏳ Sending: {_whose(it)}. It waits for the command before it."


def _sending(it: Outcome, now: datetime) -> str:  # noqa: ARG001 - one of a table of functions
    return f"⏳ Sending: {_whose(it)}."


def _accepted(it: Outcome, now: datetime) -> str:
    return f"📨 Accepted: DIMO took {_whose(it)}.\n{_accepted_note(it, now)}".rstrip()


def _accepted_note(it: Outcome, now: datetime) -> str:
    car = name(it.car_name)
    match it.note:
        case Note.WAITING_FOR_REPORT:
            return "Waiting for the car to report it. A sleeping car needs a minute or more."
        case Note.CAR_DOES_NOT_REPORT:
            noun = _SIGNAL_NOUN[ACTIONS[it.action].signal]
            return f"{car} does not report {noun}, so I can't tell whether it happened.\nNext: look at the car."
        case Note.MAY_NOT_READ_REPORTS:
            return f"I can't read {car}'s reports, so I can't tell whether it happened.\nNext: look at the car."
        case Note.ALREADY_SO if it.reading is not None:
            was = reads(ACTIONS[it.action].signal, it.reading)
            return f"{car} was already {was} at {moment(it.reading.at, now=now)}, so a new report may not come."
    return ""


def _confirmed(it: Outcome, now: datetime) -> str:
    when = f" It reported so at {moment(it.reading.at, now=now)}." if it.reading else ""
    done = ACTION_WORDS[it.action].done.format(car=name(it.car_name))
    return f"✅ Confirmed: {done}.{when} Asked by {who(it.person_name)}."


def _not_confirmed(it: Outcome, now: datetime) -> str:
    signal = ACTIONS[it.action].signal
    last = "I could not read any of its reports."
    if it.reading is not None:
        last = f"Last report: {reads(signal, it.reading)}, {_when(it.reading, now)}."
    return (
        f"❔ Not confirmed: DIMO took {_whose(it)}, but I have no report of it from the car.\n{last}"
        "\nNext: look at the car, or tap Status."
    )


def _refused(it: Outcome, now: datetime) -> str:  # noqa: ARG001 - one of a table of functions
    words = REFUSALS[it.reason or Reason.DIMO_REFUSED]
    why = words.why.format(car=name(it.car_name))
    return f"⛔ Refused: {_whose(it)} was not done. {why}\nNext: {_lower_first(words.next)}"


def _unknown(it: Outcome, now: datetime) -> str:  # noqa: ARG001 - one of a table of functions
    return (
        f"❓ Unknown: no clear answer to {_whose(it)}. It may or may not have {ACTION_WORDS[it.action].may}."
        "\nI don't try again by myself. Next: look at the car, or tap Status."
    )


_OUTCOMES = {
    State.QUEUED: _queued,
    State.SENDING: _sending,
    State.ACCEPTED: _accepted,
    State.CONFIRMED: _confirmed,
    State.NOT_CONFIRMED: _not_confirmed,
    State.REFUSED: _refused,
    State.UNKNOWN: _unknown,
}


def refusal(reason: Reason, *, car: str | None = None) -> str:
    """Say no to a person: why, and what next."""
    words = REFUSALS[reason]
    return f"{words.why.format(car=name(car) if car else 'the car')}\nNext: {_lower_first(words.next)}"


def no_report(reason: Reason, *, car: str) -> str:
    """Say why there is no report of a car."""
    return f"I can't get the car's report right now. {REFUSALS[reason].why.format(car=name(car))}"


def _lower_first(text: str) -> str:
    return text if text[:2] == "I " else text[:1].lower() + text[1:]


def _when(reading: Reading, now: datetime) -> str:
    at = moment(reading.at, now=now)
    return at if now - reading.at < _FRESH else f"{at} ({age(reading.at, now=now)})"


def question(
    action: Action, *, car: str, person: str, report: CarReport | None, lifetime: timedelta, now: datetime
) -> str:
    """Ask before an action; a lid that toggles is asked about with its last report."""
    lines = [f"<b>{ACTION_WORDS[action].question.format(car=name(car))}</b>"]
    if ACTIONS[action].toggles:
        lines.append("On cars with a powered lid this also closes it.")
        lines.append(_last_report(action, car=car, report=report, now=now))
    if ACTIONS[action].opens:
        lines.append("Once sent, it can't be called back: a sleeping car may open a minute or more later.")
    lines.append(f"Only {name(person)} can confirm, within {duration(lifetime)}.")
    return "\n".join(lines)


def _last_report(action: Action, *, car: str, report: CarReport | None, now: datetime) -> str:
    signal = ACTIONS[action].signal
    if report is None:
        return f"I don't have a report from {name(car)} right now."
    reading = report.reading(signal)
    if reading is None:
        return f"{name(car)} does not report {_SIGNAL_NOUN[signal]}."
    return f"Last report: {reads(signal, reading)}, {_when(reading, now)}."


def question_closed(subject: Subject, how: str) -> str:
    """Show a question that is closed without anything being done."""
    if isinstance(subject, Action):
        return f"{how}: {ACTION_WORDS[subject].noun}. Nothing was sent."
    what, done = _TASKS[subject]
    return f"{how}: {what}. Nothing was {done}."


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


def report_lines(report: CarReport, *, now: datetime) -> list[str]:
    """Say what a car last reported; what it never sent is named by `unreported`, not here."""
    lines = []
    for signal, (on, off) in _EMOJI.items():
        reading = report.reading(signal)
        if reading is not None:
            emoji = on if reading.is_on else off
            lines.append(f"{emoji} {reads(signal, reading).capitalize()}, {_when(reading, now)}")
    door = report.open_door()
    if door is not None:
        lines.append(f"🚪 A door is open, {_when(door, now)}")
    lines += _energy(report, now)
    lines += _error_codes(report, now)
    if report.last_seen is not None:
        lines.append(f"📡 Last heard of: {_when(Reading(0.0, report.last_seen), now)}")
    return lines


def _error_codes(report: CarReport, now: datetime) -> list[str]:
    codes = report.codes
    if codes.listed is not None and codes.listed_at is not None and codes.listed.codes:
        count, at = len(codes.listed.codes), codes.listed_at
    elif codes.count is not None and codes.count.value >= 1:
        count, at = round(codes.count.value), codes.count.at
    else:
        return []
    return [f"🔧 {count} error code{'' if count == 1 else 's'}, {_when(Reading(0.0, at), now)}"]


def _energy(report: CarReport, now: datetime) -> list[str]:
    lines = []
    battery, fuel = report.reading(Signal.BATTERY_PERCENT), report.reading(Signal.FUEL_PERCENT)
    charging, reach = report.reading(Signal.CHARGING), report.reading(Signal.RANGE_KM)
    if battery is not None:
        state = f", {reads(Signal.CHARGING, charging)}" if charging else ""
        lines.append(f"🔋 {battery.value:.0f} %{state}, {_when(battery, now)}")
    elif charging is not None:
        lines.append(f"⚡ {reads(Signal.CHARGING, charging).capitalize()}, {_when(charging, now)}")
    if fuel is not None:
        lines.append(f"⛽ {fuel.value:.0f} %, {_when(fuel, now)}")
    if reach is not None:
        lines.append(f"🛣 {reach.value:.0f} km to go")
    return lines


def unreported(reports: frozenset[Signal] | None) -> str | None:
    """Name what a car does not report, where that is known."""
    if reports is None:
        return None
    missing = [_SIGNAL_NOUN[signal] for signal in _READS if signal not in reports]
    return f"It does not report {_listed(missing)}." if missing else None


def _listed(nouns: list[str]) -> str:
    return nouns[0] if len(nouns) == 1 else f"{', '.join(nouns[:-1])} or {nouns[-1]}"
