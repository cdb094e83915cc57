"""The texts about cars: the panel, the car's report, and the choice of a car."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.domain.expiry import Ending
from bot.domain.refusals import KNOWN_FAULTS, Reason
from bot.domain.reports import CarReport, Reading, Signal
from bot.service.cars.accessible_cars import AccessibleCar
from bot.telegram.texts.formatting import age, count, listed, moment, name, title
from bot.telegram.texts.linking import ended
from bot.telegram.texts.refusals import why

ASKING_THE_CAR = "Asking for the car's last report…"

_SIGNALS: Mapping[Signal, tuple[str, str, str, str]] = {
    Signal.LOCKED: ("its lock", "🔒🔓", "locked", "unlocked"),
    Signal.FRUNK_OPEN: ("its front trunk", "🧳🧳", "front trunk open", "front trunk closed"),
    Signal.TRUNK_OPEN: ("its rear trunk", "🚪🚪", "rear trunk open", "rear trunk closed"),
    Signal.CHARGING: ("its charging", "⚡⚡", "charging", "not charging"),
}
"""What a signal is about, then the emoji and the words for on and for off."""

SIGNAL_NOUNS: Mapping[Signal, str] = {signal: words[0] for signal, words in _SIGNALS.items()}
_FRESH = timedelta(minutes=2)
"""A report younger than this is shown without its age."""


def panel(
    car: AccessibleCar,
    report: CarReport | None,
    note: str | None,
    now: datetime,
    *,
    impossible: Sequence[str],
    fault: Reason | None,
) -> str:
    """Show a car's name, its last report, and what can't be done with it, or with any car because of DIMO's fault."""
    lines = [f"🚗 {title(car.name, car.description)}", *_state(car, report, note, now)]
    if impossible:
        lines.append(f"Not possible with this car: {', '.join(impossible)}.")
    if not car.may_be_commanded:
        lines.append(why(Reason.NOT_SHARED_FOR_COMMANDS, car=car.name))
    elif fault is not None:
        lines.append(f"⚠️ {KNOWN_FAULTS[fault]}")
    return "\n".join(lines)


def status(car: AccessibleCar, report: CarReport | None, note: str | None, now: datetime) -> str:
    """Show what a car last reported."""
    return "\n".join([f"📋 <b>{name(car.name)}</b>", *_state(car, report, note, now)])


def _state(car: AccessibleCar, report: CarReport | None, note: str | None, now: datetime) -> list[str]:
    lines = report_lines(report, now=now) if report else []
    if report and not lines:
        lines.append("The car has not reported anything yet.")
    unreported = [
        noun for signal, noun in SIGNAL_NOUNS.items() if car.reports is not None and signal not in car.reports
    ]
    if unreported:
        lines.append(f"It does not report {listed(unreported, last='or')}.")
    if note:
        lines.append(note)
    return lines if car.ended is None else [*lines, ended(car.ended)]


def report_lines(report: CarReport, *, now: datetime) -> list[str]:
    """Say what a car last reported, a line for each signal that it sent."""
    lids = [(signal, report.reading(signal)) for signal in (Signal.LOCKED, Signal.FRUNK_OPEN, Signal.TRUNK_OPEN)]
    lines = [_reported(signal, reading, now) for signal, reading in lids if reading is not None]
    door = report.open_door()
    if door is not None:
        lines.append(f"🚪 A door is open, {when(door.at, now=now)}")
    lines += [*_energy(report, now), *_error_codes(report, now)]
    if report.last_seen is not None:
        lines.append(f"📡 Last heard of: {when(report.last_seen, now=now)}")
    return lines


def _energy(report: CarReport, now: datetime) -> list[str]:
    lines = []
    battery, fuel = report.reading(Signal.BATTERY_PERCENT), report.reading(Signal.FUEL_PERCENT)
    charging, reach = report.reading(Signal.CHARGING), report.reading(Signal.RANGE_KM)
    if battery is not None:
        state = f", {reads(Signal.CHARGING, charging)}" if charging else ""
        lines.append(f"🔋 {battery.value:.0f} %{state}, {when(battery.at, now=now)}")
    elif charging is not None:
        lines.append(_reported(Signal.CHARGING, charging, now))
    if fuel is not None:
        lines.append(f"⛽ {fuel.value:.0f} %, {when(fuel.at, now=now)}")
    if reach is not None:
        lines.append(f"🛣 {reach.value:.0f} km to go")
    return lines


def _error_codes(report: CarReport, now: datetime) -> list[str]:
    codes = report.codes
    if codes.listed is not None and codes.listed_at is not None and codes.listed.codes:
        number, at = len(codes.listed.codes), codes.listed_at
    elif codes.count is not None and codes.count.value >= 1:
        number, at = round(codes.count.value), codes.count.at
    else:
        return []
    return [f"🔧 {count(number, 'error code')}, {when(at, now=now)}"]


def reads(signal: Signal, reading: Reading) -> str:
    """Say what a yes-or-no signal reads."""
    return _SIGNALS[signal][2 if reading.is_on else 3]


def _reported(signal: Signal, reading: Reading, now: datetime) -> str:
    emoji = _SIGNALS[signal][1][0 if reading.is_on else 1]
    return f"{emoji} {reads(signal, reading).capitalize()}, {when(reading.at, now=now)}"


def when(at: datetime, *, now: datetime) -> str:
    """Show when something was reported, with its age unless it is fresh."""
    return moment(at, now=now) if now - at < _FRESH else f"{moment(at, now=now)} ({age(at, now=now)})"


def no_report(reason: Reason, *, car: str) -> str:
    """Say why there is no report of a car."""
    return f"I can't get the car's report right now. {why(reason, car=car)}"


def charge(car: AccessibleCar) -> str:
    """Ask whether to start or to stop charging."""
    text = f"Start or stop charging {name(car.name)}?"
    return text if car.ended is None else f"{text}\n{ended(car.ended)}"


def choice(*, left_out: int, shown: int, what_ended: Ending | None) -> str:
    """Ask for one of the cars that are shown."""
    text = f"Which car? These are the first {shown}." if left_out else "Which car?"
    return text if what_ended is None else f"{text}\n{ended(what_ended)}"
