"""One action from its intent to its outcome: its turn at the car, its one command, and what DIMO answered."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from bot.domain.actions import ACTIONS, Action
from bot.domain.ids import ActionId, CarId, ChatId
from bot.domain.limits import MAX_QUEUE_WAIT, OPENING_STAYS_FRESH, QUIET_WATCH, UNSETTLED_FOR
from bot.domain.outcomes import UNSETTLED, Note, State
from bot.domain.refusals import Reason
from bot.service.access import shared_car
from bot.service.actions.messages import ActionMessages, action_of
from bot.service.actions.noting import ActionNotes
from bot.service.actions.queues import CarQueues, Waiting
from bot.service.actions.sending import Sender, Sent, why_not_permitted
from bot.service.actions.watching import ReportWatcher, sent_at
from bot.service.background import Background, within
from bot.service.dimo_mapping import says_never
from bot.service.ports import Clock
from storage import ActionRow, Car, Database, DatabaseFault, Presence, Tx
from storage.repositories import cars, journal

_SAY_SENDING_AFTER = 0.4
"""Seconds after which a person is told that the command is being sent; most answers are faster."""

_LOOK_AGAIN = 0.25
"""Seconds after which a waiting action looks again: another process may have freed the car."""


@dataclass(kw_only=True, slots=True)
class ActionExecution:
    """Carries each committed intent to its outcome; after a crash its row says how far it came."""

    db: Database
    clock: Clock
    presence: Presence
    sender: Sender
    messages: ActionMessages
    notes: ActionNotes
    watcher: ReportWatcher
    background: Background
    _running: set[ActionId] = field(default_factory=set, init=False)
    _idle: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    queues: CarQueues = field(default_factory=CarQueues, init=False)

    def __post_init__(self) -> None:
        """Start with no actions."""
        self._idle.set()

    def start(self, row: ActionRow) -> None:
        """Execute an intent in the background."""
        self._running.add(ActionId(row.id))
        self._idle.clear()
        self.background.start(self._run(row), name=f"executing {row.details.action}")

    def prepare(self, home: ChatId, car: CarId, *, good_for: timedelta) -> None:
        """Fetch in the background what the next command to a car needs."""
        self.background.start(self.sender.prepare(home, car, good_for=good_for), name="preparing a command")

    def is_running(self, action: ActionId) -> bool:
        """Return whether this process executes an action."""
        return action in self._running

    async def wait_idle(self) -> None:
        """Wait until no action is between its intent and its outcome."""
        await self._idle.wait()

    async def _run(self, row: ActionRow) -> None:
        showing = _Showing(self.messages)
        try:
            begun = row if row.state == State.SENDING else await self._await_turn(row, showing)
            if begun is not None:
                await self._execute(begun, showing)
        except BaseException:
            showing.cancel()
            raise
        finally:
            self._running.discard(ActionId(row.id))
            if not self._running:
                self._idle.set()

    async def _await_turn(self, row: ActionRow, showing: "_Showing") -> ActionRow | None:
        """Wait for earlier actions on the car; None if the action is refused meanwhile, which is shown."""
        with self.queues.place(row) as waiting:
            while (turn := await self._try(waiting)) is None:
                if not showing.has_begun:
                    showing.start(row)
                if self.queues.is_first(waiting):
                    await within(self.clock, _LOOK_AGAIN, waiting.wake.wait())
                else:
                    await waiting.wake.wait()
                waiting.wake.clear()
        begun = turn.row
        if turn.is_refused_here:
            self.notes.answered(begun, turn_at=None)
        if begun.state == State.SENDING:
            return begun if begun.instance == self.presence.number else None
        await self.messages.show(await showing.then(begun))
        return None

    async def _try(self, waiting: Waiting) -> "_Turn | None":
        """Ask the database for the turn of an action; None if it is not its turn yet."""
        if not self.queues.is_first(waiting):
            return None
        return await self.db.run(partial(self._take_turn, row=waiting.row))

    def _take_turn(self, tx: Tx, *, row: ActionRow) -> "_Turn | None":
        """Start the action if it is next in its car's queue; refuse it if it waited too long or access was lost."""
        now = self.clock.now()
        reason = Reason.WAITED_TOO_LONG if now - row.requested_at > MAX_QUEUE_WAIT else why_not_permitted(tx, row, now)
        if reason is None:
            changed = journal.begin(tx, row.id, instance=self.presence.number, now=now)
        else:
            queued, refused = (State.QUEUED,), State.REFUSED
            changed = journal.settle(tx, row.id, expected=queued, state=refused, now=now, reason=reason.value)
        # Another process may have taken the action over meanwhile: only a row that is still queued waits on.
        stored = changed or journal.get(tx, row.id) or replace(row, state=State.REFUSED)
        is_refused_here = changed is not None and reason is not None
        return None if stored.state == State.QUEUED else _Turn(stored, is_refused_here=is_refused_here)

    async def _execute(self, row: ActionRow, showing: "_Showing") -> None:
        """Send, settle, show, and watch for the car's own report. Telegram can't delay the first two."""
        sending = asyncio.create_task(self.sender.send(row), name=f"sending {row.details.action}")
        try:
            if not showing.has_begun and not await self._ends_soon(sending):
                showing.start(row)
            sent = await sending
            settled = await self.db.run(lambda tx: self._settle(tx, row, sent))
        finally:
            sending.cancel()
            self.queues.wake_first(CarId(row.car_id))
        if settled is not None:
            self.notes.answered(settled, turn_at=row.sent_at, left_at=sent.at)
            shown = await self.messages.show(await showing.then(settled))
            if shown.watch_until is not None:
                self.watcher.watch(shown)
        await self.sender.learn(sent)

    async def _ends_soon(self, sending: asyncio.Task[Sent]) -> bool:
        """Wait a moment for the answer, which makes a message that says "Sending" unnecessary."""
        await within(self.clock, _SAY_SENDING_AFTER, asyncio.shield(sending))
        return sending.done()

    def _settle(self, tx: Tx, row: ActionRow, sent: Sent) -> ActionRow | None:
        """Store what DIMO answered; None if the row is settled already."""
        now, car = self.clock.now(), cars.get(tx, row.home_chat_id, row.car_id)
        if car is not None:
            _learn_ability(tx, row, sent, car)
        note = _first_note(row, car) if sent.state is State.ACCEPTED else None
        reason = _reason(sent, car, now)
        return journal.settle(
            tx,
            row.id,
            # Another process may have called it unknown meanwhile: the answer itself is more certain.
            expected=(State.SENDING, State.UNKNOWN),
            state=sent.state,
            now=now,
            sent_at=sent.at,
            watch_until=(sent.at or now) + QUIET_WATCH if note is Note.WAITING_FOR_REPORT else None,
            request_id=sent.request_id,
            reason=reason.value if reason else None,
            note=note.value if note else None,
            opening_until=_earlier_opening(tx, row, now) if action_of(row) is Action.LOCK else None,
        )


