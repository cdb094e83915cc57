"""Screens of schedules: their list, one of them, and one that is being made."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.domain.ids import CarId
from bot.domain.schedules import EVERY_DAY, QUARTERS, Plan, ScheduleKind
from bot.service.actions.schedules import Missed, ScheduleList, ScheduleView
from bot.telegram import texts
from bot.telegram.screens import buttons
from bot.telegram.screens.buttons import by_two
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Button, Rows, Screen, Style

_FIRST = {ScheduleKind.LOCK: (88, 0), ScheduleKind.CHARGE: (4, 24)}
"""The times with which a schedule is begun, in quarters of an hour: 22:00, and 01:00 to 06:00."""
_HOUR = 4
_BACK = Button(texts.schedules.BACK, taps.ShowSchedules())


def schedules(it: ScheduleList, car: CarId | None, *, now: datetime) -> Screen:
    """All schedules; new ones are made for a car."""
    numbers = [Button(str(number), taps.ShowSchedule(one.id)) for number, one in enumerate(it.schedules, 1)]
    rows: Rows = tuple(tuple(numbers[first : first + 5]) for first in range(0, len(numbers), 5))
    if car is not None:
        new = (Button(words, _begun(kind, car)) for kind, words in texts.schedules.NEW.items())
        rows = (*rows, tuple(new))
    return Screen(texts.schedules.schedules(it, now=now), rows)


def _begun(kind: ScheduleKind, car: CarId) -> taps.DraftSchedule:
    at, until = _FIRST[kind]
    return taps.DraftSchedule(car, kind, at, until, EVERY_DAY)


def schedule(it: ScheduleView, *, now: datetime) -> Screen:
    """One schedule, with what can be done with it."""
    if it.next_run is None:
        pause = Button(texts.schedules.RESUME, taps.ResumeSchedule(it.id))
    else:
        pause = Button(texts.schedules.PAUSE, taps.PauseSchedule(it.id))
    remove = Button(texts.schedules.REMOVE, taps.RemoveSchedule(it.id), Style.DANGER)
    return Screen(texts.schedules.schedule(it, now=now), ((pause, remove), (_BACK,)))


def plan_of(tap: taps.DraftSchedule | taps.AddSchedule) -> Plan:
    """Return the plan that a button holds."""
    until = tap.until * 15 if tap.kind is ScheduleKind.CHARGE else None
    return Plan(tap.kind, tap.at * 15, until, tap.days)


def draft(tap: taps.DraftSchedule, *, car: str) -> Screen:
    """A schedule that is being made: its buttons hold all of it, so that nothing is stored before it is saved."""
    is_charging = tap.kind is ScheduleKind.CHARGE
    rows = [*_wheel("▶️ " if is_charging else "", lambda step: replace(tap, at=(tap.at + step) % QUARTERS))]
    if is_charging:
        rows += _wheel("⏹ ", lambda step: replace(tap, until=(tap.until + step) % QUARTERS))
    days = [
        Button(f"✅ {name}" if tap.days >> number & 1 else name, replace(tap, days=tap.days ^ 1 << number))
        for number, name in enumerate(texts.schedules.DAYS)
    ]
    rows += [tuple(days[:4]), tuple(days[4:])]
    save = taps.AddSchedule(tap.car, tap.kind, tap.at, tap.until, tap.days)
    rows.append((*((Button(texts.schedules.SAVE, save, Style.PRIMARY),) if plan_of(tap).is_whole else ()), _BACK))
    return Screen(texts.schedules.draft(plan_of(tap), car=car), tuple(rows))


def _wheel(sign: str, moved: Callable[[int], taps.DraftSchedule]) -> Rows:
    """Buttons that move a time by an hour or a quarter of one, with a sign where there are two times."""
    steps = (("−1 h", -_HOUR), ("−15 min", -1), ("+15 min", 1), ("+1 h", _HOUR))
    return by_two([Button(f"{sign}{words}", moved(step)) for words, step in steps])


def missed(it: Missed, *, now: datetime) -> Screen:
    """A run that was not done; it can be done now."""
    offered = (buttons.act(it.run.action, it.car), Button(texts.schedules.OPEN, taps.ShowSchedules()))
    rows = (offered,) if it.view.next_run is not None else ()
    return Screen(texts.schedules.missed(it, now=now), rows)
