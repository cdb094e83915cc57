"""The tokens that DIMO wants: found in memory, in the database, or fetched, one fetch at a time."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from bot.dimo.client import Dimo
from bot.dimo.errors import DimoError, NotPermitted, SignInExpired
from bot.dimo.jwt import wallet_of
from bot.dimo.permissions import Permission
from bot.dimo.signing import SigningFailed
from bot.dimo.tokens import DeveloperJwt, License, VehicleJwt
from bot.domain.ids import CarId, ChatId
from bot.domain.refusals import Reason
from bot.service.declined import Declined
from bot.service.flights import SingleFlight
from bot.service.ports import Clock
from storage import Database, Token, Tx, cars, tokens

_log = logging.getLogger(__name__)

OPERATOR = ChatId(0)
"""The chat number under which the license's own developer JWT is kept."""

_BOTH = frozenset({Permission.NON_LOCATION_HISTORY, Permission.COMMANDS})
_MARGIN = timedelta(seconds=30)
_DEVELOPER_MARGIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Ticket:
    """A vehicle JWT with what it is good for."""

    jwt: VehicleJwt
    permissions: frozenset[Permission]


class Tokens:
    """Hands out vehicle JWTs that are good for a while; a warm one costs neither DIMO nor the database."""

    def __init__(self, *, db: Database, dimo: Dimo, clock: Clock, license: License | None) -> None:  # noqa: A002 - DIMO's word
        self._db = db
        self._dimo = dimo
        self._clock = clock
        self._license = license
        self._tickets: dict[tuple[ChatId, CarId], list[_Ticket]] = {}
        self._developers: dict[ChatId, DeveloperJwt] = {}
        self._exchanges: SingleFlight[VehicleJwt] = SingleFlight()
        self._sign_ins: SingleFlight[DeveloperJwt] = SingleFlight()

    async def vehicle(
        self, home: ChatId, car: CarId, need: Permission, *, good_for: timedelta = _MARGIN
    ) -> VehicleJwt:
        """Return a vehicle JWT that allows `need` for at least `good_for`.

        Raises DimoError where DIMO does not give one, and Declined where the chat has no key to DIMO.
        """
        if warm := self._warm(home, car, need, good_for):
            return warm
        return await self._exchanges.fly((home, car, need), partial(self._obtain, home, car, need, good_for))

    async def renewed(self, home: ChatId, car: CarId, need: Permission, *, refused: VehicleJwt) -> VehicleJwt:
        """Return another vehicle JWT in place of one that DIMO did not take."""
        key = (home, car)
        self._tickets[key] = [t for t in self._tickets.get(key, []) if t.jwt.value != refused.value]
        return await self._exchanges.fly((home, car, need), partial(self._exchange, home, car, need))

    def forget(self, home: ChatId) -> None:
        """Drop from memory all that was kept for a chat."""
        self._developers.pop(home, None)
        for key in [key for key in self._tickets if key[0] == home]:
            del self._tickets[key]

    def _warm(self, home: ChatId, car: CarId, need: Permission, good_for: timedelta) -> VehicleJwt | None:
        until = self._clock.now() + good_for
        tickets = self._tickets.get((home, car), ())
        return next((t.jwt for t in tickets if need in t.permissions and t.jwt.expires_at > until), None)

    async def _obtain(self, home: ChatId, car: CarId, need: Permission, good_for: timedelta) -> VehicleJwt:
        kept = await self._db.read(lambda tx: tokens.get(tx, home, "vehicle", car_id=car))
        if kept is not None:
            self._remember(home, car, VehicleJwt(kept.secret, kept.expires_at), _permissions(kept))
            if warm := self._warm(home, car, need, good_for):
                return warm
        return await self._exchange(home, car, need)

    async def _exchange(self, home: ChatId, car: CarId, need: Permission) -> VehicleJwt:
        known = await self._db.read(lambda tx: cars.get(tx, home, car))
        shared = frozenset(known.details.permissions) if known else frozenset()
        wanted = frozenset({need}) if shared and not shared >= _BOTH else _BOTH
        try:
            jwt, granted = await self._ask(home, car, wanted), wanted
        except NotPermitted:
            if wanted == {need}:
                raise
            jwt, granted = await self._ask(home, car, frozenset({need})), frozenset({need})
        await self._keep(home, car, jwt, granted)
        return jwt

    async def _ask(self, home: ChatId, car: CarId, wanted: frozenset[Permission]) -> VehicleJwt:
        developer = await self._developer(home)
        try:
            return await self._dimo.exchange.exchange(developer, token_id=car, permissions=wanted)
        except SignInExpired:
            developer = await self._developer(home, refused=developer)
            return await self._dimo.exchange.exchange(developer, token_id=car, permissions=wanted)

    async def _keep(self, home: ChatId, car: CarId, jwt: VehicleJwt, granted: frozenset[Permission]) -> None:
        self._remember(home, car, jwt, granted)
        if Permission.COMMANDS not in granted:
            return  # one row a car: the JWT that commands need is the one worth keeping
        row = Token(
            chat_id=home,
            kind="vehicle",
            car_id=car,
            secret=jwt.value,
            permissions=tuple(sorted(int(p) for p in granted)),
            expires_at=jwt.expires_at,
            announced_at=None,
        )

        def put(tx: Tx) -> None:
            # The chat may have been unlinked while DIMO was asked: then nothing of it is kept.
            if cars.get(tx, home, car) is not None:
                tokens.put(tx, row)

        await self._db.run(put)

    def _remember(self, home: ChatId, car: CarId, jwt: VehicleJwt, granted: frozenset[Permission]) -> None:
        now = self._clock.now()
        alive = [t for t in self._tickets.get((home, car), []) if t.jwt.expires_at > now]
        self._tickets[home, car] = [_Ticket(jwt, granted), *alive][:3]

    async def _developer(self, home: ChatId, *, refused: DeveloperJwt | None = None) -> DeveloperJwt:
        """Return the developer JWT that serves this chat: its own pasted one, else the license's."""
        pasted = await self._pasted(home)
        if pasted is not None and (refused is None or pasted.value != refused.value):
            return pasted
        if self._license is None:
            raise Declined(Reason.NO_KEY_TO_DIMO if pasted is None and refused is None else Reason.LINK_ENDED)
        known = self._developers.get(OPERATOR)
        if known and self._is_good(known) and (refused is None or known.value != refused.value):
            return known
        return await self._sign_ins.fly(OPERATOR, partial(self._sign_in, self._license, refused))

    async def _pasted(self, home: ChatId) -> DeveloperJwt | None:
        known = self._developers.get(home)
        if known is None:
            row = await self._db.read(lambda tx: tokens.get(tx, home, "developer"))
            if row is None:
                return None
            known = self._developers[home] = _developer_from(row)
        if self._is_good(known):
            return known
        if self._license is None:
            raise Declined(Reason.LINK_ENDED)
        return None

    async def _sign_in(self, license: License, refused: DeveloperJwt | None) -> DeveloperJwt:  # noqa: A002 - DIMO's word
        row = await self._db.read(lambda tx: tokens.get(tx, OPERATOR, "developer"))
        if row is not None:
            kept = _developer_from(row)
            if self._is_good(kept) and (refused is None or kept.value != refused.value):
                self._developers[OPERATOR] = kept
                return kept
        try:
            fresh = await self._dimo.auth.sign_in(license)
        except SigningFailed as error:
            _log.warning("The license could not sign in: %s", error)
            raise Declined(Reason.LICENSE_NOT_ACCEPTED) from error
        self._developers[OPERATOR] = fresh
        kept_row = Token(
            chat_id=OPERATOR,
            kind="developer",
            car_id=0,
            secret=fresh.value,
            permissions=(),
            expires_at=fresh.expires_at,
            announced_at=None,
        )
        await self._db.run(lambda tx: tokens.put(tx, kept_row))
        return fresh

    def _is_good(self, jwt: DeveloperJwt) -> bool:
        return jwt.expires_at > self._clock.now() + _DEVELOPER_MARGIN

    async def sign_in_early(self) -> None:
        """Sign in with the license before anybody needs it; what goes wrong is met again when it counts."""
        if self._license is None:
            return
        try:
            await self._developer(OPERATOR)
        except (DimoError, Declined) as error:
            _log.warning("The license could not sign in: %s", error)

    async def license_address(self, home: ChatId) -> str | None:
        """Return the address of the license that this chat's power over cars comes from, if there is one."""
        row = await self._db.read(lambda tx: tokens.get(tx, home, "developer"))
        if row is not None and row.expires_at > self._clock.now():
            return wallet_of(row.secret)
        return self._license.client_id.lower() if self._license else None


def _permissions(row: Token) -> frozenset[Permission]:
    return frozenset(Permission(number) for number in row.permissions)


def _developer_from(row: Token) -> DeveloperJwt:
    return DeveloperJwt(row.secret, row.expires_at, wallet_of(row.secret))
