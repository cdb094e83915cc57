"""Waiting for the car's own report: the only thing that turns Accepted into Confirmed."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from bot.dimo.errors import DimoError, NotPermitted
from bot.domain.actions import ACTIONS, Action
from bot.domain.ids import CarId, ChatId
from bot.domain.limits import MAX_QUEUE_WAIT, OPENING_STAYS_FRESH
from bot.domain.outcomes import UNSETTLED, Note, State, Verdict, is_ahead, judge
from bot.domain.reports import CarReport
from bot.service.actions.messages import ActionMessages
from bot.service.background import Background
from bot.service.cars.status import Status
from bot.service.declined import Declined
from bot.service.mapping import action_of
from bot.service.ports import Clock
from bot.service.preferences import preferences_of
from storage import ActionRow, Database, Tx
from storage.repositories import journal

LOOKS = (3.0, 5.0, 8.0, 15.0)
"""Seconds before each look; each value costs DIMO credits, and cars report every 60 to 300 s."""

LATER_LOOKS = 30.0


@dataclass(frozen=True, slots=True)
class _Change:
    """What a look, or the end of the wait, makes of an action."""

    state: State
    note: Note | None
    report: CarReport | None
    is_over: bool


class ReportWatcher:
    """Looks at what the car reports after an action until it agrees, or until the watch is over."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        status: Status,
        showing: ActionMessages,
        background: Background,
        wait: timedelta,
    ) -> None:
        self._db = db
        self._clock = clock
        self._status = status
        self._showing = showing
        self._background = background
        self._wait = wait
        self._watching: dict[str, CarReport | None] = {}

    def watch(self, row: ActionRow) -> None:
        """Watch an accepted action, in the background; also one that an earlier process watched."""
        look = self._status.remembered(ChatId(row.home_chat_id), CarId(row.car_id))
        self._watching[row.id] = look.report if look else None
        self._background.start(self._watch(row), name=f"watching {row.details.action}")

    def is_watching(self, action_id: str) -> bool:
        """Tell whether an action is watched in this process."""
        return action_id in self._watching

    async def _watch(self, row: ActionRow) -> None:
        try:
            await self._keep_looking(row)
        finally:
            del self._watching[row.id]

    async def _keep_looking(self, row: ActionRow) -> None:
        wait = await self._db.read(lambda tx: self._wait_of(tx, row))
        for pause in self._pauses(row, wait):
            await self._clock.sleep(pause)
            change = await self._look(row) or self._end_of_wait(row, wait)
            if change is not None:
                stored = await self._store(row, change)
                if stored is None or change.is_over:
                    return
                row = stored

    def _wait_of(self, tx: Tx, row: ActionRow) -> timedelta:
        """How long the report is waited for: as the owner has set, else as the operator has."""
        chosen = preferences_of(tx, row.home_chat_id).wait_seconds
        return self._wait if chosen is None else timedelta(seconds=chosen)

    def _pauses(self, row: ActionRow, wait: timedelta) -> Iterator[float]:
        """Yield the seconds before each look; one look falls on the end of the wait and one on the end of the watch."""
        sent_at = row.sent_at or row.requested_at
        end = row.watch_until or sent_at
        plan = itertools.chain(LOOKS, itertools.repeat(LATER_LOOKS))
        while (now := self._clock.now()) < end:
            due = min(now + timedelta(seconds=next(plan)), end)
            boundary = sent_at + wait
            if now < boundary < due:
                due = boundary
            yield (due - now).total_seconds()

    async def _look(self, row: ActionRow) -> _Change | None:
        """Look once; None while the report proves nothing."""
        home, car = ChatId(row.home_chat_id), CarId(row.car_id)
        try:
            report = await self._status.look(home, car)
        except (NotPermitted, Declined):
            return _Change(State(row.state), Note.MAY_NOT_READ_REPORTS, None, is_over=True)
        except DimoError:
            return None
        change = self._change(row, report)
        if change is not None and change.note is Note.ALREADY_SO and await self._is_contested(row, report):
            return None
        return change

    async def _is_contested(self, row: ActionRow, report: CarReport) -> bool:
        """Tell whether an opposite action may have changed the car since its report: then "it was so" proves nothing."""
        signal = ACTIONS[action_of(row)].signal
        reading = report.reading(signal)
        if reading is None:
            return False
        since = reading.at - MAX_QUEUE_WAIT - OPENING_STAYS_FRESH
        others = await self._db.read(lambda tx: journal.recent_on_car(tx, row.car_id, since=since))
        return any(
            other.id != row.id
            and ACTIONS[action_of(other)].signal is signal
            and ACTIONS[action_of(other)].agrees is not ACTIONS[action_of(row)].agrees
            and State(other.state) in UNSETTLED | {State.CONFIRMED}
            and (other.sent_at or other.requested_at) >= reading.at
            for other in others
        )

    def _change(self, row: ActionRow, report: CarReport) -> _Change | None:
        sent_at = row.sent_at or row.requested_at
        now, known = self._clock.now(), self._watching.get(row.id)
        reading = report.reading(ACTIONS[action_of(row)].signal)
        if reading is not None and is_ahead(reading, now=now):
            self._watching[row.id] = report  # it proves nothing later either, once our slow clock gets there
        match judge(action_of(row), report, sent_at=sent_at, now=now, known=known):
            case Verdict.AGREES:
                return _Change(State.CONFIRMED, None, report, is_over=True)
            case Verdict.ALREADY_SO:
                return _Change(State.ACCEPTED, Note.ALREADY_SO, report, is_over=True)
            case Verdict.NOT_REPORTED:
                return _Change(State(row.state), Note.CAR_DOES_NOT_REPORT, report, is_over=True)
            case Verdict.NOT_YET:
                return None

    def _end_of_wait(self, row: ActionRow, wait: timedelta) -> _Change | None:
        """When the wait is over, say so once; the quiet watch goes on."""
        sent_at = row.sent_at or row.requested_at
        if State(row.state) is not State.ACCEPTED or self._clock.now() < sent_at + wait:
            return None
        look = self._status.remembered(ChatId(row.home_chat_id), CarId(row.car_id))
        return _Change(State.NOT_CONFIRMED, None, look.report if look else None, is_over=False)

    async def _store(self, row: ActionRow, change: _Change) -> ActionRow | None:
        """Store and show a change; None when somebody else has changed the action meanwhile."""
        signal = ACTIONS[action_of(row)].signal
        reading = change.report.reading(signal) if change.report else None
        door = change.report.open_door() if change.report and action_of(row) is Action.LOCK else None
        settled = await self._db.run(
            lambda tx: journal.settle(
                tx,
                row.id,
                expected=(row.state,),
                state=change.state.value,
                now=self._clock.now(),
                watch_until=None if change.is_over else row.watch_until,
                note=change.note.value if change.note else None,
                reading_value=reading.value if reading else None,
                reading_at=reading.at if reading else None,
                open_door_at=door.at if door else None,
            )
        )
        return await self._showing.show(settled) if settled else None
