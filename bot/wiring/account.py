"""The DIMO account of a home: linked, expiring, erased."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.domain.ids import ChatId
from bot.service.account.erasure import Erasure
from bot.service.account.expiry_notices import ExpiryNotices
from bot.service.account.link_consents import LinkConsents
from bot.service.account.link_permissions import LinkPermissions
from bot.service.account.linking import Linking
from bot.service.account.sign_in import SignIn
from bot.service.account.unlinking import Unlinking
from bot.settings import LINKING_ASKS
from bot.wiring.core import Core, Shared


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountServices:
    """The use cases of a home's account and cars."""

    sign_in: SignIn
    link_permissions: LinkPermissions
    link_consents: LinkConsents
    linking: Linking
    unlinking: Unlinking
    expiry_notices: ExpiryNotices
    erasure: Erasure


def _forget_home(shared: Shared) -> Sequence[Callable[[ChatId], None]]:
    return (
        shared.vehicle_tokens.forget,
        shared.expiry.forget,
        shared.status.forget,
        shared.ownership.home_changed,
    )


def make_account(core: Core, shared: Shared, *, caches: Sequence[Callable[[ChatId], None]]) -> AccountServices:
    """Make the use cases of accounts; `caches` forget a home that is linked anew or unlinked."""
    caches = (*_forget_home(shared), *caches)
    db, clock, settings, announcer = core.db, core.clock, core.settings, shared.announcer
    operator, quotas = shared.operator, shared.quotas
    permissions = LinkPermissions(
        db=db,
        clock=clock,
        operator=operator,
        announcer=announcer,
        quotas=quotas,
        is_needed=settings.linking == LINKING_ASKS,
    )
    consents = LinkConsents(db=db, clock=clock, operator=operator, announcer=announcer, quotas=quotas)
    linking = Linking(
        db=db,
        dimo=core.dimo,
        clock=clock,
        credentials=shared.credentials,
        permissions=permissions,
        consents=consents,
        caches=caches,
    )
    prompting = shared.prompting
    unlinking = Unlinking(db=db, clock=clock, prompting=prompting, outbox=shared.outbox, caches=caches)
    return AccountServices(
        sign_in=SignIn(
            db=db,
            clock=clock,
            credentials=shared.credentials,
            quotas=quotas,
            urls=settings.urls,
            callback=settings.callback_url,
        ),
        link_permissions=permissions,
        link_consents=consents,
        linking=linking,
        unlinking=unlinking,
        expiry_notices=ExpiryNotices(db=db, clock=clock, announcer=announcer, has_license=shared.expiry.has_license),
        erasure=Erasure(db=db, clock=clock, prompting=prompting, unlinking=unlinking, operator=operator),
    )
