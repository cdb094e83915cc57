"""Looks at the cars of which somebody takes notes, and makes notes of what they report.

What is known of a car, and which notes have begun, is in the database: of any number of processes one looks at a car
when that is due, and no note begins twice.
"""

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.domain.actions import Action
from bot.domain.ids import CarId, ChatId, NoteId
from bot.domain.note_rules import (
    LOOKS_OTHERWISE,
    LOOKS_WHILE_REPORTING,
    Known,
    NoteChange,
    Place,
    Wanted,
    next_look,
    take_report,
)
from bot.domain.notes import TOPIC_OF, NoteKind
from bot.domain.outcomes import State
from bot.domain.refusals import PASSING
from bot.domain.reports import CarReport
from bot.domain.schedules import Plan, ScheduleKind
from bot.service.background import Alarm, Background
from bot.service.car_names import named
from bot.service.cars.status import Status
from bot.service.cars.where import Where
from bot.service.notes.pushed import PLANNED, pushed_cars
from bot.service.notes.recipients import is_muted, takers, wanted_kinds
from bot.service.notifications.outbox import Outbox
from bot.service.ports import Clock
from bot.service.preferences import preferences_of
from storage import Car, Database, Home, NoteRow, NoteWatch, Tx
from storage.repositories import cars, homes, journal, key_values, note_watches, notes, schedules

_log = logging.getLogger(__name__)

_AT_ONCE = 8
"""At how many cars is looked at the same time."""
_NOT_READABLE = timedelta(days=1)
"""When a car is looked at again whose report can't be had before somebody does something."""
_STOP_ASKED_WITHIN = timedelta(hours=1)


