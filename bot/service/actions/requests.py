"""How a wish becomes an intent: asked, permitted, counted, and committed before anything leaves."""

import itertools
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.dimo.errors import DimoError
from bot.dimo.permissions import Permission
from bot.domain.actions import ACTIONS, Action
from bot.domain.expiry import Ending
from bot.domain.ids import CarId, ChatId, MessageId, PersonId, PromptId
from bot.domain.limits import OPENINGS_WINDOW
from bot.domain.outcomes import State
from bot.domain.prompts import Prompt, Task, why_not_confirmed
from bot.domain.refusals import Reason
from bot.domain.reports import CarReport
from bot.domain.roles import Ability, Role, ability_for
from bot.service.access import Authorization, authorize_for_car, authorize_for_home
from bot.service.account.erasure import Erasure, Forgotten
from bot.service.account.expiry import Expiry
from bot.service.account.linking import Linking
from bot.service.account.vehicle_tokens import VehicleTokens
from bot.service.actions.command_route import CommandRoute
from bot.service.actions.execution import ActionExecution
from bot.service.background import Background
from bot.service.cars.status import Status
from bot.service.codes.requests import Cleared, CodeRequests
from bot.service.declined import Declined
from bot.service.family.members import Members, Removed
from bot.service.idempotency import once
from bot.service.mapping import action_of, prompt_of
from bot.service.notifications.outbox import Outbox
from bot.service.ports import Ask, Clock
from bot.service.preferences import preferences_of
from bot.service.prompting import Prompting
from storage import ActionDetails, ActionRow, Car, Database, Tx
from storage.engine import locks
from storage.repositories import journal, members, prompts

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


@dataclass(frozen=True, slots=True)
class Started:
    """An action whose intent is committed and whose outcome will be shown by itself."""

    state: State


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A confirmed unlinking that is done."""

    prompt: Prompt


@dataclass(frozen=True, slots=True)
class CodesCleared:
    """A confirmed clearing of error codes that is in the bot's record; DIMO is being told."""

    prompt: Prompt
    cleared: Cleared


Done = Unlinked | CodesCleared | Removed | Forgotten
"""A confirmed thing that was not done to a car."""


