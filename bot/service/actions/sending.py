"""One command to DIMO, at most once: where it goes, what is repeated, what is too late, and what remains unknown."""

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from bot.dimo.commands import CommandApi
from bot.dimo.errors import DimoError, TooFast
from bot.dimo.permissions import Permission
from bot.dimo.tokens import VehicleJwt
from bot.domain.actions import ACTIONS, Action
from bot.domain.ids import CarId, ChatId, PersonId
from bot.domain.limits import OPENING_STAYS_FRESH
from bot.domain.outcomes import State
from bot.domain.refusals import Reason
from bot.domain.roles import ABILITY_FOR
from bot.service.access import authorize_for_car
from bot.service.account.vehicle_tokens import VehicleTokens
from bot.service.actions.command_route import CommandRoute
from bot.service.actions.messages import action_of
from bot.service.declined import Declined
from bot.service.dimo_mapping import COMMANDS, reason_for
from bot.service.ports import Ask, Clock, Person
from storage import ActionRow, Database, Presence, Tx
from storage.repositories import journal

_log = logging.getLogger(__name__)

_PAUSES = (0.5, 1.5)
"""Seconds before each repeat of a request that may be repeated."""

_LONGEST_PAUSE = 3.0

_PERMISSION_STAYS_FRESH = timedelta(seconds=1)
"""A permission that is older when the request is sent is checked again."""


@dataclass(frozen=True, slots=True)
class Sent:
    """DIMO's answer, if there was one; `at` is when the last request was sent."""

    state: State
    request_id: str | None = None
    reason: Reason | None = None
    error: DimoError | None = None
    at: datetime | None = None


def may_repeat(error: DimoError, action: Action) -> bool:
    """Return whether the same request may be sent again; never if it is in doubt and must not happen twice."""
    return error.temporary and (not error.may_have_happened or ACTIONS[action].repeatable)


def why_not_permitted(tx: Tx, row: ActionRow, now: datetime) -> Reason | None:
    """Return why an action is no longer permitted: the person may have lost the car, or their access to it."""
    # A group may have a new number since.
    stored = journal.get(tx, row.id) if row.chat_id < 0 else None
    person = Person(PersonId(row.person_id), row.details.person_name)
    ask = Ask(row.id, person, ChatId(stored.chat_id if stored else row.chat_id))
    try:
        found, _ = authorize_for_car(tx, ask, ABILITY_FOR[action_of(row)], CarId(row.car_id), now=now)
    except Declined as no:
        return no.reason
    # It was requested with the access to one home, and must not be done with the access to another one.
    return None if found.home_id == row.home_chat_id else Reason.CAR_GONE


