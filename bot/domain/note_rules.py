"""What a car's reports give reason to tell.

A rule looks at what a car reported and says whether something holds now: a door stands open, the battery is low. One
mechanism makes notes of that: a note begins once something has held for long enough, changes with it, and ends with it.
"""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.notes import NoteKind
from bot.domain.outcomes import is_ahead
from bot.domain.reports import CABIN_DOORS, OPENABLE, TYRES, CarReport, Reading, Signal

LOOKS_WHILE_REPORTING = timedelta(minutes=5)
"""How long at least lies between two looks at a car that is reporting, or of which a note is about to begin."""
LOOKS_OTHERWISE = timedelta(minutes=30)
LOOKS_WHILE_PUSHED = timedelta(hours=6)
"""How long lies between two looks at a car of which DIMO tells by itself, and with which nothing is going on."""

_IS_REPORTING = timedelta(minutes=10)
_IS_MOVING = timedelta(minutes=10)
"""How long after it reported a speed a car counts as moving, unless it reports that it stands."""
_CHARGE_STANDS_OUT = timedelta(minutes=10)
"""How long a car may take to charge after its time has come."""
_LOW_PERCENT, _ENOUGH_PERCENT = 20.0, 25.0
_LOW_KPA, _ENOUGH_KPA = 200.0, 210.0
"""A low value is over only with a little more, so that one that goes up and down is one note."""
_NEAR_METRES, _FAR_METRES = 60.0, 300.0
"""How exact a receiver in a street is, and how far a car is away that was driven or towed."""
_METRES_PER_DEGREE = 111_320.0
_NEARLY_FULL = 97.0
"""Percent from which a battery counts as full if the car does not report its limit; they report it in whole steps."""
_NEAR_LIMIT = 1.5


@dataclass(frozen=True, slots=True)
class Told:
    """A note that has begun: since when it holds, and the parts of the car that it names."""

    since: datetime
    parts: tuple[Signal, ...] = ()


@dataclass(frozen=True, slots=True)
class ChargeEnd:
    """The last time that a car stopped charging while it was watched."""

    at: datetime
    is_by_request: bool
    """Whether somebody asked for it here."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a car was, in degrees, and when."""

    latitude: float = field(repr=False)
    longitude: float = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a car from its earlier reports; stored between two looks."""

    readings: Mapping[Signal, Reading] = field(default_factory=dict)
    """The newest reading of each signal, whatever the order in which reports came."""
    since: Mapping[Signal, datetime] = field(default_factory=dict)
    """Since when each yes-or-no signal reads what it reads."""
    charge_end: ChargeEnd | None = None
    place: Place | None = None
    """Where the car last said that it is."""
    parked: Place | None = None
    """Where it stood at two looks in a row; only the last such place is kept."""
    told: Mapping[NoteKind, Told] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which notes of a car somebody wants, and what they depend on besides the car."""

    kinds: Collection[NoteKind]
    left_for: timedelta
    """How long something must stand open, or the car unlocked, before a note begins."""
    charges_since: datetime | None = None
    """When the car should have begun to charge by its schedule; None outside of the schedule's time."""
    stop_asked: datetime | None = None
    """When somebody last asked here to stop charging."""


@dataclass(frozen=True, slots=True)
class NoteChange:
    """What becomes of a note: it begins, names other parts of the car, or is over."""

    kind: NoteKind
    since: datetime
    parts: tuple[Signal, ...] = ()
    percent: float | None = None
    """The charge of the battery or the level of fuel, where the note is about one."""
    lock_helps: bool = False
    """Whether the car can be locked as it stands, and is not locked as far as is known."""
    begins: bool = False
    over_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Holds:
    """What a rule says: something holds, and since when; a note begins after it has held for so long."""

    since: datetime
    parts: tuple[Signal, ...] = ()
    after: timedelta = timedelta()


_Rule = Callable[[Known, Wanted, datetime], _Holds | None]


def take_report(
    known: Known, report: CarReport, wanted: Wanted, *, now: datetime, place: Place | None = None
) -> tuple[Known, tuple[NoteChange, ...]]:
    """Return what is known after a report, and what becomes of the notes.

    `place` is where the car says that it is, if it was asked. A reading that is older than a known one, or from the
    future, changes nothing. Of notes that nobody wants nothing is
    known afterwards: once somebody wants them again, they begin anew.
    """
    merged = _placed(_merged(known, report, wanted, now), place)
    told = dict[NoteKind, Told]()
    changes = list[NoteChange]()
    for kind in (kind for kind in NoteKind if kind in wanted.kinds):
        before, holds = merged.told.get(kind), _RULES[kind](merged, wanted, now)
        change, after = _follow(kind, before, holds, merged, now)
        if after is not None:
            told[kind] = after
        if change is not None:
            changes.append(change)
    return replace(merged, told=told), tuple(changes)


