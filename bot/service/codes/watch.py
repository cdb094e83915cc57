"""The watch: checks cars for new error codes at an interval, and announces each new code once."""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from bot.domain.code_history import WATCH_INTERVALS, NewCodes, Source, WatchSetting, new_codes, seen_codes
from bot.domain.codes import MOST_AT_ONCE
from bot.domain.ids import CarId, ChatId, CodeQueryId
from bot.domain.refusals import PASSING, Reason
from bot.domain.reports import CarReport
from bot.domain.roles import Ability
from bot.service.access import authorize_for_car
from bot.service.background import Alarm
from bot.service.car_names import named
from bot.service.cars.status import Status
from bot.service.codes import state
from bot.service.confirmation import once
from bot.service.declined import Declined
from bot.service.event_log import log_event, milliseconds
from bot.service.ports import Announcer, Ask, Clock, Reach, Spot
from storage import Car, CodeWatch, CodeWatchDetails, Database, Tx
from storage.repositories import cars, code_queries, code_watches

_log = logging.getLogger(__name__)

_TRY_AGAIN_AFTER = timedelta(minutes=30)  # if a report was not available, or a chat could not be reached

_PAUSE_SECONDS = 1.0  # between two cars, so that people who tap do not wait


@dataclass(kw_only=True, slots=True)
class CodeWatches:
    """Checks the watched cars; everything is in the database, so that nothing is repeated after a restart."""

    db: Database
    clock: Clock
    status: Status
    announcer: Announcer
    _alarm: Alarm = field(init=False)

    def __post_init__(self) -> None:
        self._alarm = Alarm(self.clock, name="looking for new codes later")

    async def setting(self, ask: Ask, car: CarId | None = None) -> WatchSetting:
        """Return how a car is watched; raises Declined for people who may not set it."""
        return await self.db.read(lambda tx: _setting(tx, self._authorize(tx, ask, car)))

    async def set(self, ask: Ask, car: CarId, every: timedelta | None) -> WatchSetting | None:
        """Watch a car from now on, or no longer. None for an update seen before; raises Declined.

        What the car reports now is not announced later: the answer shows it.
        """
        if every is not None and every not in WATCH_INTERVALS:
            raise Declined(Reason.BUTTON_OUT_OF_DATE)
        report, why = None, None
        if every is not None:
            meant = await self.db.read(lambda tx: self._authorize(tx, ask, car))
            report, why = await self._report_of(meant.chat_id, meant.car_id)

        def commit(tx: Tx) -> WatchSetting:
            meant, now = self._authorize(tx, ask, car), self.clock.now()
            before = code_watches.get_for_update(tx, meant.chat_id, meant.car_id)
            if every is not None:
                known = before.details if before else CodeWatchDetails()
                told = seen_codes(report.codes.names if report else (), dict(known.told), now=now)
                _keep(tx, _watch(meant, every, replace(known, told=told), now))
            elif before is not None:
                _keep(tx, replace(before, every_seconds=0))
            return replace(_setting(tx, meant), report=report, unreadable=why)

        done = await once(self.db, self.clock, ask, commit)
        self._alarm.ring()
        return done

    async def mute(self, ask: Ask, car: CarId, offer: CodeQueryId) -> WatchSetting | None:
        """Never announce again the codes of this announcement. None for an update seen before."""

        def add(tx: Tx, meant: Car, muted: tuple[str, ...]) -> tuple[str, ...]:
            named = code_queries.get(tx, meant.chat_id, meant.car_id, offer)
            if named is None:
                raise Declined(Reason.CODES_GONE)
            return tuple(dict.fromkeys((*muted, *(entry.code for entry in named.details.entries))))

        return await self._change_muted(ask, car, add)

    async def unmute(self, ask: Ask, car: CarId) -> WatchSetting | None:
        """Announce muted codes again when they are new. None for an update seen before."""
        return await self._change_muted(ask, car, lambda *_: ())

    async def _change_muted(
        self, ask: Ask, car: CarId, change: Callable[[Tx, Car, tuple[str, ...]], tuple[str, ...]]
    ) -> WatchSetting | None:
        def commit(tx: Tx) -> WatchSetting:
            meant = self._authorize(tx, ask, car)
            watch = code_watches.get_for_update(tx, meant.chat_id, meant.car_id)
            muted = change(tx, meant, watch.details.muted if watch else ())
            if watch is not None:
                _keep(tx, replace(watch, details=replace(watch.details, muted=muted)))
            return _setting(tx, meant)

        return await once(self.db, self.clock, ask, commit)

    async def keep_watching(self) -> None:
        """Check every watched car when it is due, for as long as the bot runs."""
        while True:
            self._alarm.clear()
            await self._alarm.until(await self.look_at_due())

    async def look_at_due(self) -> datetime | None:
        """Check the cars that are due, one after the other; returns when the next one is due."""
        now = self.clock.now()
        for number, watch in enumerate(await self.db.read(partial(code_watches.due, now=now))):
            if number:
                await self.clock.sleep(_PAUSE_SECONDS)
            await self._look_at(watch)
        return await self.db.read(partial(code_watches.next_due, after=now))

    async def _look_at(self, watch: CodeWatch) -> None:
        """Check a car, unless another process does, and announce what is new.

        New codes are stored before they are announced: after a crash between the two, the next check announces them.
        """
        later = self.clock.now() + _TRY_AGAIN_AFTER
        if not await self.db.run(lambda tx: code_watches.claim(tx, watch, next_look_at=later)):
            return
        report, why = await self._report_of(watch.chat_id, watch.car_id)
        if why is not None:
            _log.info("A watched car's report is not available (%s)", why)
        news = await self.db.run(lambda tx: self._learn(tx, watch, report))
        reach = Reach.SHOWN
        if news is not None:
            reach = await self._tell(watch, news)
        if reach is not Reach.LATER and why not in PASSING:
            await self.db.run(lambda tx: self._rest(tx, watch, is_told=reach is Reach.SHOWN))

    async def _tell(self, watch: CodeWatch, news: NewCodes) -> Reach:
        began = self.clock.now()
        reach = (await self.announcer.show(Spot(ChatId(watch.chat_id)), news)).reach
        if reach is not Reach.LATER:
            told_ms = milliseconds(began, self.clock.now())
            log_event(
                _log, "note", home=watch.chat_id, car=watch.car_id, kind="new_codes", outcome=reach, told_ms=told_ms
            )
        return reach

    async def _report_of(self, home: int, car: int) -> tuple[CarReport | None, Reason | None]:
        """Return what a car reports, or why its report is not available."""
        found = await self.status.look_or_why(ChatId(home), CarId(car))
        return (None, found) if isinstance(found, Reason) else (found, None)

    def _learn(self, tx: Tx, watch: CodeWatch, report: CarReport | None) -> NewCodes | None:
        """Store what a car reports, and return what is still to be announced."""
        now = self.clock.now()
        known = code_watches.get_for_update(tx, watch.chat_id, watch.car_id)
        car = cars.get(tx, watch.chat_id, watch.car_id)
        if known is None or car is None:
            code_watches.drop(tx, watch.chat_id, watch.car_id)  # the car is no longer linked here
            return None
        if not known.every_seconds:
            return None  # turned off while DIMO was asked
        reported, told = report.codes.names if report else (), dict(known.details.told)
        new = new_codes(reported, told, known.details.muted, now=now)
        untold = tuple(dict.fromkeys((*known.details.untold, *new)))
        details = replace(known.details, told=seen_codes(reported, told, now=now), untold=untold)
        code_watches.put(tx, replace(known, details=details))
        if not untold:
            return None
        draft = state.draft_of(car, untold[:MOST_AT_ONCE], source=Source.CAR, now=now)
        code_queries.put(tx, draft)
        # Codes that could not be announced before may no longer be in the report.
        at = report.codes.listed_at if report and set(untold) <= set(reported) else None
        name = named(tx, [car], car.chat_id)[0].details.name
        return NewCodes(CarId(car.car_id), name, untold, at, CodeQueryId(draft.id))

    def _rest(self, tx: Tx, watch: CodeWatch, *, is_told: bool) -> None:
        """Set the next check to the car's own time within the interval; what was not announced is kept until then."""
        known = code_watches.get_for_update(tx, watch.chat_id, watch.car_id)
        if known is not None and known.every_seconds:
            every = timedelta(seconds=known.every_seconds)
            missed = (self.clock.now() - watch.next_look_at) // every + 1
            details = replace(known.details, untold=()) if is_told else known.details
            code_watches.put(tx, replace(known, next_look_at=watch.next_look_at + missed * every, details=details))

    def _authorize(self, tx: Tx, ask: Ask, car: CarId | None) -> Car:
        return authorize_for_car(tx, ask, Ability.WATCH_CODES, car, now=self.clock.now())[1]


