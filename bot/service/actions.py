"""How a wish becomes an intent: asked, permitted, counted, and committed before anything leaves."""

import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from bot.dimo.errors import DimoError
from bot.dimo.permissions import Permission
from bot.domain.actions import ACTIONS, Action
from bot.domain.ids import CarId, ChatId, MessageId, PersonId, PromptId
from bot.domain.limits import OPENINGS_WINDOW
from bot.domain.notices import Ending
from bot.domain.outcomes import State
from bot.domain.prompts import Prompt, Task, why_not_confirmed
from bot.domain.refusals import Reason
from bot.domain.reports import CarReport
from bot.domain.roles import ability_for
from bot.service.access import chosen_car, permitted
from bot.service.background import Background
from bot.service.command_route import CommandRoute
from bot.service.courses import Courses
from bot.service.declined import Declined
from bot.service.ends import Ends
from bot.service.linking import Linking
from bot.service.ports import Ask, Clock
from bot.service.prompting import Prompting
from bot.service.status import Status
from bot.service.tokens import Tokens
from bot.service.views import action_of, prompt_of
from storage import ActionDetails, ActionRow, Car, Database, Tx, handled, journal, locks, prompts

T = TypeVar("T")

_REPORT_PATIENCE = 0.5
_REPORT_FRESH = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that is now open, with what a person should know before answering it."""

    prompt: Prompt
    car_name: str
    report: CarReport | None
    lifetime: timedelta
    ended: Ending | None


@dataclass(frozen=True, slots=True)
class Started:
    """An action whose intent is committed and whose outcome will be shown by itself."""

    state: State


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A confirmed unlinking that is done."""

    prompt: Prompt