def _follow(
    kind: NoteKind, before: Told | None, holds: _Holds | None, known: Known, now: datetime
) -> tuple[NoteChange | None, Told | None]:
    percent = _percent(kind, known)
    if before is not None and holds is None:
        read = [known.readings[one].at for one in before.parts or _READ_FOR[kind] if one in known.readings]
        over_at = max(read, default=now)
        return NoteChange(kind, before.since, before.parts, percent, over_at=over_at), None
    if holds is None or (before is None and now < holds.since + holds.after):
        return None, None
    if before is not None and holds.parts == before.parts:
        return None, before
    since = holds.since if before is None else before.since
    change = NoteChange(kind, since, holds.parts, percent, _lock_helps(kind, holds, known), begins=before is None)
    return change, Told(since, holds.parts)


def _lock_helps(kind: NoteKind, holds: _Holds, known: Known) -> bool:
    is_of_lock = kind is NoteKind.LEFT_UNLOCKED or (kind is NoteKind.LEFT_OPEN and not {*CABIN_DOORS} & {*holds.parts})
    return is_of_lock and _is_on(known, Signal.LOCKED) is not True


def next_look(
    known: Known, report: CarReport | None, wanted: Wanted, *, now: datetime, is_pushed: bool = False
) -> timedelta:
    """Return how long to wait before the next look; None stands for a report that was not available.

    A note that is about to begin is looked for when it would begin. `is_pushed` if DIMO tells when something changes.
    """
    last_seen = None if report is None else report.last_seen
    is_reporting = last_seen is not None and last_seen > now - _IS_REPORTING
    usual = LOOKS_WHILE_REPORTING if is_reporting else LOOKS_OTHERWISE
    if is_pushed:
        # DIMO tells when something begins. Its end is looked for.
        usual = LOOKS_OTHERWISE if known.told or _is_on(known, Signal.CHARGING) else LOOKS_WHILE_PUSHED
    about_to_begin = [
        holds.since + holds.after - now
        for kind in wanted.kinds
        if kind not in known.told and (holds := _RULES[kind](known, wanted, now)) is not None
    ]
    return max(LOOKS_WHILE_REPORTING, min([usual, *about_to_begin]))


def _merged(known: Known, report: CarReport, wanted: Wanted, now: datetime) -> Known:
    readings, since, charge_end = dict(known.readings), dict(known.since), known.charge_end
    for signal, reading in report.readings.items():
        before = readings.get(signal)
        if is_ahead(reading, now=now) or (before is not None and reading.at <= before.at):
            continue
        readings[signal] = reading
        if before is None or before.is_on is not reading.is_on:
            since[signal] = reading.at
            if signal is Signal.CHARGING:
                charge_end = _charge_end(before, reading, wanted)
    kept = {one: since[one] for one in _WITH_SINCE if one in since}
    return replace(known, readings=readings, since=kept, charge_end=charge_end)


def _charge_end(before: Reading | None, reading: Reading, wanted: Wanted) -> ChargeEnd | None:
    if before is None or reading.is_on:
        return None
    asked = wanted.stop_asked
    return ChargeEnd(reading.at, asked is not None and asked >= before.at - _CHARGE_STANDS_OUT)


def _is_moving(known: Known, now: datetime) -> bool:
    speed = known.readings.get(Signal.SPEED_KMH)
    return speed is not None and speed.value >= 1 and speed.at > now - _IS_MOVING


def _is_on(known: Known, signal: Signal) -> bool | None:
    reading = known.readings.get(signal)
    return None if reading is None else reading.is_on


def _left_open(known: Known, wanted: Wanted, now: datetime) -> _Holds | None:
    told = known.told.get(NoteKind.LEFT_OPEN)
    if told is None and _is_moving(known, now):
        return None
    opened = {one: known.since[one] for one in OPENABLE if _is_on(known, one)}
    left = [one for one, at in opened.items() if now >= at + wanted.left_for or (told and one in told.parts)]
    if not opened or (told and not left):  # what was opened meanwhile is a note of its own, later
        return None
    return _Holds(min(opened.values()), tuple(left), wanted.left_for)


def _left_unlocked(known: Known, wanted: Wanted, now: datetime) -> _Holds | None:
    is_told = NoteKind.LEFT_UNLOCKED in known.told
    if _is_on(known, Signal.LOCKED) is not False or (not is_told and _is_moving(known, now)):
        return None
    return _Holds(known.since[Signal.LOCKED], after=wanted.left_for)


def _charge_is_over(known: Known) -> ChargeEnd | None:
    """Return the end of a charge that nobody asked for, while the cable is in as far as is known."""
    end = known.charge_end
    return None if end is None or end.is_by_request or _is_on(known, Signal.CABLE_CONNECTED) is False else end


def _has_its_fill(known: Known) -> bool | None:
    """Return whether the battery holds what it was to be charged to; None if that is not known."""
    battery, limit = known.readings.get(Signal.BATTERY_PERCENT), known.readings.get(Signal.CHARGE_LIMIT_PERCENT)
    if battery is None:
        return None
    if limit is not None:
        return battery.value >= limit.value - _NEAR_LIMIT
    return True if battery.value >= _NEARLY_FULL else None


