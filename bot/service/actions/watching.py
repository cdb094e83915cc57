"""Waiting for the car's own report: the only thing that turns Accepted into Confirmed."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from bot.dimo.errors import DimoError, NotPermitted
from bot.domain.actions import ACTIONS, Action
from bot.domain.ids import ActionId, CarId, ChatId
from bot.domain.limits import MAX_QUEUE_WAIT, OPENING_STAYS_FRESH, QUIET_WATCH
from bot.domain.outcomes import UNSETTLED, Note, State, Verdict, is_ahead, judge
from bot.domain.reports import CarReport, Reading
from bot.service.actions.messages import ActionMessages, action_of, may_learn, reads_after
from bot.service.actions.noting import ActionNotes
from bot.service.background import Background
from bot.service.cars.status import Status
from bot.service.declined import Declined
from bot.service.ports import Clock
from bot.service.preferences import preferences_of
from storage import ActionRow, Database, Tx
from storage.repositories import journal

LOOKS = (3.0, 5.0, 8.0, 15.0)
"""Seconds before each look; each value costs DIMO credits, and cars report every 60 to 300 s."""

LATER_LOOKS = 30.0


def sent_at(row: ActionRow) -> datetime:
    """Return when the command was sent, or else requested."""
    return row.sent_at or row.requested_at


def open_parts_after(row: ActionRow, report: CarReport) -> tuple[str, ...]:
    """Return what a car reports open after a Lock; of other actions nobody needs to know that."""
    return tuple(sorted(report.reported_open())) if action_of(row) is Action.LOCK else ()


def is_about(reading: Reading, row: ActionRow, recent: list[ActionRow]) -> bool:
    """Return whether a reading is newer than an action, and no other of the recent ones moved the same part since."""
    signal = ACTIONS[action_of(row)].signal
    return reading.at > sent_at(row) and not any(
        other.id != row.id
        and ACTIONS[action_of(other)].signal is signal
        and other.state != State.REFUSED
        and sent_at(row) <= sent_at(other) <= reading.at
        for other in recent
    )


def _is_too_late(reading: Reading, row: ActionRow) -> bool:
    """Return whether somebody else, with a key, may have caused what a car reports after an action."""
    return reading.at > sent_at(row) + QUIET_WATCH


@dataclass(frozen=True, slots=True)
class _Change:
    """The change of an action that a look, or the end of the wait, causes."""

    state: State
    note: Note | None
    report: CarReport | None
    is_over: bool = True


@dataclass(kw_only=True, slots=True)
class ReportWatcher:
    """Looks at what the car reports after an action until it agrees, or until the watch is over."""

    db: Database
    clock: Clock
    status: Status
    messages: ActionMessages
    notes: ActionNotes
    background: Background
    wait: timedelta
    """How long the report is waited for if the home has not set that."""
    _watching: dict[ActionId, CarReport | None] = field(default_factory=dict, init=False)
    """What was known of the car before each action that is watched; it proves nothing."""

    def watch(self, row: ActionRow) -> None:
        """Watch an accepted action in the background, also one that an earlier process watched."""
        self._watching[ActionId(row.id)] = self._remembered(row)
        self.background.start(self._watch(row), name=f"watching {row.details.action}")

    def is_watching(self, action: ActionId) -> bool:
        """Return whether this process watches an action."""
        return action in self._watching

    def is_watched(self, row: ActionRow) -> bool:
        """Return whether any process watches an action."""
        return row.watch_until is not None and row.watch_until > self.clock.now()

    def _remembered(self, row: ActionRow) -> CarReport | None:
        look = self.status.remembered(ChatId(row.home_chat_id), CarId(row.car_id))
        return look.report if look else None

    async def _watch(self, row: ActionRow) -> None:
        try:
            await self._keep_looking(row)
        finally:
            del self._watching[ActionId(row.id)]

    async def _keep_looking(self, row: ActionRow) -> None:
        wait = await self.db.read(lambda tx: self._wait_of(tx, row))
        for pause in self._pauses(row, wait):
            if pause:
                await self.clock.sleep(pause)
            change = await self._look(row) or self._end_of_wait(row, wait)
            if change is not None:
                stored = await self._store(row, change)
                if stored is None or change.is_over:
                    return
                row = stored

    def _wait_of(self, tx: Tx, row: ActionRow) -> timedelta:
        chosen = preferences_of(tx, row.home_chat_id).wait_seconds
        return self.wait if chosen is None else timedelta(seconds=chosen)

    def _pauses(self, row: ActionRow, wait: timedelta) -> Iterator[float]:
        """Yield the seconds before each look; one look is at the end of the wait, and one at the end of the watch.

        A watch that ended while no process ran has one look.
        """
        end = row.watch_until or sent_at(row)
        if self.clock.now() >= end:
            yield 0.0
        plan = itertools.chain(LOOKS, itertools.repeat(LATER_LOOKS))
        while (now := self.clock.now()) < end:
            due = min(now + timedelta(seconds=next(plan)), end)
            if now < sent_at(row) + wait < due:
                due = sent_at(row) + wait
            yield (due - now).total_seconds()

    async def _look(self, row: ActionRow) -> _Change | None:
        """Look once; None while the report proves nothing."""
        try:
            if not await self.db.read(partial(self._may_learn, row=row)):
                return _Change(State(row.state), Note.MAY_NOT_READ_REPORTS, None)
            report = await self.status.look(ChatId(row.home_chat_id), CarId(row.car_id))
        except (NotPermitted, Declined):
            return _Change(State(row.state), Note.MAY_NOT_READ_REPORTS, None)
        except DimoError:
            return None
        change = self._change(row, report)
        if change is not None and change.note is Note.ALREADY_SO and await self._is_contested(row, report):
            return None
        if change is not None and change.state is State.CONFIRMED and await self._is_of_another(row, report):
            return None
        return change

    def _may_learn(self, tx: Tx, *, row: ActionRow) -> bool:
        """Return whether the person may still be told what the car reports; a group may have a new number since."""
        stored = journal.get(tx, row.id) or row
        return may_learn(tx, stored, stored.chat_id, now=self.clock.now())

    async def _is_of_another(self, row: ActionRow, report: CarReport) -> bool:
        """Return whether a lid has moved once since two actions on it, of which this is the earlier one."""
        traits = ACTIONS[action_of(row)]
        reading = report.reading(traits.signal)
        if reading is None or not traits.toggles:
            return False
        recent = await self.db.read(lambda tx: journal.recent_on_car(tx, row.car_id, since=row.requested_at))
        return not is_about(reading, row, recent)

    async def _is_contested(self, row: ActionRow, report: CarReport) -> bool:
        """Return whether an opposite action may have changed the car since its report, which then proves nothing."""
        traits = ACTIONS[action_of(row)]
        reading = report.reading(traits.signal)
        if reading is None:
            return False
        since = reading.at - MAX_QUEUE_WAIT - OPENING_STAYS_FRESH
        others = await self.db.read(lambda tx: journal.recent_on_car(tx, row.car_id, since=since))
        return any(
            other.id != row.id
            and ACTIONS[action_of(other)].signal is traits.signal
            and reads_after(other) is not reads_after(row)
            and State(other.state) in UNSETTLED | {State.CONFIRMED}
            and sent_at(other) >= reading.at
            for other in others
        )

    def _change(self, row: ActionRow, report: CarReport) -> _Change | None:
        now, known = self.clock.now(), self._watching.get(ActionId(row.id))
        reading = report.reading(ACTIONS[action_of(row)].signal)
        if reading is not None and is_ahead(reading, now=now):
            self._watching[ActionId(row.id)] = report  # it proves nothing later either, when our slow clock gets there
        closes = row.details.closes
        match judge(action_of(row), report, sent_at=sent_at(row), now=now, known=known, closes=closes):
            case Verdict.AGREES if reading is not None and _is_too_late(reading, row):
                return None
            case Verdict.AGREES:
                return _Change(State.CONFIRMED, None, report)
            case Verdict.ALREADY_SO:
                return _Change(State.ACCEPTED, Note.ALREADY_SO, report)
            case Verdict.NOT_REPORTED:
                return _Change(State(row.state), Note.CAR_DOES_NOT_REPORT, report)
            case Verdict.NOT_YET:
                return None

    def _end_of_wait(self, row: ActionRow, wait: timedelta) -> _Change | None:
        """Say once that the wait is over; the watch continues."""
        if row.state != State.ACCEPTED or self.clock.now() < sent_at(row) + wait:
            return None
        report = self._remembered(row)
        reading = report.reading(ACTIONS[action_of(row)].signal) if report else None
        note = Note.REPORTED_SINCE if reading is not None and _is_too_late(reading, row) else None
        return _Change(State.NOT_CONFIRMED, note, report, is_over=False)

    async def _store(self, row: ActionRow, change: _Change) -> ActionRow | None:
        """Store and show a change; None if somebody else has changed the action meanwhile."""
        details: journal.DetailChanges = {"note": change.note.value if change.note else None}
        if change.report is not None:
            reading = change.report.reading(ACTIONS[action_of(row)].signal)
            details["reading_value"] = reading.value if reading else None
            details["reading_at"] = reading.at if reading else None
            details["still_open"] = open_parts_after(row, change.report)
        with self.messages.changing(ActionId(row.id)):
            settled = await self.db.run(
                lambda tx: journal.settle(
                    tx,
                    row.id,
                    expected=(row.state,),
                    state=change.state,
                    now=self.clock.now(),
                    watch_until=None if change.is_over else row.watch_until,
                    **details,
                )
            )
            if settled is not None and settled.state != row.state:
                self.notes.reported(settled)
            return await self.messages.show(settled) if settled else None
