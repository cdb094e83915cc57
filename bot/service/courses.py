"""The course of an action: its turn at the car, its one command, and what became of it."""

import asyncio
import itertools
import logging
from datetime import datetime
from functools import partial

from bot.domain.actions import ACTIONS, Action
from bot.domain.ids import CarId, ChatId, PersonId
from bot.domain.limits import MAX_QUEUE_WAIT, QUIET_WATCH, UNSETTLED_FOR
from bot.domain.outcomes import UNSETTLED, Note, State
from bot.domain.refusals import Reason
from bot.domain.roles import ability_for
from bot.service.access import chosen_car, permitted
from bot.service.background import Background
from bot.service.declined import Declined
from bot.service.ports import Clock
from bot.service.queues import CarQueues
from bot.service.sending import Sender, Sent
from bot.service.showing import Showing
from bot.service.translate import READING_PERMISSION
from bot.service.views import action_of
from bot.service.watching import Watcher
from storage import ActionRow, Database, DatabaseFault, Tx, cars, journal

_log = logging.getLogger(__name__)

_SAY_SENDING_AFTER = 0.4
"""Seconds after which a person is told that the command is under way; most answers are faster."""


_RESCUE_PAUSES = (1.0, 5.0, 15.0)
"""Seconds between tries to store what is left of a broken course."""


class Courses:
    """Carries each committed intent to its outcome; a crash on the way leaves a row that tells how far it came."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        sender: Sender,
        queues: CarQueues,
        watcher: Watcher,
        showing: Showing,
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
        self._instance = instance
        self._running: set[str] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    def start(self, row: ActionRow) -> None:
        """Carry an intent on, in the background."""
        self._running.add(row.id)
        self._idle.clear()
        self._background.start(self._run(row), name=f"the course of {row.details.action}")

    async def wait_idle(self) -> None:
        """Wait until no action is between its intent and its outcome."""
        await self._idle.wait()

    async def _run(self, row: ActionRow) -> None:
        try:
            begun = row if row.state == State.SENDING.value else await self._await_turn(row)
            if begun is not None:
                await self._carry(begun)
        except Exception:  # noqa: BLE001 - whatever broke, the car must be freed and the person told
            _log.exception("The course of an action failed on our side")
            await self._rescue(row)
        finally:
            self._running.discard(row.id)
            if not self._running:
                self._idle.set()

    async def _rescue(self, row: ActionRow) -> None:
        """Settle an action whose course broke: unknown once it may be out, refused before; until it is stored."""
        for pause in itertools.chain(_RESCUE_PAUSES, itertools.repeat(_RESCUE_PAUSES[-1])):
            try:
                settled = await self._db.run(partial(self._settle_broken, row=row))
                self._queues.freed(CarId(row.car_id))
                if settled is not None:
                    await self._showing.show(settled)
            except DatabaseFault:
                await self._clock.sleep(pause)
            else:
                return

    def _settle_broken(self, tx: Tx, *, row: ActionRow) -> ActionRow | None:
        stands = journal.get(tx, row.id)
        if stands is None or stands.state not in {State.QUEUED.value, State.SENDING.value}:
            return stands
        is_out = stands.state == State.SENDING.value
        return journal.settle(
            tx,
            row.id,
            expected=(stands.state,),
            state=(State.UNKNOWN if is_out else State.REFUSED).value,
            now=self._clock.now(),
            reason=None if is_out else Reason.FAILED_BEFORE_SENDING.value,
        )

    async def _await_turn(self, row: ActionRow) -> ActionRow | None:
        """Wait for earlier actions on the car; None once this one is dropped, which is shown."""
        deadline = row.requested_at + MAX_QUEUE_WAIT
        while self._clock.now() < deadline:
            await self._queues.wait(CarId(row.car_id))
            begun = await self._db.run(partial(self._take_turn, row=row))
            if begun is None:
                row = row if row.shown_state else await self._showing.show(row)
                continue
            if begun.state == State.SENDING.value:
                return begun
            await self._showing.show(begun)
            return None
        await self._drop(row)
        return None

    def _take_turn(self, tx: Tx, *, row: ActionRow) -> ActionRow | None:
        """Take the turn if it is there; whoever lost access while waiting loses the turn too."""
        now = self._clock.now()
        begun = journal.begin(tx, row.id, instance=self._instance, now=now)
        if begun is None:
            return None
        try:
            ability = ability_for(action_of(row))
            person, chat = PersonId(row.person_id), ChatId(row.chat_id)
            seat = permitted(tx, person=person, chat=chat, ability=ability, now=now)
            chosen_car(tx, seat.home, CarId(row.car_id))
        except Declined as no:
            sending, refused = (State.SENDING.value,), State.REFUSED.value
            return journal.settle(
                tx, row.id, expected=sending, state=refused, now=now, reason=no.reason.value
            )
        return begun

    async def _drop(self, row: ActionRow) -> None:
        queued, reason = (State.QUEUED.value,), Reason.WAITED_TOO_LONG.value
        dropped = await self._db.run(
            lambda tx: journal.settle(
                tx, row.id, expected=queued, state=State.REFUSED.value, now=self._clock.now(), reason=reason
            )
        )
        if dropped is not None:
            await self._showing.show(dropped)

    async def _carry(self, row: ActionRow) -> None:
        """Send, settle, show, and watch for the car's own report."""
        try:
            sent, row = await self._send_saying_so(row)
            settled = await self._db.run(lambda tx: self._settle(tx, row, sent))
        finally:
            self._queues.freed(CarId(row.car_id))
        if settled is not None:
            shown = await self._showing.show(settled)
            if shown.watch_until is not None:
                self._watcher.watch(shown)
        await self._sender.reconsider(sent)

    async def _send_saying_so(self, row: ActionRow) -> tuple[Sent, ActionRow]:
        """Send; when the answer takes longer than a moment, show that the command is on its way."""
        sending = asyncio.ensure_future(self._sender.send(row))
        timer = asyncio.ensure_future(self._clock.sleep(_SAY_SENDING_AFTER))
        try:
            await asyncio.wait({sending, timer}, return_when=asyncio.FIRST_COMPLETED)
            if not sending.done() and row.shown_state is None:
                row = await self._showing.show(row)
            return await sending, row
        finally:
            timer.cancel()
            sending.cancel()

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
            watch_until=_sent_at(row) + QUIET_WATCH if is_watched else None,
            request_id=sent.request_id,
            reason=_reason(tx, row, sent, now),
            note=note.value if note else None,
            opening_until=_earlier_opening(tx, row, now) if action_of(row) is Action.LOCK else None,
        )


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
    recent = journal.recent_on_car(tx, row.car_id, since=now - UNSETTLED_FOR)
    ends = [
        _sent_at(other) + UNSETTLED_FOR
        for other in recent
        if other.id != row.id and ACTIONS[action_of(other)].opens and State(other.state) in UNSETTLED
    ]
    return max(ends, default=None)


def _learn_ability(tx: Tx, row: ActionRow, sent: Sent) -> None:
    """Remember what this car cannot do, and unlearn it as soon as DIMO takes it."""
    cannot = sent.reason is Reason.CAR_CANNOT_DO_THIS
    if not cannot and sent.state is not State.ACCEPTED:
        return
    car = cars.get(tx, row.home_chat_id, row.car_id)
    if car is None:
        return
    known, this = frozenset(car.details.cannot), frozenset({row.details.action})
    changed = known | this if cannot else known - this
    if changed != known:
        cars.learn(tx, row.home_chat_id, row.car_id, cannot=tuple(sorted(changed)))