@dataclass(kw_only=True, slots=True)
class NoteWatches:
    """Looks at cars while somebody takes notes of them; every other look at such a car is used, too."""

    db: Database
    clock: Clock
    status: Status
    where: Where
    outbox: Outbox
    background: Background
    has_triggers: bool
    """Whether DIMO's triggers are kept, which is told of each change."""
    _alarm: Alarm = field(init=False)
    _looking: set[tuple[ChatId, CarId]] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        """Begin with an alarm that looks for what is due."""
        self._alarm = Alarm(self.clock, name="looking at cars later")

    def home_changed(self, home: ChatId) -> None:
        """Plan, in the background, the looks at a home that is linked anew or has other cars."""
        self.background.start(self._plan(home), name="planning looks")

    async def _plan(self, home: ChatId) -> None:
        await self.db.run(partial(self.plan, home=home))
        self._alarm.ring()

    def plan(self, tx: Tx, home: ChatId) -> None:
        """Begin to look at a home's cars, or stop, as somebody takes notes or nobody does any more."""
        row, now = homes.get(tx, home), self.clock.now()
        if self.has_triggers:
            key_values.put(tx, PLANNED, now.isoformat(), now=now)
        if row is None:
            return
        is_wanted = bool(self._kinds(tx, home))
        known = {watch.car_id: watch for watch in note_watches.of_home(tx, home)}
        for car in cars.list_for(tx, home):
            watch = known.get(car.car_id, NoteWatch(home, car.car_id, None))
            if car.car_id not in known or is_wanted is not (watch.next_look_at is not None):
                first = now + _first_look_after(car) if is_wanted else None
                note_watches.put(tx, replace(watch, next_look_at=first))

    def heard(self, home: ChatId, car: CarId) -> None:
        """Use, in the background, a report for which somebody else has asked."""
        look = self.status.remembered(home, car)
        if look is not None and (home, car) not in self._looking:
            self.background.start(self._use(home, car, look.report), name="using a report for notes")

    async def _use(self, home: ChatId, car: CarId, report: CarReport) -> None:
        watch = await self.db.read(partial(note_watches.get, home_chat_id=home, car_id=car))
        if watch is not None and watch.next_look_at is not None:
            await self._take(home, car, report)

    def look_now(self) -> None:
        """Look at once at what has become due."""
        self._alarm.ring()

    async def looks_today(self, home: ChatId) -> int:
        """Return how often the bot has looked at a home's cars by itself today."""

        def count(tx: Tx) -> int:
            today = self.clock.now().astimezone(preferences_of(tx, home).zone).date().isoformat()
            counts = (watch.details.get("looks", {}) for watch in note_watches.of_home(tx, home))
            return sum(int(one.get(today, 0)) for one in counts)

        return await self.db.read(count)

    async def keep_looking(self) -> None:
        """Look at every car when it is due, for as long as the bot runs."""
        for home in await self.db.read(note_watches.unplanned):
            await self._plan(ChatId(home))
        while True:
            self._alarm.clear()
            await self._alarm.until(await self.look_at_due())

    async def look_at_due(self) -> datetime | None:
        """Look at the cars that are due, a few at a time; returns when the next one is due."""
        now = self.clock.now()
        due = await self.db.read(partial(note_watches.due, now=now))
        for first in range(0, len(due), _AT_ONCE):
            await asyncio.gather(*map(self._look_at, due[first : first + _AT_ONCE]))
        return await self.db.read(partial(note_watches.next_due, after=now))

    async def _look_at(self, watch: NoteWatch) -> None:
        """Look at a car, unless another process does."""
        later = self.clock.now() + LOOKS_WHILE_REPORTING
        if not await self.db.run(partial(note_watches.claim, watch=watch, next_look_at=later)):
            return
        home, car = ChatId(watch.home_chat_id), CarId(watch.car_id)
        self._looking.add((home, car))
        try:
            answer = await self.status.look_or_why(home, car)
        finally:
            self._looking.discard((home, car))
        if isinstance(answer, CarReport):
            is_wanted = await self.db.read(lambda tx: NoteKind.MOVED in self._kinds(tx, home))
            at = await self.where.place(home, car) if is_wanted else None
            place = None if at is None else Place(at.latitude, at.longitude, at.at)
            await self._take(home, car, answer, asked=2 if is_wanted else 1, place=place)
            return
        _log.debug("A car's report is not available for notes (%s)", answer)
        if answer not in PASSING:
            await self.db.run(partial(_postpone, home=home, car=car, until=self.clock.now() + _NOT_READABLE))

    def _kinds(self, tx: Tx, home: ChatId) -> Collection[NoteKind]:
        row = homes.get(tx, home)
        return () if row is None else wanted_kinds(takers(tx, row, now=self.clock.now()), preferences_of(tx, home))

    async def _take(
        self, home: ChatId, car: CarId, report: CarReport, *, asked: int = 0, place: Place | None = None
    ) -> None:
        """Use a report; `asked` is how often DIMO was asked for it by this, 0 if somebody else has asked."""
        if await self.db.run(partial(self._learn, home=home, car=car, report=report, asked=asked, place=place)):
            self.outbox.wake()
        self._alarm.ring()

    def _learn(self, tx: Tx, home: ChatId, car: CarId, report: CarReport, *, asked: int, place: Place | None) -> bool:
        """Store what a report says, and the notes that it gives reason for; returns whether there are some."""
        now = self.clock.now()
        watch, row = note_watches.get_for_update(tx, home, car), homes.get(tx, home)
        its_car = cars.get(tx, home, car)
        if watch is None or row is None or its_car is None:
            note_watches.drop(tx, home, car)
            return False
        preferences = preferences_of(tx, home)
        kinds = wanted_kinds(takers(tx, row, now=now), preferences)
        if not kinds:
            note_watches.put(tx, replace(watch, next_look_at=None))
            return False
        wanted = Wanted(
            kinds,
            preferences.left_for,
            charges_since=_charges_since(tx, home, car, now) if NoteKind.NOT_CHARGING in kinds else None,
            stop_asked=_stop_asked(tx, car, now),
        )
        known, changes = take_report(_known(watch.details), report, wanted, now=now, place=place)
        for change in changes:
            self._note(tx, row, its_car, change, now)
        is_pushed = int(car) in pushed_cars(tx)
        soon = now + next_look(known, report, wanted, now=now, is_pushed=is_pushed)
        planned = watch.next_look_at if not asked and watch.next_look_at is not None else soon
        details = _written(known, watch.details, now.astimezone(preferences.zone).date(), asked)
        note_watches.put(tx, replace(watch, next_look_at=min(soon, planned), details=details))
        return bool(changes)

    def _note(self, tx: Tx, home: Home, car: Car, change: NoteChange, now: datetime) -> None:
        """Store a note for everybody who takes it, or change those that were made when it began."""
        if change.begins:
            topic = TOPIC_OF[change.kind]
            for person, choice in takers(tx, home, now=now).items():
                if not is_muted(choice, topic, now=now):
                    name = named(tx, [car], home.chat_id, person)[0].details.name
                    row = NoteRow(
                        id=secrets.token_hex(8),
                        home_chat_id=home.chat_id,
                        car_id=car.car_id,
                        person_id=int(person),
                        message_id=None,
                        version=0,
                        begun_at=now,
                        kind=change.kind,
                        car_name=name,
                        since=change.since,
                    )
                    self._put(tx, row, change, now)
            return
        for row in notes.of_car(tx, home.chat_id, car.car_id):
            if row.kind == change.kind:
                self._put(tx, row, change, now)

    def _put(self, tx: Tx, row: NoteRow, change: NoteChange, now: datetime) -> None:
        changed = replace(
            row,
            version=row.version + 1,
            parts=tuple(change.parts),
            percent=change.percent,
            lock_helps=change.lock_helps,
            over_at=change.over_at,
        )
        notes.put(tx, changed)
        self.outbox.noted(tx, ChatId(row.home_chat_id), NoteId(row.id), now=now)


