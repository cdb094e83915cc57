"""The watch: cars that are looked at every so often, and chats that are told of a new code once."""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.domain.code_history import WATCH_INTERVALS, NewCodes, Source, WatchSetting, new_codes, seen_codes
from bot.domain.codes import MOST_AT_ONCE
from bot.domain.ids import CarId, ChatId, CodeQueryId
from bot.domain.refusals import Reason
from bot.domain.reports import CarReport
from bot.domain.roles import Ability
from bot.service.access import authorize_for_car
from bot.service.alarm import Alarm
from bot.service.cars.status import Status
from bot.service.codes import state as rows
from bot.service.confirmation import once
from bot.service.declined import Declined
from bot.service.ports import Announcer, Ask, Clock, Reach
from storage import Car, CodeWatch, CodeWatchDetails, Database, Tx
from storage.repositories import cars, code_queries, code_watches

_log = logging.getLogger(__name__)

_TRY_AGAIN_AFTER = timedelta(minutes=30)
"""When a car is looked at again that DIMO could not tell of, and a chat is told again that could not be reached."""

_PASSING = {
    Reason.DIMO_UNREACHABLE,
    Reason.DIMO_TROUBLE,
    Reason.DIMO_TOO_BUSY,
    Reason.DIMO_TOO_SLOW,
    Reason.DIMO_REJECTED_ITS_OWN_TOKEN,
}
"""What goes by without anybody doing something; for anything else the car's next turn is early enough."""

_PAUSE_SECONDS = 1.0
"""Between the looks at two cars: people who tap go before."""


