"""A car's trouble codes at DIMO: two forms of the same endpoints, and which of them serves."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from bot.dimo.client import Dimo
from bot.dimo.error_codes import CodesOf, ErrorCode, ErrorCodeQuery
from bot.dimo.errors import (
    BadToken,
    CannotDo,
    DimoError,
    NotFound,
    NotPermitted,
    ServiceTrouble,
    SignInExpired,
)
from bot.dimo.jwt import wallet_of
from bot.dimo.permissions import Permission
from bot.dimo.tokens import UserJwt
from bot.domain.ids import CarId, ChatId
from bot.service.account.vehicle_tokens import VehicleTokens
from bot.service.ports import Clock
from storage import Database, Tx
from storage.repositories import cars, tokens

_log = logging.getLogger(__name__)
T = TypeVar("T")

_NEED = Permission.NON_LOCATION_HISTORY
_LOOK_AGAIN_AFTER = timedelta(hours=1)
"""How long a car whose device form did not serve is asked about by its token id without another try."""


class CodesRefused(Exception):
    """DIMO said no to the codes themselves, so that sending them again is no use."""


class CodesGateway:
    """Speaks of codes by user device where the chat holds a user JWT and the device is known, else by token id.

    Every method raises DimoError, and Declined where the chat has no car or no key to DIMO.
    """

    def __init__(self, *, db: Database, dimo: Dimo, clock: Clock, tokens: VehicleTokens) -> None:
        self._db = db
        self._dimo = dimo
        self._clock = clock
        self._tokens = tokens
        self._without_device: dict[tuple[ChatId, CarId], datetime] = {}

    async def queries(self, home: ChatId, car: CarId) -> list[ErrorCodeQuery]:
        """Return DIMO's history, newest first."""
        return await self._ask(home, car, self._dimo.codes.queries)

    async def submit(self, home: ChatId, car: CarId, codes: Sequence[str]) -> list[ErrorCode]:
        """Give DIMO codes and get them explained, which may take a minute; raises CodesRefused, too."""

        async def submit(of: CodesOf) -> list[ErrorCode]:
            try:
                return await self._dimo.codes.submit(of, codes)
            except CannotDo as error:
                raise CodesRefused(str(error)) from error

        return await self._ask(home, car, submit)

    async def clear(self, home: ChatId, car: CarId) -> datetime | None:
        """Mark the newest query at DIMO as cleared; raises AlreadyCleared and NothingToClear, too."""
        return await self._ask(home, car, self._dimo.codes.clear)

    async def _ask(self, home: ChatId, car: CarId, call: Callable[[CodesOf], Awaitable[T]]) -> T:
        device = await self._device_form(home, car)
        if device is not None:
            try:
                return await call(device)
            except (NotFound, SignInExpired, NotPermitted) as error:
                # A 4xx proves that nothing happened, so that the other form may be asked the same.
                await self._give_up_device(home, car, error)
        return await self._tokens.with_jwt(home, car, _NEED, lambda jwt: call(CodesOf.vehicle(car, jwt)))

    async def _device_form(self, home: ChatId, car: CarId) -> CodesOf | None:
        if self._without_device.get((home, car), self._clock.now()) > self._clock.now():
            return None
        token, device = await self._db.read(lambda tx: (tokens.get(tx, home, "user"), _device(tx, home, car)))
        if token is None or token.expires_at <= self._clock.now():
            return None
        try:
            jwt = UserJwt(token.secret, token.expires_at, wallet_of(token.secret))
        except BadToken:
            return None
        device = device or await self._find_device(home, car, jwt)
        return CodesOf.device(device, jwt) if device else None

    async def _find_device(self, home: ChatId, car: CarId, jwt: UserJwt) -> str | None:
        """Look for the car among the user's devices, and remember it; None where it is not among them."""
        try:
            devices = await self._dimo.devices.my_devices(jwt)
        except DimoError as error:
            if isinstance(error, ServiceTrouble) and not error.unreachable:
                return None  # this list alone may be in trouble: the other form does without
            if error.temporary or error.unreachable:
                raise
            await self._give_up_device(home, car, error)
            return None
        found = next((device.id for device in devices if device.token_id == car), None)
        if found is None:
            self._without_device[home, car] = self._clock.now() + _LOOK_AGAIN_AFTER
            return None
        await self._db.run(lambda tx: cars.learn(tx, home, car, device_id=found))
        return found

    async def _give_up_device(self, home: ChatId, car: CarId, error: DimoError) -> None:
        _log.info("Error codes go by token id for a while: %s", error)
        self._without_device[home, car] = self._clock.now() + _LOOK_AGAIN_AFTER
        if isinstance(error, NotFound):
            await self._db.run(lambda tx: cars.forget_device(tx, home, car))

    def forget(self, home: ChatId) -> None:
        """Look again for the devices of a chat that was linked anew."""
        for key in [key for key in self._without_device if key[0] == home]:
            del self._without_device[key]


def _device(tx: Tx, home: ChatId, car: CarId) -> str | None:
    row = cars.get(tx, home, car)
    return None if row is None else row.details.device_id
