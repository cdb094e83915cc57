"""The cars that people may use, and their panels."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.refusals import Reason
from bot.service.cars.accessible_cars import AccessibleCars
from bot.service.cars.history import History
from bot.service.cars.panels import Panels
from bot.service.cars.where import Where
from bot.wiring.core import Core, Shared


@dataclass(frozen=True, slots=True, kw_only=True)
class CarServices:
    """The use cases of cars."""

    accessible: AccessibleCars
    panels: Panels
    where: Where
    history: History


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
    db, dimo, clock, tokens, quotas = core.db, core.dimo, core.clock, shared.vehicle_tokens, shared.quotas
    return CarServices(
        accessible=accessible,
        panels=panels,
        where=Where(db=db, dimo=dimo, clock=clock, vehicle_tokens=tokens, quotas=quotas),
        history=History(db=db, dimo=dimo, clock=clock, vehicle_tokens=tokens, quotas=quotas),
    )
