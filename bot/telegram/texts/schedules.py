"""The texts about schedules."""

from datetime import datetime

from bot.domain.actions import Action
from bot.domain.schedules import EVERY_DAY, WORKDAYS, Plan, Run, ScheduleKind
from bot.service.actions.schedules import Missed, ScheduleList, ScheduleView
from bot.telegram.texts.actions import ACTION_WORDS
from bot.telegram.texts.formatting import moment, name
from bot.telegram.texts.refusals import why

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NEW = {ScheduleKind.LOCK: "➕ Lock", ScheduleKind.CHARGE: "➕ Charge"}
SAVE, PAUSE, RESUME, REMOVE = "✅ Save", "⏸ Pause", "▶️ Go on", "🗑 Remove"
BACK, OPEN = "⬅️ Schedules", "🗓 Schedules"

_WRITE = "You can also write: /schedule lock 22:00 mon-fri"
_RUNS = {Action.LOCK: "lock", Action.CHARGE_START: "start charging", Action.CHARGE_STOP: "stop charging"}


def clock_time(minute: int) -> str:
    """Write a minute of the day."""
    return f"{minute // 60:02}:{minute % 60:02}"


def days(chosen: int) -> str:
    """Name days."""
    known = {EVERY_DAY: "every day", WORKDAYS: "Mon to Fri", EVERY_DAY ^ WORKDAYS: "Sat and Sun", 0: "no day yet"}
    listed = ", ".join(name for number, name in enumerate(DAYS) if chosen >> number & 1)
    return known.get(chosen, listed)


def plan(it: Plan, *, car: str) -> str:
    """Say what is done when."""
    action = Action.LOCK if it.kind is ScheduleKind.LOCK else Action.CHARGE_START
    words = ACTION_WORDS[action]
    if it.until is None:
        return f"{words.sign} Lock {name(car)} at {clock_time(it.at)}, {days(it.days)}"
    until = f"{clock_time(it.until)}{'' if it.until > it.at else ' of the next day'}"
    return f"{words.sign} Charge {name(car)} from {clock_time(it.at)} to {until}, {days(it.days)}"


def schedules(it: ScheduleList, *, now: datetime) -> str:
    """List all schedules, each with its next run."""
    title = "<b>🗓 Schedules</b>"
    if not it.schedules:
        return f"{title}\nI can lock the car in the evening, and charge it at night.\nNext: tap one. {_WRITE}"
    lines = [f"{number}. {_line(one, now)}" for number, one in enumerate(it.schedules, 1)]
    return "\n".join([title, *lines, "Tap a number to change it."])


def _line(it: ScheduleView, now: datetime) -> str:
    return f"{plan(it.plan, car=it.car_name)}. {following(it.next_run, now)}"


def following(run: Run | None, now: datetime) -> str:
    """Say when a schedule runs next."""
    return "Paused." if run is None else f"Next: {_RUNS[run.action]}, {moment(run.at, now=now)}."


def schedule(it: ScheduleView, *, now: datetime) -> str:
    """Show one schedule."""
    return f"{plan(it.plan, car=it.car_name)}\n{following(it.next_run, now)}\nSet by {name(it.person_name)}."


def draft(it: Plan, *, car: str) -> str:
    """Show a schedule that is being made."""
    return f"{plan(it, car=car)}\nNext: set time and days, then tap Save."


def missed(it: Missed, *, now: datetime) -> str:
    """Say that something was not done at its time, and why."""
    what = f"{_RUNS[it.run.action]} {name(it.view.car_name)} at {moment(it.run.at, now=now)}"
    because = "I was not running then." if it.reason is None else why(it.reason, car=it.view.car_name)
    if it.view.next_run is None:
        return f"⏰ I did not {what}. {because}\nThis schedule has ended."
    return f"⏰ I did not {what}. {because}\n{following(it.view.next_run, now)}"
