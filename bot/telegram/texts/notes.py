"""The texts about notes: what the bot tells of a car by itself, and who wants that."""

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.domain.notes import TOPIC_OF, MuteLength, Note, NoteKind
from bot.domain.preferences import Topic
from bot.domain.reports import Signal
from bot.service.notes.choices import Muted, NotesView
from bot.telegram.texts.cars import open_parts
from bot.telegram.texts.formatting import listed, moment, name
from bot.telegram.texts.settings import TOPICS

MUTE, BACK, WHICH = "🔕 Mute", "⬅️ Back", "⚙️ Which notes"
STOP, SEND, UNMUTE = "🔕 Send me none", "🔔 Send me notes", "🔔 Unmute all"
LENGTHS: Mapping[MuteLength, str] = {
    MuteLength.HALF_AN_HOUR: "30 minutes",
    MuteLength.TOMORROW: "Until tomorrow",
    MuteLength.FOR_GOOD: "For good",
}
_TYRES: Mapping[Signal, str] = {
    Signal.TYRE_ROW1_LEFT_KPA: "front left",
    Signal.TYRE_ROW1_RIGHT_KPA: "front right",
    Signal.TYRE_ROW2_LEFT_KPA: "rear left",
    Signal.TYRE_ROW2_RIGHT_KPA: "rear right",
}
_CHARGER = "Next: look at the cable and the charger."


def note(it: Note, *, now: datetime) -> str:
    """Say what a car reports, or that it is over."""
    if it.over_at is not None:
        return f"✅ {_OVER[it.kind](it)}, {moment(it.over_at, now=now)}."
    return _SAYS[it.kind](it, moment(it.since, now=now))


def _left_open(it: Note, since: str) -> str:
    return f"🚪 {name(it.car_name)}: {_parts(it)} still open, since {since}."


def _low_tyre(it: Note, _: str) -> str:
    return f"🛞 {name(it.car_name)} has a low tyre: {_parts(it)}.\nNext: check the pressure."


_SAYS: Mapping[NoteKind, Callable[[Note, str], str]] = {
    NoteKind.LEFT_OPEN: _left_open,
    NoteKind.LEFT_UNLOCKED: lambda it, since: f"🔓 {name(it.car_name)} has been unlocked since {since}.",
    NoteKind.CHARGED: lambda it, since: f"🔋 {name(it.car_name)} has finished charging{_at(it)}, {since}.",
    NoteKind.CHARGE_STOPPED: lambda it, since: (
        f"⚠️ {name(it.car_name)} stopped charging by itself{_at(it)}, {since}.\n{_CHARGER}"
    ),
    NoteKind.NOT_CHARGING: lambda it, since: (
        f"⚠️ {name(it.car_name)} is plugged in and does not charge, since {since}.\n{_CHARGER}"
    ),
    NoteKind.LOW_BATTERY: lambda it, _: f"🪫 {name(it.car_name)}'s battery is low{_is(it)}.",
    NoteKind.LOW_FUEL: lambda it, _: f"⛽ {name(it.car_name)}'s fuel is low{_is(it)}.",
    NoteKind.LOW_TYRE: _low_tyre,
    NoteKind.MOVED: lambda it, since: f"📍 {name(it.car_name)} is not where it was parked, {since}.",
}
_OVER: Mapping[NoteKind, Callable[[Note], str]] = {
    NoteKind.LEFT_OPEN: lambda it: f"{name(it.car_name)}: {_parts(it)} closed again",
    NoteKind.LEFT_UNLOCKED: lambda it: f"{name(it.car_name)} is locked again",
    NoteKind.CHARGED: lambda it: f"{name(it.car_name)} had finished charging",
    NoteKind.CHARGE_STOPPED: lambda it: f"{name(it.car_name)} had stopped charging by itself",
    NoteKind.NOT_CHARGING: lambda it: f"{name(it.car_name)} was plugged in and did not charge until then",
    NoteKind.LOW_BATTERY: lambda it: f"{name(it.car_name)}'s battery was low until then{_now(it)}",
    NoteKind.LOW_FUEL: lambda it: f"{name(it.car_name)}'s fuel was low until then{_now(it)}",
    NoteKind.LOW_TYRE: lambda it: f"{name(it.car_name)}'s tyres are fine again",
    NoteKind.MOVED: lambda it: f"{name(it.car_name)} is parked again",
}


def _parts(it: Note) -> str:
    return listed([*open_parts(it.parts), *(_TYRES[part] for part in it.parts if part in _TYRES)])


def _at(it: Note) -> str:
    return "" if it.percent is None else f" at {it.percent:.0f}%"


def _is(it: Note) -> str:
    return "" if it.percent is None else f": {it.percent:.0f}%"


def _now(it: Note) -> str:
    return "" if it.percent is None else f"; now {it.percent:.0f}%"


def for_how_long(it: Note, *, now: datetime) -> str:
    """Ask for how long somebody wants no notes of this topic."""
    return f"{note(it, now=now)}\n🔕 For how long do I not tell you when {TOPICS[TOPIC_OF[it.kind]]}?"


def muted(it: Muted, *, now: datetime) -> str:
    """Say what somebody is not told any more, and how to change that."""
    return f"🔕 I don't tell you when {TOPICS[TOPIC_OF[it.kind]]}, {_until(it.until, now)}.\n/notes changes it."


def _until(until: datetime | None, now: datetime) -> str:
    return "until you change it" if until is None else f"until {moment(until, now=now)}"


def notes(it: NotesView, *, now: datetime) -> str:
    """Say what a person is told of the cars, and what not."""
    title = "<b>🔔 Notes</b>"
    if not it.topics:
        nothing = "Next: tap Which notes." if it.is_owner else "The owner of the cars has switched them off."
        return f"{title}\nI tell nobody what the cars report. {nothing}"
    if not it.takes:
        return f"{title}\nI send you none. I can tell you when:\n{_list(it.topics)}"
    told = [one for one in it.topics if one not in it.muted]
    lines = [title, *([f"I tell you when:\n{_list(told)}"] if told else [])]
    lines += [f"🔕 Not when {TOPICS[topic]}, {_until(until, now)}" for topic, until in it.muted.items()]
    return "\n".join(lines)


def _list(topics: list[Topic] | tuple[Topic, ...]) -> str:
    return "\n".join(f"• {TOPICS[topic]}" for topic in topics)
