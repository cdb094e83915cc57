"""Schedules: a lock or charging that begins by itself, as the person who set it would have begun it."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from functools import partial

from bot.domain.ids import CarId, ChatId, PersonId, ScheduleId
from bot.domain.refusals import Reason
from bot.domain.roles import Ability
from bot.domain.schedules import LATE_AFTER, MOST_OF_HOME, Plan, Run, ScheduleKind
from bot.service.access import authorize, authorize_for_car
from bot.service.actions.requests import ActionRequests
from bot.service.background import Alarm
from bot.service.confirmation import once
from bot.service.declined import Declined
from bot.service.ports import Announcer, Ask, Clock, Person, Spot
from bot.service.preferences import preferences_of
from storage import Database, Schedule, Tx
from storage.engine import locks
from storage.repositories import handled_updates, schedules

_ENDS = frozenset({Reason.NO_CAR_HERE, Reason.NO_CARS_SHARED, Reason.ACCESS_ENDED, Reason.NOT_ALLOWED, Reason.CAR_GONE})
"""Why a person can't do any more what they set."""


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """A schedule, and its next run; None while it is paused."""

    id: ScheduleId
    plan: Plan
    car_name: str
    person_name: str
    next_run: Run | None


@dataclass(frozen=True, slots=True)
class ScheduleList:
    """The schedules of a home, the oldest first."""

    schedules: Sequence[ScheduleView]


@dataclass(frozen=True, slots=True)
class Missed:
    """A run that was not done."""

    view: ScheduleView
    car: CarId
    run: Run
    reason: Reason | None
    """Why it was refused; None if the bot was not running then."""


