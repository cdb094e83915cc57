"""Where a car is: asked for those whom its owner allows it, and noted in the log before it is shown."""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial

from bot.dimo.client import Dimo
from bot.dimo.errors import DimoError
from bot.dimo.permissions import Permission
from bot.dimo.telemetry import Location
from bot.domain.ids import CarId, ChatId
from bot.domain.limits import Bound
from bot.domain.refusals import Reason
from bot.domain.roles import Ability, Role
from bot.domain.whereabouts import Position, accuracy_metres
from bot.service.access import Authorization, authorize_for_car, may_ask_where
from bot.service.account.vehicle_tokens import VehicleTokens
from bot.service.confirmation import once
from bot.service.declined import Declined
from bot.service.dimo_mapping import reason_for
from bot.service.ports import Ask, Clock
from bot.service.preferences import preferences_of
from bot.service.quotas import Quotas
from storage import Car, Database, LocationLook, Tx
from storage.repositories import cars, location_looks

_NOT_SHARED = {Reason.NOT_SHARED_FOR_COMMANDS, Reason.NOT_SHARED_FOR_READING}
"""What DIMO's refusal means where a location was asked for: the permission for it is missing."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a car last was; `position` is None if it never said."""

    car_name: str
    position: Position | None
    zone: tzinfo
    """The time zone of the car's home."""


@dataclass(frozen=True, slots=True)
class LocationNotShared:
    """The car's location is not shared with the license."""

    car_name: str
    owner_name: str | None
    """Whom to ask; None for the owner."""


@dataclass(kw_only=True, slots=True)
class Where:
    """Asks DIMO where a car is. Nothing of that is stored, but who has asked."""

    db: Database
    dimo: Dimo
    clock: Clock
    vehicle_tokens: VehicleTokens
    quotas: Quotas

    async def look(self, ask: Ask, car: CarId | None = None) -> Whereabouts | LocationNotShared | None:
        """Ask where this car is, or the one that the person means. None for an update seen before; raises Declined."""
        allowed, found = await self.db.run(lambda tx: self._authorize(tx, ask, car, spends=True))
        need = _permission_of(found)
        if need is None:
            return _not_shared(allowed, found)
        try:
            query = partial(self.dimo.telemetry.location, CarId(found.car_id))
            location = await self.vehicle_tokens.with_jwt(allowed.home_id, CarId(found.car_id), need, query)
        except DimoError as error:
            reason = reason_for(error)
            if reason in _NOT_SHARED:
                return _not_shared(allowed, found)
            raise Declined(reason) from error
        return await once(self.db, self.clock, ask, lambda tx: self._note(tx, ask, CarId(found.car_id), location))

    async def place(self, home: ChatId, car: CarId) -> Position | None:
        """Return where a home's car is, for what its owner has asked the bot to watch; None if that can't be known."""
        found = await self.db.read(lambda tx: cars.get(tx, home, car))
        if found is None or Permission.LOCATION_HISTORY not in found.details.permissions:
            return None
        query = partial(self.dimo.telemetry.location, car)
        with suppress(DimoError, Declined):
            location = await self.vehicle_tokens.with_jwt(home, car, Permission.LOCATION_HISTORY, query)
            return None if location is None or location.is_approximate else _position(location)
        return None

    def _authorize(self, tx: Tx, ask: Ask, car: CarId | None, *, spends: bool = False) -> tuple[Authorization, Car]:
        now = self.clock.now()
        allowed, found = authorize_for_car(tx, ask, Ability.STATUS, car, now=now)
        if not may_ask_where(tx, allowed, now=now):
            raise Declined(Reason.WHERE_NOT_ALLOWED)
        if spends:
            self.quotas.spend(tx, Bound.LOOKS, int(allowed.home_id))
        return allowed, found

    def _note(self, tx: Tx, ask: Ask, car: CarId, location: Location | None) -> Whereabouts:
        """Note in the log who has looked, if there is something to see: before it is shown, so that no look is secret."""
        allowed, found = self._authorize(tx, ask, car)
        name, home = found.details.name, allowed.home_id
        position = None if location is None else _position(location)
        if position is not None:
            person = allowed.person
            look = LocationLook(secrets.token_urlsafe(12), home, int(person.id), self.clock.now(), person.name, name)
            location_looks.add(tx, look)
        return Whereabouts(name, position, preferences_of(tx, home).zone)


def _permission_of(car: Car) -> Permission | None:
    """Return the permission by which a car's location can be read; where DIMO has named none, the exact one is tried."""
    shared = car.details.permissions
    if not shared or Permission.LOCATION_HISTORY in shared:
        return Permission.LOCATION_HISTORY
    return Permission.APPROXIMATE_LOCATION if Permission.APPROXIMATE_LOCATION in shared else None


def _not_shared(allowed: Authorization, car: Car) -> LocationNotShared:
    is_owner = allowed.access.role is Role.OWNER
    return LocationNotShared(car.details.name, None if is_owner else allowed.home.owner_name)


def _position(of: Location) -> Position:
    accuracy = None if of.is_approximate else accuracy_metres(of.hdop)
    return Position(of.latitude, of.longitude, of.timestamp, accuracy, of.is_approximate)