@dataclass(kw_only=True, slots=True)
class Sender:
    """Sends committed intents to DIMO; never sends one again if an earlier request may have been carried out."""

    db: Database
    clock: Clock
    presence: Presence
    vehicle_tokens: VehicleTokens
    route: CommandRoute

    async def prepare(self, home: ChatId, car: CarId, *, good_for: timedelta) -> None:
        """Fetch what the next command to a car needs, so that it costs one call."""
        try:
            await self.route.preconnect()
            await self.vehicle_tokens.vehicle(home, car, Permission.COMMANDS, good_for=good_for)
        except (DimoError, Declined):
            return  # the command itself meets the same answer, and the person is told then

    async def send(self, row: ActionRow) -> Sent:
        """Send the command of an intent and return what DIMO answered; never raises."""
        home, car = ChatId(row.home_chat_id), CarId(row.car_id)
        is_ready = self.route.is_known and self.vehicle_tokens.warm(home, car, Permission.COMMANDS) is not None
        attempt = _Attempt(row, permitted_at=self.clock.now() if is_ready else None)
        try:
            api = await self.route.api()
            send = partial(self._send, attempt, api)
            request_id = await self.vehicle_tokens.with_jwt(home, car, Permission.COMMANDS, send)
            sent = Sent(State.ACCEPTED, request_id=request_id)
            self.route.fault = None
        except Declined as no:
            sent = attempt.failed(no.reason)
        except DimoError as error:
            sent = attempt.failed(reason_for(error))
            if sent.state is State.REFUSED and (fault := await self.route.learn(error)):
                sent = replace(sent, reason=fault)
        except Exception:  # noqa: BLE001 - whatever broke, the person must learn what is known
            _log.exception("Sending a command failed on our side")
            sent = attempt.broke()
        return replace(sent, at=attempt.left_at)

    async def learn(self, sent: Sent) -> None:
        """Learn where the next command goes. What refused a command was looked at before the refusal was shown."""
        if sent.state is State.ACCEPTED:
            await self.route.worked()
        elif sent.state is State.UNKNOWN and sent.error is not None:
            await self.route.learn(sent.error)

    async def _send(self, attempt: "_Attempt", api: CommandApi, jwt: VehicleJwt) -> str:
        """Send the command, and again as often as it may be repeated."""
        command, before_sending = COMMANDS[attempt.action], partial(self._leave, attempt)
        while True:
            try:
                return await api.send(command, token_id=attempt.row.car_id, jwt=jwt, before_sending=before_sending)
            except DimoError as error:
                attempt.met(error)
                if not (attempt.pauses and may_repeat(error, attempt.action)):
                    raise
                await self.clock.sleep(_pause(error, attempt.pauses.pop(0)))

    async def _leave(self, attempt: "_Attempt") -> None:
        """Check, right before the request is sent, that it is still permitted and not too late; raises Declined.

        Another process may have taken the action over from one that was held up, and told people that it is unknown.
        """
        now, row = self.clock.now(), attempt.row
        if attempt.permitted_at is None or now - attempt.permitted_at > _PERMISSION_STAYS_FRESH:
            attempt.permitted_at = now
            if reason := await self.db.read(lambda tx: why_not_permitted(tx, row, now)):
                raise Declined(reason)
        now = self.clock.now()
        # A laptop that was closed meanwhile may wake up anywhere.
        is_late = ACTIONS[attempt.action].opens and now - row.requested_at > OPENING_STAYS_FRESH
        if is_late or row.instance is None or not self.presence.holds(row.instance):
            raise Declined(Reason.HELD_UP)
        attempt.leaves(now)


@dataclass(slots=True)
class _Attempt:
    """What is known while an intent is sent: whether a request is out, and whether one may have been carried out."""

    row: ActionRow
    permitted_at: datetime | None
    """When the permission was last checked; None if anything was awaited after that."""
    pauses: list[float] = field(default_factory=lambda: list(_PAUSES))
    is_out: bool = False
    is_in_doubt: bool = False
    left_at: datetime | None = None
    last: DimoError | None = None

    @property
    def action(self) -> Action:
        """What is to be done."""
        return action_of(self.row)

    def leaves(self, at: datetime) -> None:
        """Note that a request is being sent."""
        self.is_out = True
        self.left_at = at

    def met(self, error: DimoError) -> None:
        """Note the error of a request; once an outcome is in doubt, later answers do not change that."""
        self.is_out = False
        self.permitted_at = None
        self.last = error
        self.is_in_doubt = self.is_in_doubt or error.may_have_happened

    def failed(self, reason: Reason) -> Sent:
        """Return how it ended when DIMO, or we, said no."""
        state = State.UNKNOWN if self.is_in_doubt else State.REFUSED
        return Sent(state, reason=reason, error=self.last)

    def broke(self) -> Sent:
        """Return how it ended when our own code failed: unknown, unless nothing was sent."""
        if self.is_out or self.is_in_doubt:
            return Sent(State.UNKNOWN)
        return Sent(State.REFUSED, reason=Reason.FAILED_BEFORE_SENDING)


def _pause(error: DimoError, planned: float) -> float:
    if isinstance(error, TooFast) and error.retry_after is not None:
        return min(max(error.retry_after, planned), _LONGEST_PAUSE)
    return planned