@dataclass(kw_only=True, slots=True)
class Schedules:
    """Keeps schedules, and runs each once at its time: at most five minutes late, or not at all."""

    db: Database
    clock: Clock
    requests: ActionRequests
    announcer: Announcer
    _alarm: Alarm = field(init=False)

    def __post_init__(self) -> None:
        """Begin with an alarm that looks for what is due."""
        self._alarm = Alarm(self.clock, name="running schedules later")

    async def show(self, ask: Ask) -> ScheduleList:
        """Return the schedules of the home whose cars the person uses here; raises Declined."""
        now = self.clock.now()

        def find(tx: Tx) -> ScheduleList:
            home = authorize(tx, ask, Ability.SCHEDULE, now=now).home_id
            zone = preferences_of(tx, home).zone
            return ScheduleList([_view(one, zone, now) for one in schedules.of_home(tx, home)])

        return await self.db.read(find)

    async def car(self, ask: Ask, car: CarId | None = None) -> tuple[CarId, str]:
        """Return the car that a schedule would be for, and its name; raises Declined."""
        now = self.clock.now()
        _, found = await self.db.read(lambda tx: authorize_for_car(tx, ask, Ability.SCHEDULE, car, now=now))
        return CarId(found.car_id), found.details.name

    async def add(self, ask: Ask, plan: Plan, car: CarId | None = None) -> ScheduleList | None:
        """Store a schedule for a car; None for an update seen before. Raises Declined."""

        def store(tx: Tx) -> None:
            now = self.clock.now()
            allowed, meant = authorize_for_car(tx, ask, Ability.SCHEDULE, car, now=now)
            locks.hold(tx, f"schedules:{allowed.home_id}")
            if len(schedules.of_home(tx, allowed.home_id)) >= MOST_OF_HOME:
                raise Declined(Reason.TOO_MUCH)
            zone = preferences_of(tx, allowed.home_id).zone
            row = Schedule(
                id=secrets.token_hex(8),
                home_chat_id=allowed.home_id,
                person_id=ask.person.id,
                car_id=meant.car_id,
                next_run_at=plan.next_run(zone, after=now).at,
                created_at=now,
                kind=plan.kind,
                at=plan.at,
                until=plan.until,
                days=plan.days,
                person_name=allowed.person.name,
                car_name=meant.details.name,
            )
            schedules.put(tx, row)

        return await self._changed(ask, store)

    async def pause(self, ask: Ask, schedule: ScheduleId, *, is_paused: bool) -> ScheduleList | None:
        """Pause a schedule, or let it go on; None for an update seen before. Raises Declined."""

        def change(tx: Tx) -> None:
            row, zone, now = *self._own(tx, ask, schedule), self.clock.now()
            next_run = None if is_paused else _plan(row).next_run(zone, after=now).at
            schedules.put(tx, replace(row, next_run_at=next_run))

        return await self._changed(ask, change)

    async def remove(self, ask: Ask, schedule: ScheduleId) -> ScheduleList | None:
        """Delete a schedule; None for an update seen before. Raises Declined."""

        def drop(tx: Tx) -> None:
            row, _ = self._own(tx, ask, schedule)
            schedules.drop(tx, row.id)

        return await self._changed(ask, drop)

    async def _changed(self, ask: Ask, change: Callable[[Tx], None]) -> ScheduleList | None:
        def commit(tx: Tx) -> bool:
            change(tx)
            return True

        if await once(self.db, self.clock, ask, commit) is None:
            return None
        self._alarm.ring()
        return await self.show(ask)

    def _own(self, tx: Tx, ask: Ask, schedule: ScheduleId) -> tuple[Schedule, tzinfo]:
        """Return a schedule of the home whose cars the person uses here, and the home's time zone; raises Declined."""
        home = authorize(tx, ask, Ability.SCHEDULE, now=self.clock.now()).home_id
        row = schedules.get(tx, schedule)
        if row is None or row.home_chat_id != home:
            raise Declined(Reason.SCHEDULE_GONE)
        return row, preferences_of(tx, home).zone

    def zone_changed(self, tx: Tx, home: ChatId) -> None:
        """Let all schedules of a home go by its new time zone."""
        zone, now = preferences_of(tx, home).zone, self.clock.now()
        for row in schedules.of_home(tx, home):
            if row.next_run_at is not None:
                schedules.put(tx, replace(row, next_run_at=_plan(row).next_run(zone, after=now).at))

    async def keep_running(self) -> None:
        """Run every schedule when it is due, for as long as the bot runs."""
        while True:
            self._alarm.clear()
            now = self.clock.now()
            for row in await self.db.read(partial(schedules.due, now=now)):
                await self._run(row)
            await self._alarm.until(await self.db.read(partial(schedules.next_due, after=now)))

    async def _run(self, row: Schedule) -> None:
        """Do what is due, or say why not; the key of a run lets any number of processes do it once."""
        zone = await self.db.read(lambda tx: preferences_of(tx, ChatId(row.home_chat_id)).zone)
        run, now, reason = _run_at(_plan(row), zone, row.next_run_at), self.clock.now(), None
        is_late = run is not None and now - run.at > LATE_AFTER
        if run is not None and not is_late:
            reason = await self._begin(row, run)
        is_over = reason in _ENDS
        following = None if is_over else _plan(row).next_run(zone, after=now)
        is_undone = await self.db.run(lambda tx: self._leave(tx, row, run if is_late else None, following))
        if run is not None and is_undone and (is_late or reason is not None):
            view = ScheduleView(ScheduleId(row.id), _plan(row), row.car_name, row.person_name, following)
            await self.announcer.show(Spot(ChatId(row.person_id)), Missed(view, CarId(row.car_id), run, reason))

    async def _begin(self, row: Schedule, run: Run) -> Reason | None:
        """Begin the action of a run as the person who set it; returns why it was refused."""
        ask = Ask(_key(row, run), Person(PersonId(row.person_id), row.person_name), ChatId(row.person_id))
        try:
            await self.requests.begin(ask, run.action, CarId(row.car_id))
        except Declined as no:
            return no.reason
        return None

    def _leave(self, tx: Tx, row: Schedule, missed: Run | None, following: Run | None) -> bool:
        """Set the next run, or end the schedule; returns whether this process did, and no other one did the run."""
        is_left = (
            schedules.drop(tx, row.id) if following is None else schedules.claim(tx, row, next_run_at=following.at)
        )
        return is_left and (missed is None or handled_updates.first_time(tx, _key(row, missed), now=self.clock.now()))


def _plan(row: Schedule) -> Plan:
    return Plan(ScheduleKind(row.kind), row.at, row.until, row.days)


def _key(row: Schedule, run: Run) -> str:
    return f"schedule:{row.id}:{run.at:%Y%m%d%H%M}"


def _run_at(plan: Plan, zone: tzinfo, moment: datetime | None) -> Run | None:
    """Return the run of a plan at a moment; None if the time zone has changed meanwhile."""
    run = None if moment is None else plan.next_run(zone, after=moment - timedelta(seconds=1))
    return run if run is not None and run.at == moment else None


def _view(row: Schedule, zone: tzinfo, now: datetime) -> ScheduleView:
    following = None if row.next_run_at is None else _plan(row).next_run(zone, after=now)
    return ScheduleView(ScheduleId(row.id), _plan(row), row.car_name, row.person_name, following)