class Actions:
    """Takes wishes from people and lets exactly the permitted, confirmed ones become intents."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        prompting: Prompting,
        courses: Courses,
        linking: Linking,
        ends: Ends,
        status: Status,
        tokens: Tokens,
        route: CommandRoute,
        background: Background,
        openings_per_minute: int,
        instance: int,
    ) -> None:
        self._db = db
        self._clock = clock
        self._prompting = prompting
        self._courses = courses
        self._linking = linking
        self._ends = ends
        self._status = status
        self._tokens = tokens
        self._route = route
        self._background = background
        self._openings_per_minute = openings_per_minute
        self._instance = instance
        self._counter = itertools.count()

    async def request(self, ask: Ask, action: Action, car: CarId | None = None) -> Asked | Started | None:
        """Do an action, or ask before it. None for an update that was seen before; raises Declined."""
        if ACTIONS[action].asks_first:
            return await self._question(ask, action, car)
        row = await self._once(ask, lambda tx: self._intend_directly(tx, ask, action, car))
        return self._begin(row)

    async def confirm(
        self, ask: Ask, prompt: PromptId, *, message: MessageId | None
    ) -> Started | Unlinked | None:
        """Do what an open question asks, for the person who was asked.

        Of any number of simultaneous or repeated calls exactly one gets further than Declined or None.
        """
        done = await self._once(ask, lambda tx: self._claim(tx, ask, prompt, message))
        if isinstance(done, Unlinked):
            await self._linking.forget_unlinked(done.prompt.home)
            return done
        return self._begin(done)

    async def unlink(self, ask: Ask) -> Prompt | None:
        """Ask whether this chat's tokens should be deleted."""

        def commit(tx: Tx) -> Prompt | None:
            if not handled.first_time(tx, ask.key, now=self._clock.now()):
                return None
            home = self._linking.permitted_to_unlink(tx, ask)
            return self._prompting.ask(tx, ask, home=home, subject=Task.UNLINK, car=None)

        return await self._once(ask, commit)

    def warm(self, home: ChatId, car: CarId) -> None:
        """Fetch in the background what the next action on a car needs, so that its tap costs one call."""
        self._background.start(self._fetch_ahead(home, car), name="fetching ahead")

    async def _question(self, ask: Ask, action: Action, car: CarId | None) -> Asked | None:
        def commit(tx: Tx) -> tuple[Prompt, Car] | None:
            now = self._clock.now()
            if not handled.first_time(tx, ask.key, now=now):
                return None
            seat = permitted(tx, person=ask.person.id, chat=ask.chat, ability=ability_for(action), now=now)
            self._hold_to_limit(tx, ask.person.id, now)
            meant = chosen_car(tx, seat.home, car)
            home, car_id = ChatId(seat.home.chat_id), CarId(meant.car_id)
            return self._prompting.ask(tx, ask, home=home, subject=action, car=car_id), meant

        asked = await self._once(ask, commit)
        if asked is None:
            return None
        prompt, meant = asked
        home, car_id = prompt.home, CarId(meant.car_id)
        self.warm(home, car_id)
        return Asked(
            prompt,
            car_name=meant.details.name,
            report=await self._report_for(action, prompt),
            lifetime=self._prompting.ttl,
            ended=await self._ends.ended(home, car_id),
        )

    async def _report_for(self, action: Action, prompt: Prompt) -> CarReport | None:
        """A lid that toggles is asked about with its last report; for the rest what is remembered will do."""
        if prompt.car is None:
            return None
        patience = _REPORT_PATIENCE if ACTIONS[action].toggles else 0.0
        if not patience:
            look = self._status.remembered(prompt.car)
            return look.report if look else None
        return await self._status.glance(prompt.home, prompt.car, patience=patience, fresh=_REPORT_FRESH)

    def _intend_directly(self, tx: Tx, ask: Ask, action: Action, car: CarId | None) -> ActionRow | None:
        now = self._clock.now()
        if not handled.first_time(tx, ask.key, now=now):
            return None
        return self._intend(tx, ask, action, car, message=None, now=now)

    async def _once(self, ask: Ask, work: Callable[[Tx], T]) -> T:
        """Do work that remembers its update; one that is declined is remembered too, or it could act when redelivered."""
        try:
            return await self._db.run(work)
        except Declined:
            await self._db.run(lambda tx: handled.first_time(tx, ask.key, now=self._clock.now()))
            raise

    def _claim(
        self, tx: Tx, ask: Ask, prompt_id: PromptId, tapped: MessageId | None
    ) -> ActionRow | Unlinked | None:
        now = self._clock.now()
        if not handled.first_time(tx, ask.key, now=now):
            return None
        row = prompts.claim(tx, prompt_id, person_id=ask.person.id, chat_id=ask.chat, now=now)
        if row is None:
            standing = prompts.get(tx, prompt_id)
            raise Declined(
                why_not_confirmed(
                    prompt_of(standing) if standing else None, person=ask.person.id, chat=ask.chat
                )
            )
        prompt = prompt_of(row)
        if isinstance(prompt.subject, Task):
            self._linking.unlink(tx, ask)
            return Unlinked(prompt)
        return self._intend(tx, ask, prompt.subject, prompt.car, message=prompt.message or tapped, now=now)

    def _intend(
        self,
        tx: Tx,
        ask: Ask,
        action: Action,
        car: CarId | None,
        *,
        message: MessageId | None,
        now: datetime,
    ) -> ActionRow:
        """Commit to one action: permission and limit are settled in the transaction that stores it."""
        seat = permitted(tx, person=ask.person.id, chat=ask.chat, ability=ability_for(action), now=now)
        meant = chosen_car(tx, seat.home, car)
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
            instance=self._instance,
            requested_at=now,
            sent_at=now,
            settled_at=None,
            watch_until=None,
            shown_state=None,
            details=ActionDetails(
                action=action.value, person_name=ask.person.name, car_name=meant.details.name
            ),
        )
        return journal.intend(tx, wanted)

    def _hold_to_limit(self, tx: Tx, person: PersonId, now: datetime) -> None:
        locks.hold(tx, f"openings:{person}")
        since = now - OPENINGS_WINDOW
        if journal.count_by_person(tx, person, since=since) < self._openings_per_minute:
            return  # fewer actions of any kind than openings allowed
        recent = journal.recent_by_person(tx, person, since=since)
        if sum(ACTIONS[action_of(row)].opens for row in recent) >= self._openings_per_minute:
            raise Declined(Reason.TOO_MANY_OPENINGS)

    def _begin(self, row: ActionRow | None) -> Started | None:
        if row is None:
            return None
        self._courses.start(row)
        return Started(State(row.state))

    async def _fetch_ahead(self, home: ChatId, car: CarId) -> None:
        good_for = self._prompting.ttl + timedelta(seconds=60)
        try:
            await self._tokens.vehicle(home, car, Permission.COMMANDS, good_for=good_for)
            await self._route.preconnect()
        except (DimoError, Declined):
            return  # the action itself meets the same answer and tells it to the person

    def _new_id(self, now: datetime) -> str:
        """Make an id that sorts by time within a process, so that a car's queue keeps its order."""
        return (
            f"{int(now.timestamp() * 1000):012x}{next(self._counter) % 0x1000000:06x}{secrets.token_hex(4)}"
        )