def _setting(tx: Tx, car: Car) -> WatchSetting:
    watch = code_watches.get(tx, car.chat_id, car.car_id)
    return WatchSetting(
        car=CarId(car.car_id),
        car_name=car.details.name,
        every=timedelta(seconds=watch.every_seconds) if watch and watch.every_seconds else None,
        muted=watch.details.muted if watch else (),
    )


def _watch(car: Car, every: timedelta, details: CodeWatchDetails, now: datetime) -> CodeWatch:
    """Make the watch of a car; its number spreads the first checks of many cars over half the interval."""
    share = int.from_bytes(hashlib.sha256(str(car.car_id).encode()).digest()[:4]) / 2**32
    return CodeWatch(
        chat_id=car.chat_id,
        car_id=car.car_id,
        every_seconds=int(every.total_seconds()),
        next_look_at=now + every * (0.5 + share / 2),
        details=details,
    )


def _keep(tx: Tx, watch: CodeWatch) -> None:
    """Store a watch; if it is off, store only its muted codes, for when it is turned on again."""
    if watch.every_seconds:
        code_watches.put(tx, watch)
    elif watch.details.muted:
        code_watches.put(tx, replace(watch, details=CodeWatchDetails(muted=watch.details.muted)))
    else:
        code_watches.drop(tx, watch.chat_id, watch.car_id)
