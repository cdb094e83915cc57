"""Vehicle JWTs: found in memory, in the database, or fetched, one fetch at a time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TypeVar

from bot.dimo.client import Dimo
from bot.dimo.errors import NotPermitted, SignInExpired
from bot.dimo.permissions import Permission
from bot.dimo.tokens import DeveloperJwt, VehicleJwt
from bot.domain.ids import CarId, ChatId
from bot.domain.refusals import Reason
from bot.service.account.credentials import Credentials
from bot.service.declined import Declined
from bot.service.ports import Clock
from bot.service.single_flight import SingleFlight
from storage import Database, Token, Tx
from storage.repositories import cars, tokens

J = TypeVar("J", DeveloperJwt, VehicleJwt)
T = TypeVar("T")

_BOTH = frozenset({Permission.NON_LOCATION_HISTORY, Permission.COMMANDS})
_MARGIN = timedelta(seconds=30)


async def _renewing(jwt: J, call: Callable[[J], Awaitable[T]], renew: Callable[[J], Awaitable[J]]) -> T:
    """Call with a JWT, and if DIMO answers 401, which proves that nothing happened, once more with a renewed one."""
    try:
        return await call(jwt)
    except SignInExpired:
        return await call(await renew(jwt))


@dataclass(frozen=True, slots=True)
class _Ticket:
    """A vehicle JWT with what it is good for."""

    jwt: VehicleJwt
    permissions: frozenset[Permission]


class VehicleTokens:
    """Hands out vehicle JWTs that are good for a while; a warm one costs neither DIMO nor the database."""

    def __init__(self, *, db: Database, dimo: Dimo, clock: Clock, power: Credentials) -> None:
        self._db = db
        self._dimo = dimo
        self._clock = clock
        self._power = power
        self._tickets: dict[tuple[ChatId, CarId], list[_Ticket]] = {}
        self._exchanges: SingleFlight[VehicleJwt] = SingleFlight()

    def warm(self, home: ChatId, car: CarId, need: Permission, *, good_for: timedelta = _MARGIN) -> VehicleJwt | None:
        """Return a vehicle JWT that is at hand and stays good for a while, if there is one."""
        until = self._clock.now() + good_for
        tickets = self._tickets.get((home, car), ())
        return next((t.jwt for t in tickets if need in t.permissions and t.jwt.expires_at > until), None)

    async def vehicle(self, home: ChatId, car: CarId, need: Permission, *, good_for: timedelta = _MARGIN) -> VehicleJwt:
        """Return a vehicle JWT that allows `need` for at least `good_for`.

        Raises DimoError where DIMO does not give one, and Declined where the chat has no car or no key to DIMO.
        """
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
            self._tickets[home, car] = [t for t in self._tickets.get((home, car), []) if t.jwt.value != refused.value]
            flight = (home, car, need, refused.value)
            return await self._exchanges.fly(flight, partial(self._exchange, home, car, need))

        return await _renewing(await self.vehicle(home, car, need), call, renew)

    def forget(self, home: ChatId) -> None:
        """Drop from memory all that was kept for a chat."""
        for key in [key for key in self._tickets if key[0] == home]:
            del self._tickets[key]

    async def _obtain(self, home: ChatId, car: CarId, need: Permission, good_for: timedelta) -> VehicleJwt:
        kept = await self._db.read(lambda tx: tokens.get(tx, home, "vehicle", car_id=car))
        if kept is not None:
            permissions = frozenset(Permission(number) for number in kept.permissions)
            self._remember(home, car, VehicleJwt(kept.secret, kept.expires_at), permissions)
            if warm := self.warm(home, car, need, good_for=good_for):
                return warm
        return await self._exchange(home, car, need)

    async def _exchange(self, home: ChatId, car: CarId, need: Permission) -> VehicleJwt:
        known = await self._db.read(lambda tx: cars.get(tx, home, car))
        if known is None:
            raise Declined(Reason.CAR_GONE)
        shared, only = frozenset(known.details.permissions), frozenset({need})
        wanted = only if shared and not shared >= _BOTH else _BOTH
        try:
            jwt, granted = await self._ask(home, car, wanted), wanted
        except NotPermitted:
            if wanted == only:
                raise
            jwt, granted = await self._ask(home, car, only), only
        await self._keep(home, car, jwt, granted)
        return jwt

    async def _ask(self, home: ChatId, car: CarId, wanted: frozenset[Permission]) -> VehicleJwt:
        return await _renewing(
            await self._power.developer_jwt(home),
            lambda developer: self._dimo.exchange.exchange(developer, token_id=car, permissions=wanted),
            lambda refused: self._power.developer_jwt(home, refused=refused),
        )

    async def _keep(self, home: ChatId, car: CarId, jwt: VehicleJwt, granted: frozenset[Permission]) -> None:
        row = Token(
            chat_id=home,
            kind="vehicle",
            car_id=car,
            secret=jwt.value,
            permissions=tuple(sorted(int(p) for p in granted)),
            expires_at=jwt.expires_at,
            announced_at=None,
        )

        def put(tx: Tx) -> bool:
            if cars.get(tx, home, car) is None:
                return False
            if Permission.COMMANDS in granted:  # one row a car: the JWT that commands need is worth keeping
                tokens.put(tx, row)
            return True

        if not await self._db.run(put):
            raise Declined(Reason.CAR_GONE)  # the chat was unlinked while DIMO was asked: nothing of it is kept
        self._remember(home, car, jwt, granted)

    def _remember(self, home: ChatId, car: CarId, jwt: VehicleJwt, granted: frozenset[Permission]) -> None:
        now = self._clock.now()
        alive = [t for t in self._tickets.get((home, car), []) if t.jwt.expires_at > now]
        self._tickets[home, car] = [_Ticket(jwt, granted), *alive][:3]
