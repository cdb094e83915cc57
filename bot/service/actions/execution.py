"""The course of an action: its turn at the car, its one command, and what became of it."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.domain.actions import ACTIONS, Action
from bot.domain.ids import CarId, ChatId
from bot.domain.limits import MAX_QUEUE_WAIT, OPENING_STAYS_FRESH, QUIET_WATCH, UNSETTLED_FOR
from bot.domain.outcomes import UNSETTLED, Note, State
from bot.domain.refusals import Reason
from bot.service.actions.car_queue import CarQueues
from bot.service.actions.messages import ActionMessages
from bot.service.actions.sending import Sender, Sent, still_permitted
from bot.service.actions.watching import ReportWatcher
from bot.service.background import Background
from bot.service.declined import Declined
from bot.service.dimo_mapping import READING_PERMISSION, says_never
from bot.service.mapping import action_of
from bot.service.ports import Clock
from storage import ActionRow, Database, DatabaseFault, Tx
from storage.repositories import cars, journal

_SAY_SENDING_AFTER = 0.4
"""Seconds after which a person is told that the command is under way; most answers are faster."""


class ActionExecution:
    """Carries each committed intent to its outcome; a crash on the way leaves a row that tells how far it came."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        sender: Sender,
        queues: CarQueues,
        watcher: ReportWatcher,
        showing: ActionMessages,
        background: Background,
        instance: int,
    ) -> None:
        self._db = db
        self._clock = clock
        self._sender = sender
        self._queues = queues
        self._watcher = watcher
        self._showing = showing
        self._background = background
        self.instance = instance
        self._running: set[str] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    def start(self, row: ActionRow) -> None:
        """Carry an intent on, in the background."""
        self._running.add(row.id)
        self._idle.clear()
        self._background.start(self._run(row), name=f"the course of {row.details.action}")

    def prepare(self, home: ChatId, car: CarId, *, good_for: timedelta) -> None:
        """Fetch in the background what the next command to a car needs."""
        self._background.start(self._sender.prepare(home, car, good_for=good_for), name="fetching ahead")

    def is_running(self, action_id: str) -> bool:
        """Tell whether an action is on its way in this process."""
        return action_id in self._running

    async def wait_idle(self) -> None:
        """Wait until no action is between its intent and its outcome."""
        await self._idle.wait()

    async def _run(self, row: ActionRow) -> None:
        try:
            begun = row if row.state == State.SENDING.value else await self._await_turn(row)
            if begun is not None:
                await self._carry(begun)
        finally:
            self._running.discard(row.id)
            if not self._running:
                self._idle.set()

    async def _await_turn(self, row: ActionRow) -> ActionRow | None:
        """Wait for earlier actions on the car; None once this one is dropped, which is shown."""
        while True:
            begun = await self._db.run(partial(self._take_turn, row=row))
            if begun is None:
                row = row if row.shown_state else await self._showing.show(row)
                await self._queues.wait(CarId(row.car_id))
                continue
            if begun.state == State.SENDING.value:
                return begun if begun.instance == self.instance else None
            await self._showing.show(begun)
            return None

    def _take_turn(self, tx: Tx, *, row: ActionRow) -> ActionRow | None:
        """Take the turn if it is there; who waited too long, or lost access meanwhile, loses it."""
        now = self._clock.now()
        reason: Reason | None = None
        if now - row.requested_at > MAX_QUEUE_WAIT:
            reason = Reason.WAITED_TOO_LONG
        else:
            try:
                still_permitted(tx, row, now=now)
            except Declined as no:
                reason = no.reason
        if reason is None:
            begun = journal.begin(tx, row.id, instance=self.instance, now=now)
            stands = begun or journal.get(tx, row.id)
            return None if stands is None or stands.state == State.QUEUED.value else stands
        queued, refused = (State.QUEUED.value,), State.REFUSED.value
        return journal.settle(tx, row.id, expected=queued, state=refused, now=now, reason=reason.value)

    async def _carry(self, row: ActionRow) -> None:
        """Send, settle, show, and watch for the car's own report. What Telegram does delays none of the first two."""
        telling: asyncio.Task[ActionRow] | None = None
        sending = asyncio.create_task(self._sender.send(row), name=f"sending {row.details.action}")
        try:
            if row.shown_state is None and not await self._ends_soon(sending):
                telling = asyncio.create_task(self._showing.show(row))
            sent = await sending
            settled = await self._db.run(lambda tx: self._settle(tx, row, sent))
        except BaseException:
            if telling is not None:
                telling.cancel()
            raise
        finally:
            sending.cancel()
            self._queues.freed(CarId(row.car_id))
        if settled is not None:
            shown = await self._showing.show(await _after(telling, settled))
            if shown.watch_until is not None:
                self._watcher.watch(shown)
        await self._sender.reconsider(sent)

    async def _ends_soon(self, sending: asyncio.Task[Sent]) -> bool:
        """Wait a moment for the answer; most are faster than a message that says "Sending"."""
        timer = asyncio.ensure_future(self._clock.sleep(_SAY_SENDING_AFTER))
        try:
            await asyncio.wait({sending, timer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
        return sending.done()

    def _settle(self, tx: Tx, row: ActionRow, sent: Sent) -> ActionRow | None:
        """Store what DIMO answered; None when the row is settled already."""
        now = self._clock.now()
        _learn_ability(tx, row, sent)
        note = _first_note(tx, row) if sent.state is State.ACCEPTED else None
        is_watched = note is Note.WAITING_FOR_REPORT
        return journal.settle(
            tx,
            row.id,
            # Another process may have called it unknown meanwhile: the answer itself knows better.
            expected=(State.SENDING.value, State.UNKNOWN.value),
            state=sent.state.value,
            now=now,
            sent_at=sent.at,
            watch_until=(sent.at or now) + QUIET_WATCH if is_watched else None,
            request_id=sent.request_id,
            reason=_reason(tx, row, sent, now),
            note=note.value if note else None,
            opening_until=_earlier_opening(tx, row, now) if action_of(row) is Action.LOCK else None,
        )


async def _after(telling: asyncio.Task[ActionRow] | None, settled: ActionRow) -> ActionRow:
    """Let the message that says "Sending" arrive first, so that the outcome is shown in it."""
    if telling is None:
        return settled
    try:
        told = await telling
    except DatabaseFault:
        return settled
    return replace(settled, message_id=told.message_id, shown_state=told.shown_state)


def _reason(tx: Tx, row: ActionRow, sent: Sent, now: datetime) -> str | None:
    """Tell a share that has ended from one that never was: to DIMO it is all the same."""
    if sent.reason is Reason.NOT_SHARED_FOR_COMMANDS:
        car = cars.get(tx, row.home_chat_id, row.car_id)
        if car is not None and car.share_expires_at is not None and car.share_expires_at <= now:
            return Reason.SHARE_ENDED.value
    return sent.reason.value if sent.reason else None


def _sent_at(row: ActionRow) -> datetime:
    return row.sent_at or row.requested_at


def _first_note(tx: Tx, row: ActionRow) -> Note:
    """Say at once whether the car's own report can be waited for."""
    car = cars.get(tx, row.home_chat_id, row.car_id)
    if car is None:
        return Note.MAY_NOT_READ_REPORTS
    if car.details.permissions and READING_PERMISSION not in car.details.permissions:
        return Note.MAY_NOT_READ_REPORTS
    reports = car.details.reports
    if reports is not None and ACTIONS[action_of(row)].signal.value not in reports:
        return Note.CAR_DOES_NOT_REPORT
    return Note.WAITING_FOR_REPORT


def _earlier_opening(tx: Tx, row: ActionRow, now: datetime) -> datetime | None:
    """Return until when an opening that DIMO took before this lock may still run at the car."""
    longest = UNSETTLED_FOR + MAX_QUEUE_WAIT + OPENING_STAYS_FRESH
    recent = journal.recent_on_car(tx, row.car_id, since=now - longest)
    ends = [
        _sent_at(other) + UNSETTLED_FOR
        for other in recent
        if other.id != row.id and ACTIONS[action_of(other)].opens and State(other.state) in UNSETTLED
    ]
    return max((end for end in ends if end > now), default=None)


def _learn_ability(tx: Tx, row: ActionRow, sent: Sent) -> None:
    """Remember what this car cannot do, and unlearn it as soon as DIMO takes it. Lock is offered whatever DIMO says."""
    cannot = sent.reason is Reason.CAR_CANNOT_DO_THIS and action_of(row) is not Action.LOCK
    cannot = cannot and says_never(sent.error)
    if not cannot and sent.state is not State.ACCEPTED:
        return
    car = cars.get(tx, row.home_chat_id, row.car_id)
    if car is None:
        return
    known, this = frozenset(car.details.cannot), frozenset({row.details.action})
    changed = known | this if cannot else known - this
    if changed != known:
        cars.learn(tx, row.home_chat_id, row.car_id, cannot=tuple(sorted(changed)))
