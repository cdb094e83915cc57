"""How a request becomes an intent: it is permitted, counted, confirmed, and committed before anything is sent."""

import contextlib
import itertools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from bot.domain.actions import ACTIONS, Action
from bot.domain.ids import CarId, ChatId, MessageId, PersonId
from bot.domain.limits import ACTIONS_PER_MINUTE, MAX_QUEUE_WAIT, OPENINGS_WINDOW
from bot.domain.outcomes import State
from bot.domain.prompts import Prompt
from bot.domain.refusals import Reason
from bot.domain.reports import CarReport
from bot.domain.roles import ABILITY_FOR, Role
from bot.service.access import Authorization, authorize_for_car
from bot.service.actions.execution import ActionExecution
from bot.service.actions.messages import action_of
from bot.service.cars.status import Status
from bot.service.confirmation import Done, Started, once
from bot.service.declined import Declined
from bot.service.notifications.outbox import Outbox
from bot.service.ports import Ask, Clock
from bot.service.preferences import preferences_of
from bot.service.prompting import Prompting
from storage import ActionDetails, ActionRow, Car, Database, Tx
from storage.engine import locks
from storage.repositories import journal, members

_REPORT_PATIENCE = 0.5
_REPORT_FRESH = timedelta(seconds=60)
_CLOSES = "close"
"""What a question is about if it closes a lid."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An open question before an action, with what a person should know before they answer it."""

    prompt: Prompt
    action: Action
    car_name: str
    report: CarReport | None

    @property
    def closes(self) -> bool:
        """Whether it closes a lid that was reported open."""
        return self.prompt.about == _CLOSES