def _first_look_after(car: Car) -> timedelta:
    """Return when a car is looked at first; its number spreads the looks at many cars."""
    share = int.from_bytes(hashlib.sha256(str(car.car_id).encode()).digest()[:4]) / 2**32
    return LOOKS_WHILE_REPORTING + (LOOKS_OTHERWISE - LOOKS_WHILE_REPORTING) * share


def _postpone(tx: Tx, home: ChatId, car: CarId, *, until: datetime) -> None:
    watch = note_watches.get_for_update(tx, home, car)
    if watch is not None and watch.next_look_at is not None:
        note_watches.put(tx, replace(watch, next_look_at=until))


def _charges_since(tx: Tx, home: ChatId, car: CarId, now: datetime) -> datetime | None:
    """Return since when a car should be charging by a schedule; None if by none."""
    zone = preferences_of(tx, home).zone
    plans = [
        Plan(ScheduleKind.CHARGE, one.at, one.until, one.days)
        for one in schedules.of_home(tx, home)
        if one.kind == ScheduleKind.CHARGE and one.car_id == car and one.next_run_at is not None
    ]
    return min((since for plan in plans if (since := plan.charges_since(zone, now=now))), default=None)


def _stop_asked(tx: Tx, car: CarId, now: datetime) -> datetime | None:
    since = journal.recent_on_car(tx, car, since=now - _STOP_ASKED_WITHIN)
    stops = [
        one.requested_at for one in since if one.details.action == Action.CHARGE_STOP and one.state != State.REFUSED
    ]
    return max(stops, default=None)


@cache
def _adapter() -> TypeAdapter[Known]:
    return TypeAdapter(Known)


def _known(details: Mapping[str, Any]) -> Known:
    """Read what is known of a car; nothing, if this version can't read it."""
    try:
        return _adapter().validate_python(details.get("known", {}))
    except ValidationError:
        return Known()


def _written(known: Known, details: Mapping[str, Any], today: date, asked: int) -> dict[str, Any]:
    """Write what is known of a car, and count how often DIMO was asked today."""
    looks = {today.isoformat(): int(details.get("looks", {}).get(today.isoformat(), 0)) + asked}
    return {"known": _adapter().dump_python(known, mode="json"), "looks": looks}
