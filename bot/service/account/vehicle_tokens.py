"""Vehicle JWTs: found in memory or in the database, or exchanged, one exchange at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TypeVar

from bot.dimo.client import Dimo
from bot.dimo.errors import NotPermitted, SignInExpired
from bot.dimo.permissions import Permission
from bot.dimo.tokens import DeveloperJwt, VehicleJwt
from bot.domain.expiry import TokenKind
from bot.domain.ids import CarId, ChatId
from bot.domain.refusals import Reason
from bot.service.account.credentials import Credentials
from bot.service.account.ownership import Ownership
from bot.service.declined import Declined
from bot.service.ports import Clock
from bot.service.single_flight import SingleFlight
from storage import Database, Token, Tx
from storage.repositories import cars, tokens

J = TypeVar("J", DeveloperJwt, VehicleJwt)
T = TypeVar("T")

_BOTH = frozenset({Permission.NON_LOCATION_HISTORY, Permission.COMMANDS})
_MARGIN = timedelta(seconds=30)
_KEPT_PER_CAR = 3


async def _renewing(jwt: J, call: Callable[[J], Awaitable[T]], renew: Callable[[J], Awaitable[J]]) -> T:
    """Call with a JWT, and if DIMO answers 401, which proves that nothing happened, once more with a renewed one."""
    try:
        return await call(jwt)
    except SignInExpired:
        return await call(await renew(jwt))


@dataclass(frozen=True, slots=True)
class _Granted:
    jwt: VehicleJwt
    permissions: frozenset[Permission]


@dataclass(kw_only=True, slots=True)
class VehicleTokens:
    """Hands out vehicle JWTs; one that is remembered and still good costs no call to DIMO or the database."""

    db: Database
    dimo: Dimo
    clock: Clock
    credentials: Credentials
    ownership: Ownership
    _remembered: dict[ChatId, dict[CarId, list[_Granted]]] = field(default_factory=dict, init=False)
    _exchanges: SingleFlight[VehicleJwt] = field(default_factory=SingleFlight, init=False)

    def warm(self, home: ChatId, car: CarId, need: Permission, *, good_for: timedelta = _MARGIN) -> VehicleJwt | None:
        """Return a remembered vehicle JWT that allows `need` for at least `good_for`, if there is one."""
        until = self.clock.now() + good_for
        known = self._remembered.get(home, {}).get(car, ())
        return next((one.jwt for one in known if need in one.permissions and one.jwt.expires_at > until), None)

    async def vehicle(self, home: ChatId, car: CarId, need: Permission, *, good_for: timedelta = _MARGIN) -> VehicleJwt:
        """Return a vehicle JWT that allows `need` for at least `good_for`; raises DimoError and Declined."""
        if warm := self.warm(home, car, need, good_for=good_for):
            return warm
        return await self._exchanges.fly((home, car, need), partial(self._obtain, home, car, need, good_for))

    async def with_jwt(
        self, home: ChatId, car: CarId, need: Permission, call: Callable[[VehicleJwt], Awaitable[T]]
    ) -> T:
        """Call DIMO with a vehicle JWT, and once more with another one if DIMO does not accept the first.

        Raises what `vehicle` and the call raise.
        """

        async def renew(refused: VehicleJwt) -> VehicleJwt:
            of_home = self._remembered.setdefault(home, {})
            of_home[car] = [one for one in of_home.get(car, ()) if one.jwt.value != refused.value]
            flight = (home, car, need, refused.value)
            return await self._exchanges.fly(flight, partial(self._exchange, home, car, need))

        return await _renewing(await self.vehicle(home, car, need), call, renew)

    def forget(self, home: ChatId) -> None:
        """Drop everything of a home from memory."""
        self._remembered.pop(home, None)

    async def _obtain(self, home: ChatId, car: CarId, need: Permission, good_for: timedelta) -> VehicleJwt:
        stored = await self.db.read(lambda tx: tokens.get(tx, home, TokenKind.VEHICLE, car_id=car))
        if stored is not None:
            permissions = frozenset(Permission(number) for number in stored.permissions)
            self._remember(home, car, VehicleJwt(stored.secret, stored.expires_at), permissions)
            if warm := self.warm(home, car, need, good_for=good_for):
                return warm
        return await self._exchange(home, car, need)

    async def _exchange(self, home: ChatId, car: CarId, need: Permission) -> VehicleJwt:
        known = await self.db.read(lambda tx: cars.get(tx, home, car))
        if known is None:
            raise Declined(Reason.CAR_GONE)
        shared, only = frozenset(known.details.permissions), frozenset({need})
        # One permission that is missing fails the whole exchange, so every other one is asked for alone.
        wanted = only if need not in _BOTH or (shared and not shared >= _BOTH) else _BOTH
        comparing = asyncio.create_task(self.ownership.still_owns(home, car), name="comparing a car's owner")
        try:
            jwt, granted = await self._ask_for_most(home, car, wanted, only)
        finally:
            still_owns = await comparing  # also after a refusal: a new owner has often taken the share back
        if not still_owns:
            self.forget(home)
            raise Declined(Reason.CAR_GONE)
        await self._keep(home, car, jwt, granted)
        return jwt

    async def _ask_for_most(
        self, home: ChatId, car: CarId, wanted: frozenset[Permission], only: frozenset[Permission]
    ) -> tuple[VehicleJwt, frozenset[Permission]]:
        try:
            return await self._ask(home, car, wanted), wanted
        except NotPermitted:
            if wanted == only:
                raise
            return await self._ask(home, car, only), only

    async def _ask(self, home: ChatId, car: CarId, wanted: frozenset[Permission]) -> VehicleJwt:
        return await _renewing(
            await self.credentials.developer_jwt(home),
            lambda developer: self.dimo.exchange.exchange(developer, token_id=car, permissions=wanted),
            lambda refused: self.credentials.developer_jwt(home, refused=refused),
        )

    async def _keep(self, home: ChatId, car: CarId, jwt: VehicleJwt, granted: frozenset[Permission]) -> None:
        permissions = tuple(sorted(int(one) for one in granted))
        row = Token(home, TokenKind.VEHICLE, jwt.value, jwt.expires_at, car_id=car, permissions=permissions)

        def put(tx: Tx) -> bool:
            if cars.get(tx, home, car) is None:
                return False
            if Permission.COMMANDS in granted:  # there is one row for each car, and commands must be fast
                tokens.put(tx, row)
            return True

        if not await self.db.run(put):
            raise Declined(Reason.CAR_GONE)  # the home was unlinked while DIMO was asked
        self._remember(home, car, jwt, granted)

    def _remember(self, home: ChatId, car: CarId, jwt: VehicleJwt, granted: frozenset[Permission]) -> None:
        of_home, now = self._remembered.setdefault(home, {}), self.clock.now()
        alive = [one for one in of_home.get(car, ()) if one.jwt.expires_at > now]
        of_home[car] = [_Granted(jwt, granted), *alive][:_KEPT_PER_CAR]