@dataclass(kw_only=True, slots=True)
class ActionRequests:
    """Takes requests from people, and makes intents of those that are permitted and, if they must be, confirmed."""

    db: Database
    clock: Clock
    prompting: Prompting
    execution: ActionExecution
    status: Status
    outbox: Outbox
    openings_per_minute: int
    _counter: Iterator[int] = field(default_factory=itertools.count, init=False)

    async def request(self, ask: Ask, action: Action, car: CarId | None = None) -> Asked | Started | None:
        """Do an action, or ask before it. None for an update seen before; raises Declined."""
        if ACTIONS[action].toggles:
            await self._look_at_lid(ask, action, car)
        done = await once(self.db, self.clock, ask, lambda tx: self._ask_or_intend(tx, ask, action, car))
        if done is None:
            return None
        if isinstance(done, tuple):
            return self._asked(action, *done)
        if isinstance(done, ActionRow):
            await self._start(done)
        return Started()

    async def begin(self, ask: Ask, action: Action, car: CarId) -> None:
        """Do at once, for the person who set it, what was confirmed before; once for each key. Raises Declined."""

        def intend(tx: Tx) -> ActionRow:
            now = self.clock.now()
            allowed, found = authorize_for_car(tx, ask, ABILITY_FOR[action], car, now=now)
            return self._intend(tx, ask, action, allowed, found, None, now)

        row = await once(self.db, self.clock, ask, intend)
        if row is not None:
            await self._start(row)

    async def is_not_allowed(self, ask: Ask, action: Action, car: CarId) -> bool:
        """Return whether the asker may use a car, and may not do this with it."""
        now = self.clock.now()
        try:
            await self.db.read(lambda tx: authorize_for_car(tx, ask, ABILITY_FOR[action], car, now=now))
        except Declined as no:
            return no.reason is Reason.NOT_ALLOWED
        return False

    def _ask_or_intend(
        self, tx: Tx, ask: Ask, action: Action, car: CarId | None
    ) -> tuple[Prompt, Car] | ActionRow | Started:
        """Store a question, or the intent of an action that needs none."""
        now = self.clock.now()
        allowed, found = authorize_for_car(tx, ask, ABILITY_FOR[action], car, now=now)
        if not _asks_first(tx, action, allowed):
            if action is Action.LOCK and self._is_waiting(tx, ask, allowed.home_id, found.car_id, now):
                return Started()
            return self._intend(tx, ask, action, allowed, found, None, now)
        if ACTIONS[action].opens:
            self._check_limit(tx, ask.person.id, now)
        home, this = allowed.home_id, CarId(found.car_id)
        about = _CLOSES if self._is_open(action, home, this) else None
        return self.prompting.ask(tx, ask, home=home, subject=action, car=this, about=about), found

    def confirm_action(self, tx: Tx, ask: Ask, prompt: Prompt) -> Done:
        """Commit to the action that a prompt is about; its outcome is shown by itself."""
        action, now = Action(prompt.subject), self.clock.now()
        allowed, found = authorize_for_car(tx, ask, ABILITY_FOR[action], prompt.car, now=now)
        closes = prompt.about == _CLOSES
        if ACTIONS[action].toggles and self._may_have_moved(tx, prompt, action, CarId(found.car_id)):
            raise Declined(Reason.LID_MOVED)
        row = self._intend(tx, ask, action, allowed, found, prompt.message, now, closes=closes)
        return Done(Started(), partial(self._start, row))

    def prepare(self, home: ChatId, car: CarId, *, question: timedelta | None = None) -> None:
        """Fetch in the background what the next action on a car needs; it stays valid while a question is open."""
        self.execution.prepare(home, car, good_for=(question or self.prompting.ttl) + timedelta(seconds=60))

    def _asked(self, action: Action, prompt: Prompt, car: Car) -> Asked:
        """Add what a person should know to a question, and fetch meanwhile what its confirmation needs."""
        home, car_id = prompt.home, CarId(car.car_id)
        self.prepare(home, car_id, question=prompt.lifetime)
        return Asked(prompt, action, car.details.name, self._known(home, car_id))

    async def _look_at_lid(self, ask: Ask, action: Action, car: CarId | None) -> None:
        """Look whether a lid is open, for a moment; the question before its action says what is known then."""

        def find(tx: Tx) -> tuple[ChatId, CarId]:
            allowed, found = authorize_for_car(tx, ask, ABILITY_FOR[action], car, now=self.clock.now())
            return allowed.home_id, CarId(found.car_id)

        with contextlib.suppress(Declined):  # the request itself says why
            home, this = await self.db.read(find)
            await self.status.glance(home, this, patience=_REPORT_PATIENCE, fresh=_REPORT_FRESH)

    def _known(self, home: ChatId, car: CarId) -> CarReport | None:
        look = self.status.remembered(home, car)
        return look.report if look else None

    def _is_open(self, action: Action, home: ChatId, car: CarId) -> bool:
        """Return whether the action moves a lid that is reported open; an old look does not say so any more."""
        look, traits = self.status.remembered(home, car), ACTIONS[action]
        if look is None or look.at <= self.clock.now() - _REPORT_FRESH:
            return False
        reading = look.report.reading(traits.signal)
        return traits.toggles and reading is not None and reading.is_on

    def _may_have_moved(self, tx: Tx, prompt: Prompt, action: Action, car: CarId) -> bool:
        """Return whether a lid may no longer be as a question has said, so that its answer would do the opposite."""
        look, traits = self.status.remembered(prompt.home, car), ACTIONS[action]
        reading = look.report.reading(traits.signal) if look and look.at >= prompt.asked_at else None
        if reading is not None and reading.is_on is not (prompt.about == _CLOSES):
            return True
        return any(
            ACTIONS[action_of(row)].signal is traits.signal and row.state != State.REFUSED
            for row in journal.recent_on_car(tx, car, since=prompt.asked_at)
        )

    def _intend(
        self,
        tx: Tx,
        ask: Ask,
        action: Action,
        allowed: Authorization,
        car: Car,
        message: MessageId | None,
        now: datetime,
        *,
        closes: bool = False,
    ) -> ActionRow:
        """Store the intent of a permitted action; once it is stored, it is executed or recovered."""
        if ACTIONS[action].opens:
            self._check_limit(tx, ask.person.id, now)
        if allowed.access.role is not Role.OWNER:
            members.touch(tx, allowed.home_id, ask.person.id, now=now)
        report = self._known(allowed.home_id, CarId(car.car_id))
        known = report.reading(ACTIONS[action].signal) if report else None
        if journal.count_of_home(tx, allowed.home_id, since=now - OPENINGS_WINDOW) >= ACTIONS_PER_MINUTE:
            raise Declined(Reason.TOO_MUCH)
        intent = ActionRow(
            id=self._new_id(now),
            home_chat_id=allowed.home_id,
            chat_id=ask.chat,
            thread_id=ask.thread,
            message_id=message,
            person_id=ask.person.id,
            car_id=car.car_id,
            state=State.QUEUED,
            instance=self.execution.presence.number,
            requested_at=now,
            sent_at=now,
            settled_at=None,
            watch_until=None,
            details=ActionDetails(
                action.value,
                allowed.person.name,
                car.details.name,
                # What was known before proves nothing, whatever its time says: a clock may be wrong.
                reading_value=known.value if known else None,
                reading_at=known.at if known else None,
                closes=closes,
            ),
        )
        row = journal.intend(tx, intent)
        if ACTIONS[action].opens:
            self.outbox.opened(tx, row, allowed.home, car)
        return row

    def _is_waiting(self, tx: Tx, ask: Ask, home: ChatId, car: int, now: datetime) -> bool:
        """Return whether this process is about to send the same lock, and no opening comes after it.

        It must be of the same person in the same place: a lock of somebody else may be refused when its turn comes, as
        may one that has waited for long.
        """
        locks.hold(tx, f"locking:{car}:{ask.person.id}")
        same = (home, ask.chat, ask.thread, ask.person.id, self.execution.presence.number, State.QUEUED)
        for row in journal.unfinished_on_car(tx, car, since=now - MAX_QUEUE_WAIT / 2):
            if ACTIONS[action_of(row)].opens:
                return False
            found = (row.home_chat_id, row.chat_id, row.thread_id, row.person_id, row.instance, row.state)
            if action_of(row) is Action.LOCK and found == same:
                return True
        return False

    def _check_limit(self, tx: Tx, person: PersonId, now: datetime) -> None:
        """Raise Declined if the person has opened cars too often just now."""
        locks.hold(tx, f"openings:{person}")
        since = now - OPENINGS_WINDOW
        if journal.count_by_person(tx, person, since=since) < self.openings_per_minute:
            return  # fewer actions of any kind than openings allowed
        recent = journal.recent_by_person(tx, person, since=since)
        if sum(ACTIONS[action_of(row)].opens for row in recent) >= self.openings_per_minute:
            raise Declined(Reason.TOO_MANY_OPENINGS)

    async def _start(self, row: ActionRow) -> None:
        self.execution.start(row)
        if ACTIONS[action_of(row)].opens:
            self.outbox.wake()

    def _new_id(self, now: datetime) -> str:
        """Make an id that sorts by time within a process, so that a car's queue keeps its order."""
        return f"{int(now.timestamp() * 1000):012x}{next(self._counter) % 0x1000000:06x}{secrets.token_hex(4)}"


def _asks_first(tx: Tx, action: Action, allowed: Authorization) -> bool:
    """Return whether a question comes before an action; the owner decides that about Lock."""
    if action is Action.LOCK:
        return preferences_of(tx, allowed.home_id).lock_asks
    return ACTIONS[action].opens