class ActionRequests:
    """Takes wishes from people and lets exactly the permitted, confirmed ones become intents."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        prompting: Prompting,
        courses: ActionExecution,
        linking: Linking,
        codes: CodeRequests,
        membership: Members,
        forgetting: Erasure,
        ends: Expiry,
        status: Status,
        tokens: VehicleTokens,
        route: CommandRoute,
        outbox: Outbox,
        background: Background,
        openings_per_minute: int,
        instance: int,
    ) -> None:
        self._db = db
        self._clock = clock
        self._prompting = prompting
        self._courses = courses
        self._linking = linking
        self._codes = codes
        self._membership = membership
        self._forgetting = forgetting
        self._ends = ends
        self._status = status
        self._tokens = tokens
        self._route = route
        self._outbox = outbox
        self._background = background
        self._openings_per_minute = openings_per_minute
        self._instance = instance
        self._counter = itertools.count()

    async def request(self, ask: Ask, action: Action, car: CarId | None = None) -> Asked | Started | None:
        """Do an action, or ask before it. None for an update that was seen before; raises Declined."""

        def commit(tx: Tx) -> tuple[Prompt, Car] | ActionRow:
            now = self._clock.now()
            seat, meant = self._permitted(tx, ask, action, car, now)
            if not _asks_first(tx, action, seat):
                return self._commit_to(tx, ask, action, seat, meant, message=None, now=now)
            if ACTIONS[action].opens:
                self._hold_to_limit(tx, ask.person.id, now)
            home, car_id = ChatId(seat.home.chat_id), CarId(meant.car_id)
            return self._prompting.ask(tx, ask, home=home, subject=action, car=car_id), meant

        done = await once(self._db, self._clock, ask, commit)
        return await self._asked(action, *done) if isinstance(done, tuple) else self._begin(done)

    async def confirm(self, ask: Ask, prompt: PromptId, *, message: MessageId | None) -> Started | Done | None:
        """Do what an open question asks, for the person who was asked.

        Of any number of simultaneous or repeated calls exactly one gets further than Declined or None.
        """
        done = await once(self._db, self._clock, ask, lambda tx: self._claim(tx, ask, prompt, message))
        if isinstance(done, Unlinked):
            await self._linking.forget_unlinked(done.prompt.home)
            return done
        if isinstance(done, Forgotten):
            await self._forgetting.leave_no_trace(done)
            return done
        if isinstance(done, CodesCleared):
            self._codes.cleared(done.cleared)
            return done
        if isinstance(done, Removed):
            return done
        return self._begin(done)

    async def cleared_shown(self, done: CodesCleared, chat: ChatId, message: MessageId) -> None:
        """Let a message that shows a clearing show what has come of it meanwhile, and what comes."""
        await self._codes.shown(done.cleared.view, chat, message)

    async def unlink(self, ask: Ask) -> Prompt | None:
        """Ask whether this chat's tokens should be deleted."""

        def commit(tx: Tx) -> Prompt:
            home = self._linking.unlinkable_home(tx, ask)
            return self._prompting.ask(tx, ask, home=home, subject=Task.UNLINK, car=None)

        return await once(self._db, self._clock, ask, commit)

    def warm(self, home: ChatId, car: CarId, *, question: timedelta | None = None) -> None:
        """Fetch in the background what the next action on a car needs, so that its tap costs one call.

        It is good for as long as a question lives: this one, or one that is asked now.
        """
        good_for = (question or self._prompting.ttl) + timedelta(seconds=60)
        self._background.start(self._fetch_ahead(home, car, good_for), name="fetching ahead")

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
            ended=await self._ends.ended(home, car_id),
        )

    async def _report_for(self, action: Action, prompt: Prompt) -> CarReport | None:
        """A lid that toggles is asked about with its last report; for the rest what is remembered will do."""
        if prompt.car is None:
            return None
        patience = _REPORT_PATIENCE if ACTIONS[action].toggles else 0.0
        if not patience:
            look = self._status.remembered(prompt.home, prompt.car)
            return look.report if look else None
        return await self._status.glance(prompt.home, prompt.car, patience=patience, fresh=_REPORT_FRESH)

    def _claim(self, tx: Tx, ask: Ask, prompt_id: PromptId, tapped: MessageId | None) -> ActionRow | Done:
        now = self._clock.now()
        row = prompts.claim(tx, prompt_id, person_id=ask.person.id, chat_id=ask.chat, now=now)
        if row is None:
            standing = prompts.get(tx, prompt_id)
            asked = prompt_of(standing) if standing else None
            why = why_not_confirmed(asked, person=ask.person.id, chat=ask.chat)
            if asked is not None and why is Reason.PROMPT_OF_ANOTHER:
                # Who may not use the car learns nothing of what others are asked about it.
                authorize_for_home(tx, ask, asked.home, Ability.STATUS, now=now)
            raise Declined(why)
        prompt = prompt_of(row)
        message = prompt.message or tapped
        if isinstance(prompt.subject, Action):
            return self._intend(tx, ask, prompt.subject, prompt.car, message=message, now=now)
        return self._do(tx, ask, prompt, message)

    def _do(self, tx: Tx, ask: Ask, prompt: Prompt, message: MessageId | None) -> Done:
        """Do a confirmed thing that is not done to a car."""
        match prompt.subject:
            case Task.UNLINK:
                self._linking.unlink(tx, ask)
                return Unlinked(prompt)
            case Task.CLEAR_CODES:
                return CodesCleared(prompt, self._codes.clear(tx, ask, prompt, message=message))
            case Task.REMOVE_MEMBER:
                return self._membership.remove(tx, ask, prompt)
            case Task.FORGET:
                return self._forgetting.forget(tx, ask, prompt)
            case _:
                raise Declined(Reason.PROMPT_GONE)  # it has no Yes: only a forged tap says so

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
        seat, meant = self._permitted(tx, ask, action, car, now)
        return self._commit_to(tx, ask, action, seat, meant, message=message, now=now)

    def _permitted(
        self, tx: Tx, ask: Ask, action: Action, car: CarId | None, now: datetime
    ) -> tuple[Authorization, Car]:
        return authorize_for_car(tx, ask, ability_for(action), car, now=now)

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
            instance=self._instance,
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
            self._outbox.opened(tx, row, seat.home, meant)
        return row

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
        if ACTIONS[action_of(row)].opens:
            self._outbox.ring()
        return Started(State(row.state))

    async def _fetch_ahead(self, home: ChatId, car: CarId, good_for: timedelta) -> None:
        try:
            await self._tokens.vehicle(home, car, Permission.COMMANDS, good_for=good_for)
            await self._route.preconnect()
        except (DimoError, Declined):
            return  # the action itself meets the same answer and tells it to the person

    def _new_id(self, now: datetime) -> str:
        """Make an id that sorts by time within a process, so that a car's queue keeps its order."""
        return f"{int(now.timestamp() * 1000):012x}{next(self._counter) % 0x1000000:06x}{secrets.token_hex(4)}"


def _asks_first(tx: Tx, action: Action, seat: Authorization) -> bool:
    """Tell whether somebody must confirm it; whether Lock asks, its owner has set."""
    if action is Action.LOCK:
        return preferences_of(tx, seat.home.chat_id).lock_asks
    return ACTIONS[action].asks_first