@dataclass(frozen=True, slots=True)
class _Turn:
    """An action that waits no more, as it is stored: it may be sent, or is refused, here or by another process."""

    row: ActionRow
    is_refused_here: bool


@dataclass(slots=True)
class _Showing:
    """The message that says how far an action has come while it is under way; nothing waits for it but the outcome."""

    messages: ActionMessages
    _task: asyncio.Task[ActionRow] | None = None

    @property
    def has_begun(self) -> bool:
        """Whether people are, or soon will be, told that the action is under way."""
        return self._task is not None

    def start(self, row: ActionRow) -> None:
        """Begin to show the action."""
        self._task = asyncio.create_task(self.messages.show(row))

    async def then(self, row: ActionRow) -> ActionRow:
        """Wait for that message, so that it is the one that shows the outcome; returns the row with it."""
        if self._task is None:
            return row
        try:
            shown = await self._task
        except DatabaseFault:
            return row
        return replace(
            row, message_id=shown.message_id, shown_state=shown.shown_state, shown_chat_id=shown.shown_chat_id
        )

    def cancel(self) -> None:
        """Cancel the message if it is still being sent."""
        if self._task is not None:
            self._task.cancel()


def _reason(sent: Sent, car: Car | None, now: datetime) -> Reason | None:
    """Return why DIMO refused; DIMO answers the same for a share that has ended as for one that never was."""
    has_ended = car is not None and car.share_expires_at is not None and car.share_expires_at <= now
    return Reason.SHARE_ENDED if has_ended and sent.reason is Reason.NOT_SHARED_FOR_COMMANDS else sent.reason


def _first_note(row: ActionRow, car: Car | None) -> Note:
    """Return whether the car's own report can be waited for."""
    if car is None or not shared_car(car).may_be_read:
        return Note.MAY_NOT_READ_REPORTS
    reports = car.details.reports
    if reports is not None and ACTIONS[action_of(row)].signal.value not in reports:
        return Note.CAR_DOES_NOT_REPORT
    return Note.WAITING_FOR_REPORT


def _earlier_opening(tx: Tx, row: ActionRow, now: datetime) -> datetime | None:
    """Return until when an opening that DIMO accepted before this lock may still run at the car."""
    longest = UNSETTLED_FOR + MAX_QUEUE_WAIT + OPENING_STAYS_FRESH
    ends = [
        sent_at(other) + UNSETTLED_FOR
        for other in journal.recent_on_car(tx, row.car_id, since=now - longest)
        if other.id != row.id and ACTIONS[action_of(other)].opens and State(other.state) in UNSETTLED
    ]
    return max((end for end in ends if end > now), default=None)


def _learn_ability(tx: Tx, row: ActionRow, sent: Sent, car: Car) -> None:
    """Remember what a car cannot do, until DIMO accepts it; Lock is always offered."""
    is_impossible = sent.reason is Reason.CAR_CANNOT_DO_THIS and says_never(sent.error)
    known, this = frozenset(car.details.cannot), frozenset({row.details.action})
    if is_impossible and action_of(row) is not Action.LOCK:
        changed = known | this
    else:
        changed = known - this if sent.state is State.ACCEPTED else known
    if changed != known:
        cars.learn(tx, row.home_chat_id, row.car_id, cannot=tuple(sorted(changed)))
