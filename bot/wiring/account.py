"""The DIMO account of a home: linked, expiring, erased."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.domain.ids import ChatId
from bot.service.account.erasure import Erasure
from bot.service.account.expiry_notices import ExpiryNotices
from bot.service.account.linking import Linking
from bot.service.cars.accessible_cars import AccessibleCars
from bot.wiring.core import Core, Shared


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountServices:
    """The use cases of a home's account and cars."""

    linking: Linking
    expiry_notices: ExpiryNotices
    erasure: Erasure
    accessible_cars: AccessibleCars


def make_account(core: Core, shared: Shared, *, caches: Sequence[Callable[[ChatId], None]]) -> AccountServices:
    """Make the use cases of accounts; `caches` forget a home that is linked anew or unlinked."""
    db, clock = core.db, core.clock
    linking = Linking(
        db=db,
        dimo=core.dimo,
        clock=clock,
        credentials=shared.credentials,
        urls=core.settings.urls,
        prompting=shared.prompting,
        caches=(shared.vehicle_tokens.forget, shared.expiry.forget, shared.status.forget, *caches),
    )
    return AccountServices(
        linking=linking,
        expiry_notices=ExpiryNotices(db=db, clock=clock, announcer=shared.announcer),
        erasure=Erasure(db=db, clock=clock, prompting=shared.prompting, linking=linking),
        accessible_cars=AccessibleCars(db=db, clock=clock, expiry=shared.expiry),
    )
