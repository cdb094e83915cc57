"""How a wish becomes an intent: asked, permitted, counted, and committed before anything leaves."""

import itertools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from bot.domain.actions import ACTIONS, Action
from bot.domain.expiry import Ending
from bot.domain.ids import CarId, ChatId, MessageId, PersonId
from bot.domain.limits import OPENINGS_WINDOW
from bot.domain.outcomes import State
from bot.domain.prompts import Prompt
from bot.domain.refusals import Reason
from bot.domain.reports import CarReport
from bot.domain.roles import ABILITY_FOR, Role
from bot.service.access import Authorization, authorize_for_car
from bot.service.account.expiry import Expiry
from bot.service.actions.execution import ActionExecution
from bot.service.cars.status import Status
from bot.service.confirmation import Done, Started, once
from bot.service.declined import Declined
from bot.service.mapping import action_of
from bot.service.notifications.outbox import Outbox
from bot.service.ports import Ask, Clock
from bot.service.preferences import preferences_of
from bot.service.prompting import Prompting
from storage import ActionDetails, ActionRow, Car, Database, Tx
from storage.engine import locks
from storage.repositories import journal, members

_REPORT_PATIENCE = 0.5
_REPORT_FRESH = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that is now open, with what a person should know before answering it."""

    prompt: Prompt
    action: Action
    car_name: str
    report: CarReport | None
    lifetime: timedelta
    ended: Ending | None


@dataclass(kw_only=True, slots=True)
class ActionRequests:
    """Takes requests from people, and makes intents of those that are permitted and, where it is needed, confirmed."""

    db: Database
    clock: Clock
    prompting: Prompting
    courses: ActionExecution
    expiry: Expiry
    status: Status
    outbox: Outbox
    openings_per_minute: int
    _counter: Iterator[int] = field(default_factory=itertools.count, init=False)

    async def request(self, ask: Ask, action: Action, car: CarId | None = None) -> Asked | Started | None:
        """Do an action, or ask before it. None for an update seen before; raises Declined."""

        def commit(tx: Tx) -> tuple[Prompt, Car] | ActionRow:
            now = self.clock.now()
            seat, meant = authorize_for_car(tx, ask, ABILITY_FOR[action], car, now=now)
            if not _asks_first(tx, action, seat):
                return self._commit_to(tx, ask, action, seat, meant, message=None, now=now)
            if ACTIONS[action].opens:
                self._hold_to_limit(tx, ask.person.id, now)
            return self.prompting.ask(tx, ask, home=seat.home_id, subject=action, car=CarId(meant.car_id)), meant

        done = await once(self.db, self.clock, ask, commit)
        if done is None:
            return None
        if isinstance(done, tuple):
            return await self._asked(action, *done)
        await self._begin(done)
        return Started()

    def confirm_action(self, tx: Tx, ask: Ask, prompt: Prompt) -> Done:
        """Commit to the action that a prompt asks about; its outcome is shown by itself."""
        action, now = Action(prompt.subject), self.clock.now()
        seat, meant = authorize_for_car(tx, ask, ABILITY_FOR[action], prompt.car, now=now)
        row = self._commit_to(tx, ask, action, seat, meant, message=prompt.message, now=now)
        return Done(Started(), partial(self._begin, row))

    def warm(self, home: ChatId, car: CarId, *, question: timedelta | None = None) -> None:
        """Fetch in the background what the next action on a car needs, so that its tap costs one call.

        It is good for as long as a question lives: this one, or one that is asked now.
        """
        self.courses.prepare(home, car, good_for=(question or self.prompting.ttl) + timedelta(seconds=60))

    async def _asked(self, action: Action, prompt: Prompt, meant: Car) -> Asked:
        """Say what a person should know before answering, and fetch meanwhile what a Yes needs."""
        home, car_id = prompt.home, CarId(meant.car_id)
        self.warm(home, car_id, question=prompt.lifetime)
        return Asked(
            prompt,
            action,
            car_name=meant.details.name,
            report=await self._report_for(action, prompt),
            lifetime=prompt.lifetime,
            ended=await self.expiry.ended(home, car_id),
        )

    async def _report_for(self, action: Action, prompt: Prompt) -> CarReport | None:
        """A lid that toggles is asked about with its last report; for the rest what is remembered will do."""
        if prompt.car is None:
            return None
        patience = _REPORT_PATIENCE if ACTIONS[action].toggles else 0.0
        if not patience:
            look = self.status.remembered(prompt.home, prompt.car)
            return look.report if look else None
        return await self.status.glance(prompt.home, prompt.car, patience=patience, fresh=_REPORT_FRESH)

    def _commit_to(
        self,
        tx: Tx,
        ask: Ask,
        action: Action,
        seat: Authorization,
        meant: Car,
        *,
        message: MessageId | None,
        now: datetime,
    ) -> ActionRow:
        if ACTIONS[action].opens:
            self._hold_to_limit(tx, ask.person.id, now)
        wanted = ActionRow(
            id=self._new_id(now),
            home_chat_id=seat.home.chat_id,
            chat_id=ask.chat,
            message_id=message,
            person_id=ask.person.id,
            car_id=meant.car_id,
            state=State.QUEUED.value,
            instance=self.courses.instance,
            requested_at=now,
            sent_at=now,
            settled_at=None,
            watch_until=None,
            shown_state=None,
            details=ActionDetails(action=action.value, person_name=seat.person.name, car_name=meant.details.name),
        )
        if seat.access.role is not Role.OWNER:
            members.touch(tx, seat.home.chat_id, ask.person.id, now=now)
        row = journal.intend(tx, wanted)
        if ACTIONS[action].opens:
            self.outbox.opened(tx, row, seat.home, meant)
        return row

    def _hold_to_limit(self, tx: Tx, person: PersonId, now: datetime) -> None:
        locks.hold(tx, f"openings:{person}")
        since = now - OPENINGS_WINDOW
        if journal.count_by_person(tx, person, since=since) < self.openings_per_minute:
            return  # fewer actions of any kind than openings allowed
        recent = journal.recent_by_person(tx, person, since=since)
        if sum(ACTIONS[action_of(row)].opens for row in recent) >= self.openings_per_minute:
            raise Declined(Reason.TOO_MANY_OPENINGS)

    async def _begin(self, row: ActionRow) -> None:
        self.courses.start(row)
        if ACTIONS[action_of(row)].opens:
            self.outbox.wake()

    def _new_id(self, now: datetime) -> str:
        """Make an id that sorts by time within a process, so that a car's queue keeps its order."""
        return f"{int(now.timestamp() * 1000):012x}{next(self._counter) % 0x1000000:06x}{secrets.token_hex(4)}"


def _asks_first(tx: Tx, action: Action, seat: Authorization) -> bool:
    """Tell whether somebody must confirm it; whether Lock asks, its owner has set."""
    if action is Action.LOCK:
        return preferences_of(tx, seat.home.chat_id).lock_asks
    return ACTIONS[action].opens