def _charged(known: Known, _: Wanted, __: datetime) -> _Holds | None:
    end = _charge_is_over(known)
    return None if end is None or _has_its_fill(known) is False else _Holds(end.at)


def _charge_stopped(known: Known, _: Wanted, __: datetime) -> _Holds | None:
    end = _charge_is_over(known)
    return None if end is None or _has_its_fill(known) is not False else _Holds(end.at)


def _not_charging(known: Known, wanted: Wanted, _: datetime) -> _Holds | None:
    is_plugged = _is_on(known, Signal.CABLE_CONNECTED) and _is_on(known, Signal.CHARGING) is False
    if wanted.charges_since is None or not is_plugged or _has_its_fill(known):
        return None
    since = max(wanted.charges_since, known.since[Signal.CABLE_CONNECTED])
    return _Holds(since, after=_CHARGE_STANDS_OUT)


def _low_battery(known: Known, _: Wanted, __: datetime) -> _Holds | None:
    return None if _is_on(known, Signal.CHARGING) else _low(known, NoteKind.LOW_BATTERY, Signal.BATTERY_PERCENT)


def _low_fuel(known: Known, _: Wanted, __: datetime) -> _Holds | None:
    return _low(known, NoteKind.LOW_FUEL, Signal.FUEL_PERCENT)


def _low(known: Known, kind: NoteKind, signal: Signal) -> _Holds | None:
    reading = known.readings.get(signal)
    most = _ENOUGH_PERCENT if kind in known.told else _LOW_PERCENT
    return None if reading is None or reading.value >= most else _Holds(reading.at)


def _low_tyre(known: Known, _: Wanted, __: datetime) -> _Holds | None:
    told = known.told.get(NoteKind.LOW_TYRE)
    low = {
        one: reading.at
        for one in TYRES
        if (reading := known.readings.get(one))
        and reading.value < (_ENOUGH_KPA if told and one in told.parts else _LOW_KPA)
    }
    return _Holds(min(low.values()), tuple(low)) if low else None


def _moved(known: Known, _: Wanted, __: datetime) -> _Holds | None:
    if known.place is None or known.parked is None or _metres(known.place, known.parked) <= _FAR_METRES:
        return None
    return _Holds(known.place.at)


def _placed(known: Known, place: Place | None) -> Known:
    """Note where a car is; it is parked where it is at two looks in a row."""
    before = known.place
    if place is None or (before is not None and place.at < before.at):
        return known
    stands = before is not None and _metres(before, place) <= _NEAR_METRES
    return replace(known, place=place, parked=place if stands or known.parked is None else known.parked)


def _metres(one: Place, other: Place) -> float:
    """Return about how far apart two places are; exact enough for some kilometres."""
    north = (one.latitude - other.latitude) * _METRES_PER_DEGREE
    east = (one.longitude - other.longitude) * _METRES_PER_DEGREE * math.cos(math.radians(one.latitude))
    return math.hypot(north, east)


_RULES: Mapping[NoteKind, _Rule] = {
    NoteKind.LEFT_OPEN: _left_open,
    NoteKind.LEFT_UNLOCKED: _left_unlocked,
    NoteKind.CHARGED: _charged,
    NoteKind.CHARGE_STOPPED: _charge_stopped,
    NoteKind.NOT_CHARGING: _not_charging,
    NoteKind.LOW_BATTERY: _low_battery,
    NoteKind.LOW_FUEL: _low_fuel,
    NoteKind.LOW_TYRE: _low_tyre,
    NoteKind.MOVED: _moved,
}
_READ_FOR: Mapping[NoteKind, Collection[Signal]] = {
    NoteKind.LEFT_OPEN: OPENABLE,
    NoteKind.LEFT_UNLOCKED: (Signal.LOCKED,),
    **dict.fromkeys(
        (NoteKind.CHARGED, NoteKind.CHARGE_STOPPED, NoteKind.NOT_CHARGING), (Signal.CHARGING, Signal.CABLE_CONNECTED)
    ),
    NoteKind.LOW_BATTERY: (Signal.BATTERY_PERCENT, Signal.CHARGING),
    NoteKind.LOW_FUEL: (Signal.FUEL_PERCENT,),
    NoteKind.LOW_TYRE: TYRES,
    NoteKind.MOVED: (),
}
"""The signals that a note is about; it is over at the newest of their readings."""
_WITH_SINCE = (*OPENABLE, Signal.LOCKED, Signal.CHARGING, Signal.CABLE_CONNECTED)
_PERCENT_OF = {
    **dict.fromkeys((NoteKind.CHARGED, NoteKind.CHARGE_STOPPED, NoteKind.LOW_BATTERY), Signal.BATTERY_PERCENT),
    NoteKind.LOW_FUEL: Signal.FUEL_PERCENT,
}


def _percent(kind: NoteKind, known: Known) -> float | None:
    reading = known.readings.get(_PERCENT_OF[kind]) if kind in _PERCENT_OF else None
    return None if reading is None else reading.value
