"""A car's error codes at DIMO: chooses between the two forms of the same endpoints."""

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from bot.dimo.client import Dimo
from bot.dimo.error_codes import CodesOf, ErrorCode, ErrorCodeQuery
from bot.dimo.errors import BadToken, DimoError, NotFound, NotPermitted, ServiceTrouble, SignInExpired
from bot.dimo.jwt import wallet_of
from bot.dimo.permissions import Permission
from bot.dimo.tokens import UserJwt
from bot.domain.expiry import TokenKind
from bot.domain.ids import CarId, ChatId
from bot.service.account.vehicle_tokens import VehicleTokens
from bot.service.ports import Clock
from storage import Database
from storage.repositories import cars, tokens

_log = logging.getLogger(__name__)
T = TypeVar("T")

_NEED = Permission.NON_LOCATION_HISTORY
_LOOK_AGAIN_AFTER = timedelta(hours=1)


@dataclass(kw_only=True, slots=True)
class CodesGateway:
    """Asks by user device if the chat has a user JWT and the device is known, and otherwise by token id.

    Every method raises DimoError, and Declined if the chat has no such car or no access to DIMO.
    """

    db: Database
    dimo: Dimo
    clock: Clock
    vehicle_tokens: VehicleTokens
    _without_device: defaultdict[ChatId, dict[CarId, datetime]] = field(
        init=False, default_factory=lambda: defaultdict(dict)
    )
    """Until when the form by device is not tried again for a car."""

    async def queries(self, home: ChatId, car: CarId) -> list[ErrorCodeQuery]:
        """Return DIMO's history, newest first."""
        return await self._ask(home, car, self.dimo.codes.queries)

    async def submit(self, home: ChatId, car: CarId, codes: Sequence[str]) -> list[ErrorCode]:
        """Have codes explained, which may take a minute; also raises CodesNotTaken."""
        return await self._ask(home, car, lambda of: self.dimo.codes.submit(of, codes))

    async def clear(self, home: ChatId, car: CarId) -> datetime | None:
        """Mark the newest query at DIMO as cleared; also raises NothingToClear."""
        return await self._ask(home, car, self.dimo.codes.clear)

    def forget(self, home: ChatId) -> None:
        """Look again for the devices of a home."""
        self._without_device.pop(home, None)

    async def _ask(self, home: ChatId, car: CarId, call: Callable[[CodesOf], Awaitable[T]]) -> T:
        device = await self._device(home, car)
        if device is not None:
            try:
                return await call(device)
            except (NotFound, SignInExpired, NotPermitted) as error:
                # A 4xx proves that nothing happened, so that the other form may be asked the same.
                await self._give_up_device(home, car, error)
        return await self.vehicle_tokens.with_jwt(home, car, _NEED, lambda jwt: call(CodesOf.vehicle(car, jwt)))

    async def _device(self, home: ChatId, car: CarId) -> CodesOf | None:
        """Return the form by device, if it can be used for the car."""
        now = self.clock.now()
        if self._without_device[home].get(car, now) > now:
            return None
        token, row = await self.db.read(lambda tx: (tokens.get(tx, home, TokenKind.USER), cars.get(tx, home, car)))
        if token is None or token.expires_at <= now:
            return None
        try:
            jwt = UserJwt(token.secret, token.expires_at, wallet_of(token.secret))
        except BadToken:
            return None
        device = (row and row.details.device_id) or await self._find_device(home, car, jwt)
        return CodesOf.device(device, jwt) if device else None

    async def _find_device(self, home: ChatId, car: CarId, jwt: UserJwt) -> str | None:
        """Find the car among the user's devices, and store its device id; None if it is not there."""
        try:
            devices = await self.dimo.devices.my_devices(jwt)
        except DimoError as error:
            # Trouble of this list alone does not matter, because the form by token id does not need it.
            if error.unreachable or (error.temporary and not isinstance(error, ServiceTrouble)):
                raise
            await self._give_up_device(home, car, error)
            return None
        found = next((device for device in devices if device.token_id == car), None)
        if found is None:
            self._without_device[home][car] = self.clock.now() + _LOOK_AGAIN_AFTER
            return None
        await self.db.run(lambda tx: cars.learn(tx, home, car, device_id=found.id, vin_end=found.vin_end))
        return found.id

    async def _give_up_device(self, home: ChatId, car: CarId, error: DimoError) -> None:
        _log.info("Error codes are requested by token id for now: %s", error)
        self._without_device[home][car] = self.clock.now() + _LOOK_AGAIN_AFTER
        if isinstance(error, NotFound):
            await self.db.run(lambda tx: cars.forget_device(tx, home, car))