class CodeWatches:
    """Looks at watched cars; what it knows is in the database, so that it repeats nothing after a restart."""

    def __init__(self, *, db: Database, clock: Clock, status: Status, announcer: Announcer) -> None:
        self._db = db
        self._clock = clock
        self._status = status
        self._announcer = announcer
        self._alarm = Alarm(clock, name="looking for new codes later", is_shared=True)

    async def setting(self, ask: Ask, car: CarId | None = None) -> WatchSetting:
        """Return how a car is watched; raises Declined for those who may not set it."""
        return await self._db.read(lambda tx: self._setting(tx, self._may(tx, ask, car)))

    async def set(self, ask: Ask, car: CarId, every: timedelta | None) -> WatchSetting | None:
        """Watch a car from now on, or no longer. None for an update seen before; raises Declined.

        What the car reports at this moment counts as told: the answer shows it.
        """
        if every is not None and every not in WATCH_INTERVALS:
            raise Declined(Reason.BUTTON_OUT_OF_DATE)
        report, why = (None, None) if every is None else _told_apart(await self._report(ask, car))

        def commit(tx: Tx) -> WatchSetting:
            meant, now = self._may(tx, ask, car), self._clock.now()
            before = code_watches.get_for_update(tx, meant.chat_id, meant.car_id)
            if every is None:
                _turn_off(tx, before)
            else:
                known = before.details if before else CodeWatchDetails()
                told = seen_codes(_codes_in(report), dict(known.told), now=now)
                code_watches.put(tx, _watch(meant, every, replace(known, told=told), now))
            return replace(self._setting(tx, meant), report=report, unreadable=why)

        done = await once(self._db, self._clock, ask, commit)
        self._alarm.ring()
        return done

    async def mute(self, ask: Ask, car: CarId, offer: CodeQueryId) -> WatchSetting | None:
        """Never tell again of the codes that an announcement named. None for an update seen before."""

        def commit(tx: Tx) -> WatchSetting:
            meant = self._may(tx, ask, car)
            named = code_queries.get(tx, meant.chat_id, meant.car_id, offer)
            if named is None:
                raise Declined(Reason.CODES_GONE)
            codes = [entry.code for entry in named.details.entries]
            self._mute(tx, meant, lambda muted: (*muted, *(code for code in codes if code not in muted)))
            return self._setting(tx, meant)

        return await once(self._db, self._clock, ask, commit)

    async def unmute(self, ask: Ask, car: CarId) -> WatchSetting | None:
        """Tell of muted codes again when they are new. None for an update seen before."""

        def commit(tx: Tx) -> WatchSetting:
            meant = self._may(tx, ask, car)
            self._mute(tx, meant, lambda _: ())
            return self._setting(tx, meant)

        return await once(self._db, self._clock, ask, commit)

    async def keep_watching(self) -> None:
        """Look at every watched car when its time has come, one after the other, for as long as the bot runs."""
        while True:
            self._alarm.clear()
            now = self._clock.now()
            for watch in await self._db.read(partial(code_watches.due, now=now)):
                await self._look(watch)
                await self._clock.sleep(_PAUSE_SECONDS)
            await self._alarm.until(await self._db.read(partial(code_watches.next_due, after=now)))

    async def _look(self, watch: CodeWatch) -> None:
        """Look at a car, unless another process does, and tell the chat what is new.

        What is new is stored before it is told: after a crash between the two it is told by the next look.
        """
        later = self._clock.now() + _TRY_AGAIN_AFTER
        if not await self._db.run(lambda tx: code_watches.claim(tx, watch, next_look_at=later)):
            return
        home, car = ChatId(watch.chat_id), CarId(watch.car_id)
        report, why = _told_apart(await self._status.look_or_why(home, car))
        if why is not None:
            _log.info("A watched car's report could not be had (%s)", why)
        news = await self._db.run(lambda tx: self._learn(tx, watch, report))
        reach = Reach.SHOWN if news is None else await self._announcer.new_codes(home, news)
        if reach is not Reach.LATER and why not in _PASSING:
            await self._db.run(lambda tx: self._rest(tx, watch, is_told=reach is Reach.SHOWN))

    async def _report(self, ask: Ask, car: CarId) -> CarReport | Reason:
        meant = await self._db.read(lambda tx: self._may(tx, ask, car))
        return await self._status.look_or_why(ChatId(meant.chat_id), CarId(meant.car_id))

    def _learn(self, tx: Tx, watch: CodeWatch, report: CarReport | None) -> NewCodes | None:
        """Remember what a car reports, and return what the chat is still to be told."""
        now = self._clock.now()
        known = code_watches.get_for_update(tx, watch.chat_id, watch.car_id)
        car = cars.get(tx, watch.chat_id, watch.car_id)
        if known is None or car is None:
            code_watches.drop(tx, watch.chat_id, watch.car_id)  # the car is no longer linked here
            return None
        if not known.every_seconds:
            return None  # turned off while DIMO was asked
        reported = _codes_in(report)
        before = dict(known.details.told)
        new = new_codes(reported, before, known.details.muted, now=now)
        untold = tuple(dict.fromkeys((*known.details.untold, *new)))
        details = replace(known.details, told=seen_codes(reported, before, now=now), untold=untold)
        code_watches.put(tx, replace(known, details=details))
        if not untold:
            return None
        draft = rows.draft_of(
            ChatId(watch.chat_id),
            CarId(watch.car_id),
            untold[:MOST_AT_ONCE],
            source=Source.CAR,
            by=None,
            now=now,
        )
        code_queries.put(tx, draft)
        # What could not be told before may have gone from the report by now.
        at = report.codes.listed_at if report and set(untold) <= set(reported) else None
        return NewCodes(CarId(car.car_id), car.details.name, untold, at, CodeQueryId(draft.id))

    def _rest(self, tx: Tx, watch: CodeWatch, *, is_told: bool) -> None:
        """Wait for the car's next turn, at its own moment within the interval; what is not told is kept for it."""
        known = code_watches.get_for_update(tx, watch.chat_id, watch.car_id)
        if known is None or not known.every_seconds:
            return
        every = timedelta(seconds=known.every_seconds)
        missed = (self._clock.now() - watch.next_look_at) // every + 1
        code_watches.put(
            tx,
            replace(
                known,
                next_look_at=watch.next_look_at + missed * every,
                details=replace(known.details, untold=()) if is_told else known.details,
            ),
        )

    def _may(self, tx: Tx, ask: Ask, car: CarId | None) -> Car:
        return authorize_for_car(tx, ask, Ability.WATCH_CODES, car, now=self._clock.now())[1]

    @staticmethod
    def _setting(tx: Tx, car: Car) -> WatchSetting:
        watch = code_watches.get(tx, car.chat_id, car.car_id)
        return WatchSetting(
            car=CarId(car.car_id),
            car_name=car.details.name,
            every=timedelta(seconds=watch.every_seconds) if watch and watch.every_seconds else None,
            muted=watch.details.muted if watch else (),
        )

    @staticmethod
    def _mute(tx: Tx, car: Car, change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> None:
        watch = code_watches.get_for_update(tx, car.chat_id, car.car_id)
        if watch is not None:
            watch = replace(watch, details=replace(watch.details, muted=change(watch.details.muted)))
            if watch.every_seconds:
                code_watches.put(tx, watch)
            else:
                _turn_off(tx, watch)


def _watch(car: Car, every: timedelta, details: CodeWatchDetails, now: datetime) -> CodeWatch:
    """Make the watch of a car; its number spreads the first looks of many cars over half the interval."""
    share = int.from_bytes(hashlib.sha256(str(car.car_id).encode()).digest()[:4]) / 2**32
    return CodeWatch(
        chat_id=car.chat_id,
        car_id=car.car_id,
        every_seconds=int(every.total_seconds()),
        next_look_at=now + every * (0.5 + share / 2),
        details=details,
    )


def _turn_off(tx: Tx, watch: CodeWatch | None) -> None:
    """Look no more, and keep only what a person does not want to hear of when the watch is on again."""
    if watch is None:
        return
    if watch.details.muted:
        code_watches.put(tx, replace(watch, every_seconds=0, details=CodeWatchDetails(muted=watch.details.muted)))
    else:
        code_watches.drop(tx, watch.chat_id, watch.car_id)


def _told_apart(found: CarReport | Reason) -> tuple[CarReport | None, Reason | None]:
    return (None, found) if isinstance(found, Reason) else (found, None)


def _codes_in(report: CarReport | None) -> list[str]:
    listed = report.codes.listed if report else None
    return [code.text for code in listed.codes] if listed else []
