"""One command to DIMO, at most once: what is repeated, what is too late, and what an error leaves open."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot.dimo.commands import CommandApi
from bot.dimo.errors import DimoError, SignInExpired, TooFast
from bot.dimo.permissions import Permission
from bot.dimo.tokens import VehicleJwt
from bot.domain.actions import ACTIONS, Action
from bot.domain.ids import CarId, ChatId, PersonId
from bot.domain.limits import OPENING_STAYS_FRESH
from bot.domain.outcomes import State
from bot.domain.refusals import Reason
from bot.domain.roles import ability_for
from bot.service.access import authorize_for_car
from bot.service.account.vehicle_tokens import VehicleTokens
from bot.service.actions.command_route import CommandRoute
from bot.service.declined import Declined
from bot.service.dimo_mapping import COMMANDS, reason_for
from bot.service.mapping import action_of
from bot.service.ports import Ask, Clock, Person
from storage import ActionRow, Database, Tx
from storage.repositories import journal

_log = logging.getLogger(__name__)

_NEED = Permission.COMMANDS

_PAUSES = (0.5, 1.5)
"""Seconds before each repeat of a request that may be repeated."""

_LONGEST_PAUSE = 3.0

_PERMISSION_STAYS_FRESH = timedelta(seconds=1)
"""Who waited longer for their turn at DIMO is asked about again."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What DIMO answered, as far as there was an answer; `at` is when the last request left."""

    state: State
    request_id: str | None = None
    reason: Reason | None = None
    error: DimoError | None = None
    at: datetime | None = None


def may_repeat(error: DimoError, action: Action) -> bool:
    """Decide whether the same request may go out again: never in doubt for what must not happen twice."""
    return error.temporary and (not error.may_have_happened or ACTIONS[action].repeatable)


def still_permitted(tx: Tx, row: ActionRow, *, now: datetime) -> None:
    """Raise Declined when the person who asked has lost the car, or their access to it, meanwhile."""
    # A group may go on under another number since.
    stored = journal.get(tx, row.id) if row.chat_id < 0 else None
    person = Person(PersonId(row.person_id), row.details.person_name)
    ask = Ask(row.id, person, ChatId(stored.chat_id if stored else row.chat_id))
    found, _ = authorize_for_car(tx, ask, ability_for(action_of(row)), CarId(row.car_id), now=now)
    if found.home.chat_id != row.home_chat_id:
        raise Declined(Reason.CAR_GONE)  # it was asked for with another home's power


class Sender:
    """Brings one intent to DIMO. The caller has committed it; this never sends for an intent twice in doubt."""

    def __init__(self, *, db: Database, clock: Clock, tokens: VehicleTokens, route: CommandRoute) -> None:
        self._db = db
        self._clock = clock
        self._tokens = tokens
        self._route = route

    async def send(self, row: ActionRow) -> Sent:
        """Send the command of an intent and say what DIMO answered; never raises."""
        home, car = ChatId(row.home_chat_id), CarId(row.car_id)
        attempt = _Attempt(action_of(row), home, car, permitted_at=self._clock.now())
        try:
            sent = await self._try(attempt, row)
        except (DimoError, Declined) as no:
            sent = attempt.failed(no)
        except Exception:  # noqa: BLE001 - whatever broke, the person must learn how it stands
            _log.exception("Sending a command failed on our side")
            sent = attempt.broke()
        return replace(sent, at=attempt.left_at)

    async def reconsider(self, sent: Sent) -> None:
        """Find another way to DIMO for the next command where this one's has gone."""
        if sent.error is not None:
            await self._route.reconsider(sent.error)

    async def _try(self, attempt: "_Attempt", row: ActionRow) -> Sent:
        pauses, is_renewed = list(_PAUSES), False
        api, jwt = await self._all_it_needs(attempt, row)
        while True:
            try:
                receipt = await api.send(
                    COMMANDS[attempt.action],
                    token_id=attempt.car,
                    jwt=jwt,
                    leaving=partial(self._leave, attempt, row),
                )
                return Sent(State.ACCEPTED, request_id=receipt.request_id)
            except SignInExpired as error:
                attempt.met(error)
                if is_renewed:
                    raise
                is_renewed = True
                jwt = await self._tokens.renewed(attempt.home, attempt.car, _NEED, refused=jwt)
            except DimoError as error:
                attempt.met(error)
                if not (pauses and may_repeat(error, attempt.action)):
                    raise
                await self._clock.sleep(_pause(error, pauses.pop(0)))
            await self._ask_permission_again(attempt, row)

    async def _leave(self, attempt: "_Attempt", row: ActionRow) -> None:
        """Let a request go whose turn has come; raises Declined where it stood in line for too long."""
        if self._clock.now() - attempt.permitted_at > _PERMISSION_STAYS_FRESH:
            await self._ask_permission_again(attempt, row)
        self._hold_to_freshness(row)
        attempt.leaves(self._clock.now())

    async def _all_it_needs(self, attempt: "_Attempt", row: ActionRow) -> tuple[CommandApi, VehicleJwt]:
        """Take the way and the JWT that are at hand; what must be waited for lets time pass, and much can change."""
        api, jwt = self._route.at_hand, self._tokens.warm(attempt.home, attempt.car, _NEED)
        if api is None or jwt is None:
            api = await self._route.api()
            jwt = await self._tokens.vehicle(attempt.home, attempt.car, _NEED)
            await self._ask_permission_again(attempt, row)
        return api, jwt

    async def _ask_permission_again(self, attempt: "_Attempt", row: ActionRow) -> None:
        attempt.permitted_at = now = self._clock.now()
        await self._db.read(lambda tx: still_permitted(tx, row, now=now))

    def _hold_to_freshness(self, row: ActionRow) -> None:
        """Keep an opening from leaving long after its confirmation: a sleeping laptop wakes up anywhere."""
        age = self._clock.now() - row.requested_at
        if ACTIONS[action_of(row)].opens and age > OPENING_STAYS_FRESH:
            raise Declined(Reason.HELD_UP)


@dataclass(slots=True)
class _Attempt:
    """What is known on the way: whether a request is out, and whether one may have been carried out."""

    action: Action
    home: ChatId
    car: CarId
    permitted_at: datetime
    """When it was last seen that the person may do this."""
    is_out: bool = False
    is_in_doubt: bool = False
    left_at: datetime | None = None
    last: DimoError | None = None

    def leaves(self, at: datetime) -> None:
        """Take note that a request goes out."""
        self.is_out = True
        self.left_at = at

    def met(self, error: DimoError) -> None:
        """Take note of a command's error; one doubt stays, whatever later requests say."""
        self.is_out = False
        self.last = error
        self.is_in_doubt = self.is_in_doubt or error.may_have_happened

    def failed(self, no: DimoError | Declined) -> Sent:
        """Say how it ended when DIMO, or we, said no."""
        reason = no.reason if isinstance(no, Declined) else reason_for(no)
        state = State.UNKNOWN if self.is_in_doubt else State.REFUSED
        return Sent(state, reason=reason, error=self.last)

    def broke(self) -> Sent:
        """Say how it ended when our own code failed: in doubt, unless nothing was out."""
        if self.is_out or self.is_in_doubt:
            return Sent(State.UNKNOWN)
        return Sent(State.REFUSED, reason=Reason.FAILED_BEFORE_SENDING)


def _pause(error: DimoError, planned: float) -> float:
    if isinstance(error, TooFast) and error.retry_after is not None:
        return min(max(error.retry_after, planned), _LONGEST_PAUSE)
    return planned
