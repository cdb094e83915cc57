"""When a schedule runs, also on the nights on which the clocks change, and how people write one."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.actions import Action
from bot.domain.schedules import EVERY_DAY, WORKDAYS, Plan, Run, ScheduleKind, read_plan

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def lock(hour: int, minute: int = 0, days: int = EVERY_DAY) -> Plan:
    return Plan(ScheduleKind.LOCK, hour * 60 + minute, None, days)


def runs(plan: Plan, *, after: datetime, count: int) -> list[Run]:
    found = []
    for _ in range(count):
        found.append(plan.next_run(BERLIN, after=after))
        after = found[-1].at
    return found


def test_a_lock_runs_at_its_time_on_its_days() -> None:
    """Friday evening, then Monday."""
    plan = lock(22, days=WORKDAYS)
    assert [one.at for one in runs(plan, after=at("2026-05-01T12:00"), count=2)] == [
        at("2026-05-01T22:00"),
        at("2026-05-04T22:00"),
    ]


def test_the_moment_itself_is_over() -> None:
    assert lock(22).next_run(BERLIN, after=at("2026-05-01T22:00")).at == at("2026-05-02T22:00")


def test_charging_over_midnight_stops_on_the_next_day() -> None:
    plan = Plan(ScheduleKind.CHARGE, 23 * 60, 6 * 60, 1 << 4)  # from Friday on
    assert runs(plan, after=at("2026-05-01T12:00"), count=3) == [
        Run(at("2026-05-01T23:00"), Action.CHARGE_START),
        Run(at("2026-05-02T06:00"), Action.CHARGE_STOP),
        Run(at("2026-05-08T23:00"), Action.CHARGE_START),
    ]


def test_a_time_that_the_night_of_spring_skips_is_run_once() -> None:
    found = runs(lock(2, 30), after=at("2026-03-28T12:00"), count=2)
    assert [one.at for one in found] == [at("2026-03-29T03:30"), at("2026-03-30T02:30")]


def test_a_time_that_comes_twice_in_the_night_of_autumn_is_run_once() -> None:
    found = runs(lock(2, 30), after=at("2026-10-24T12:00"), count=2)
    assert [one.at for one in found] == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), at("2026-10-26T02:30")]


def test_every_day_of_a_year_has_one_run() -> None:
    found = runs(lock(2, 30), after=at("2026-01-01T00:00"), count=365)
    gaps = {later.at - earlier.at for earlier, later in itertools.pairwise(found)}
    assert gaps == {timedelta(hours=23), timedelta(hours=24), timedelta(hours=25)}


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("lock 22:00", lock(22)),
        ("Lock at 22.30 mon-fri", lock(22, 30, WORKDAYS)),
        ("lock 10pm weekends", lock(22, days=0b1100000)),
        ("lock 7 sat, sun", lock(7, days=0b1100000)),
        ("lock 22:00 fri-mon", lock(22, days=0b1110001)),
        ("lock 12am on monday and wednesday", lock(0, days=0b0000101)),
        ("charge 01:00-06:00", Plan(ScheduleKind.CHARGE, 60, 360, EVERY_DAY)),
        ("charge from 11pm to 6am every day", Plan(ScheduleKind.CHARGE, 1380, 360, EVERY_DAY)),
        ("charge 1:00 \u2013 6:00 weekdays", Plan(ScheduleKind.CHARGE, 60, 360, WORKDAYS)),
    ],
)
def test_a_plan_is_read_as_people_write_it(text: str, plan: Plan) -> None:
    assert read_plan(text) == plan


@pytest.mark.parametrize(
    "text",
    [
        *("", "lock", "unlock 22:00", "lock 24:00", "lock 22:60", "lock 13pm", "lock 22:00-23:00", "charge 22:00"),
        *("charge 1:00-1:00", "lock 22:00 someday", "lock 22:00 mon-", "trunk 22:00", "lock 22:00 " + "mon," * 500),
    ],
)
def test_what_is_no_plan_is_not_guessed(text: str) -> None:
    assert read_plan(text) is None
