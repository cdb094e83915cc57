"""The texts about cars: the panel, the car's report, and the choice of a car."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from bot.domain.refusals import KNOWN_FAULTS, Reason
from bot.domain.reports import CABIN_DOORS, OPENABLE, TRUNKS, WINDOWS, CarReport, Reading, Signal
from bot.domain.roles import Role
from bot.service.cars.accessible_cars import AccessibleCar
from bot.telegram.texts.formatting import age, count, distance, listed, moment, name, title
from bot.telegram.texts.linking import ended
from bot.telegram.texts.refusals import why

ASKING_THE_CAR = "Asking for the car's last report…"
MAY_NOT_PIN = "📌 I may not pin here.\nNext: hold the panel and tap Pin."
WHICH = "🚗 Which car?"
NEWER_PANEL = "🚗 The panel is further down."
PANEL_OVER = "🚗 This panel has ended.\nNext: /car."

_SIGNALS: Mapping[Signal, tuple[str, str, str, str]] = {
    Signal.LOCKED: ("its lock", "", "locked", "unlocked"),
    Signal.FRUNK_OPEN: ("its frunk", "frunk", "open", "closed"),
    Signal.TRUNK_OPEN: ("its trunk", "trunk", "open", "closed"),
    Signal.CHARGING: ("its charging", "", "charging", "not charging"),
}
"""What a signal is about, the part of the car, if it is one, then the words for on and for off."""

SIGNAL_NOUNS: Mapping[Signal, str] = {signal: words[0] for signal, words in _SIGNALS.items()}
_PARTS: Mapping[Signal, str] = {
    Signal.DOOR_ROW1_DRIVER_SIDE_OPEN: "driver's door",
    Signal.DOOR_ROW1_PASSENGER_SIDE_OPEN: "passenger's door",
    Signal.DOOR_ROW2_DRIVER_SIDE_OPEN: "rear door",
    Signal.DOOR_ROW2_PASSENGER_SIDE_OPEN: "rear door",
    Signal.TRUNK_OPEN: "trunk",
    Signal.FRUNK_OPEN: "frunk",
    Signal.WINDOW_ROW1_DRIVER_SIDE_OPEN: "driver's window",
    Signal.WINDOW_ROW1_PASSENGER_SIDE_OPEN: "passenger's window",
    Signal.WINDOW_ROW2_DRIVER_SIDE_OPEN: "rear window",
    Signal.WINDOW_ROW2_PASSENGER_SIDE_OPEN: "rear window",
}
"""What can stand open; of the rear ones a person sees which it is."""

_SHARES = (("🔋", Signal.BATTERY_PERCENT), ("⛽", Signal.FUEL_PERCENT))
_FRESH = timedelta(minutes=2)
"""A report younger than this is shown without its age."""


def panel(
    car: AccessibleCar, report: CarReport | None, note: str | None, now: datetime, *, fault: Reason | None
) -> str:
    """Show at a glance what a car last reported, and what keeps commands from it."""
    lines = [f"🚗 {title(car.name, car.description)}", *_at_a_glance(car, report, now)]
    if note:
        lines.append(note)
    if not car.may_be_commanded:
        lines.append(why(Reason.NOT_SHARED_FOR_COMMANDS, car=car.name))
    elif fault is not None:
        lines.append(f"⚠️ {KNOWN_FAULTS[fault]}")
    return "\n".join(lines + _ended(car))


def _at_a_glance(car: AccessibleCar, report: CarReport | None, now: datetime) -> list[str]:
    """Say what a car last reported without the time of each reading: a car reports what changes."""
    if report is None:
        return []
    if not report.readings:
        return ["The car has not reported anything yet."]
    lines = [_closed_parts(report), _doors(report), _energy(car, report), *_error_codes(report)]
    if report.last_seen is not None:
        lines.append(f"📡 Last contact {moment(report.last_seen, now=now)}")
    return [line for line in lines if line]


def _closed_parts(report: CarReport) -> str:
    """Say whether a car is locked and its trunks are closed; what it does not report is said to be that."""
    lock = report.reading(Signal.LOCKED)
    words = ["❔ Lock not reported" if lock is None else f"{'🔒' if lock.is_on else '🔓'} {_cap(Signal.LOCKED, lock)}"]
    trunks = {signal: reading for signal in TRUNKS if (reading := report.reading(signal))}
    words += [reads(signal, reading) for signal, reading in trunks.items() if reading.is_on]
    if not trunks:
        words.append("trunks not reported")
    elif not any(reading.is_on for reading in trunks.values()):
        words.append("trunks closed" if len(trunks) > 1 else reads(*next(iter(trunks.items()))))
    return " · ".join(words)


def _doors(report: CarReport) -> str:
    """Say which doors and windows are open, or that all are closed; nothing if the car reports none."""
    known = [one for one in (*CABIN_DOORS, *WINDOWS) if report.reading(one) is not None]
    is_open = [*open_parts(report.reported_open() & set(known))]
    if is_open:
        return f"🚪 Open: {listed(is_open)}"
    kinds = [noun for noun, parts in (("doors", CABIN_DOORS), ("windows", WINDOWS)) if set(parts) <= set(known)]
    return f"🚪 {listed(kinds).capitalize()} closed" if kinds else ""


def open_parts(parts: Collection[Signal]) -> list[str]:
    """Name what is open, each once."""
    return list(dict.fromkeys(_PARTS[one] for one in OPENABLE if one in parts))


def _energy(car: AccessibleCar, report: CarReport) -> str:
    """Say in one line how much is in the battery and the tank, how far that goes, and whether it charges."""
    shares = ((sign, report.reading(signal)) for sign, signal in _SHARES)
    words = [f"{sign} {reading.value:.0f}%" for sign, reading in shares if reading]
    reach, charging = report.reading(Signal.RANGE_KM), report.reading(Signal.CHARGING)
    if reach is not None:
        words.append(f"{'' if words else '🛣 '}{distance(reach.value, miles=car.is_in_miles)}")
    if charging is not None:
        words.append(reads(Signal.CHARGING, charging) if words else f"⚡ {_cap(Signal.CHARGING, charging)}")
    return " · ".join(words)


def status(car: AccessibleCar, report: CarReport | None, note: str | None, now: datetime) -> str:
    """Show what a car last reported, each reading with its time."""
    lines = [f"📋 <b>{name(car.name)}</b>"]
    if report is not None:
        lines += report_lines(report, now=now, miles=car.is_in_miles) or ["The car has not reported anything yet."]
    unreported = [
        noun for signal, noun in SIGNAL_NOUNS.items() if car.reports is not None and signal not in car.reports
    ]
    if unreported:
        lines.append(f"It does not report {listed(unreported, last='or')}.")
    if note:
        lines.append(note)
    return "\n".join(lines + _ended(car))


def _ended(car: AccessibleCar) -> list[str]:
    """Say what has ended, to whoever can renew it or knows who can."""
    if car.ended is None:
        return []
    return [
        ended(car.ended) if car.access.role is Role.OWNER else f"🔑 {name(car.owner_name)} needs to renew the share."
    ]


def report_lines(report: CarReport, *, now: datetime, miles: bool = False) -> list[str]:
    """Say what a car last reported, a line for each signal that it sent, with its time."""
    lines = []
    for signal, signs in ((Signal.LOCKED, "🔒🔓"), (Signal.TRUNK_OPEN, "🧳🧳"), (Signal.FRUNK_OPEN, "📦📦")):
        if reading := report.reading(signal):
            lines.append(f"{signs[0 if reading.is_on else 1]} {_cap(signal, reading)}, {when(reading.at, now=now)}")
    for sign, noun, parts in (("🚪", "Doors", CABIN_DOORS), ("🪟", "Windows", WINDOWS)):
        is_open = report.reported_open() & set(parts)
        known = [reading for one in is_open or parts if (reading := report.reading(one))]
        if is_open or len(known) == len(parts):
            state = f"Open: {listed(open_parts(is_open))}" if is_open else f"{noun} closed"
            lines.append(f"{sign} {state}, {when(max(one.at for one in known), now=now)}")
    lines += [*_energy_with_times(report, now, miles=miles), *_error_codes(report, now=now)]
    if report.last_seen is not None:
        lines.append(f"📡 Last contact {when(report.last_seen, now=now)}")
    return lines


def _energy_with_times(report: CarReport, now: datetime, *, miles: bool) -> list[str]:
    lines = []
    battery, fuel = report.reading(Signal.BATTERY_PERCENT), report.reading(Signal.FUEL_PERCENT)
    charging, reach = report.reading(Signal.CHARGING), report.reading(Signal.RANGE_KM)
    if battery is not None:
        state = f", {reads(Signal.CHARGING, charging)}" if charging else ""
        lines.append(f"🔋 {battery.value:.0f}%{state}, {when(battery.at, now=now)}")
    elif charging is not None:
        lines.append(f"⚡ {_cap(Signal.CHARGING, charging)}, {when(charging.at, now=now)}")
    if fuel is not None:
        lines.append(f"⛽ {fuel.value:.0f}%, {when(fuel.at, now=now)}")
    if reach is not None:
        lines.append(f"🛣 {distance(reach.value, miles=miles)} range, {when(reach.at, now=now)}")
    return lines


def _error_codes(report: CarReport, *, now: datetime | None = None) -> list[str]:
    """Say how many error codes the car reports, and when it did if `now` is given."""
    codes = report.codes
    if codes.listed is not None and codes.listed_at is not None and codes.listed.codes:
        number, at = len(codes.listed.codes), codes.listed_at
    elif codes.count is not None and codes.count.value >= 1:
        number, at = round(codes.count.value), codes.count.at
    else:
        return []
    return [f"🔧 {count(number, 'error code')}" + ("" if now is None else f", {when(at, now=now)}")]


def reads(signal: Signal, reading: Reading) -> str:
    """Say what a yes-or-no signal reads."""
    _, part, on, off = _SIGNALS[signal]
    return f"{part} {on if reading.is_on else off}".strip()


def already(signal: Signal, reading: Reading, *, car: str) -> str:
    """Say that a car, or its part, was so before."""
    _, part, on, off = _SIGNALS[signal]
    what = f"{car}'s {part}" if part else car
    return f"{what} was already {on if reading.is_on else off}"


def _cap(signal: Signal, reading: Reading) -> str:
    return reads(signal, reading).capitalize()


def when(at: datetime, *, now: datetime) -> str:
    """Show when something was reported, with its age unless it is fresh."""
    return moment(at, now=now) if now - at < _FRESH else f"{moment(at, now=now)} ({age(at, now=now)})"


def no_report(reason: Reason, *, car: str) -> str:
    """Say why there is no report of a car."""
    return f"I can't get the car's report right now. {why(reason, car=car)}"


def charge(car: AccessibleCar) -> str:
    """Ask whether to start or to stop charging."""
    return f"⚡ Start or stop charging {name(car.name)}?"


def choice(question: str, *, left_out: int, shown: int) -> str:
    """Ask for one of the cars that are shown."""
    return f"{question} These are the first {shown}." if left_out else question
