"""The cars that people may use, and their panels."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.refusals import Reason
from bot.service.cars.accessible_cars import AccessibleCars
from bot.service.cars.panels import Panels
from bot.service.cars.where import Where
from bot.wiring.core import Core, Shared


@dataclass(frozen=True, slots=True, kw_only=True)
class CarServices:
    """The use cases of cars."""

    accessible: AccessibleCars
    panels: Panels
    where: Where


def make_cars(core: Core, shared: Shared, *, fault: Callable[[], Reason | None]) -> CarServices:
    """Make the use cases of cars; every look at a car edits its panels."""
    accessible = AccessibleCars(db=core.db, clock=core.clock, expiry=shared.expiry)
    panels = Panels(
        db=core.db,
        clock=core.clock,
        announcer=shared.announcer,
        accessible_cars=accessible,
        status=shared.status,
        background=core.background,
        fault=fault,
    )
    shared.status.heard.append(lambda _, car: panels.changed(car))
    where = Where(
        db=core.db, dimo=core.dimo, clock=core.clock, vehicle_tokens=shared.vehicle_tokens, quotas=shared.quotas
    )
    return CarServices(accessible=accessible, panels=panels, where=where)
