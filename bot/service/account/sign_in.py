"""The sign-in page of Login with DIMO, and the state by which its landing address is recognized."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.dimo.environments import ServiceUrls
from bot.dimo.login import STATE_BYTES, login_url
from bot.dimo.pasted import names_address
from bot.dimo.permissions import Permission
from bot.domain.ids import ChatId
from bot.domain.limits import LINK_STATE_LIFETIME, Bound
from bot.service.account.credentials import Credentials
from bot.service.ports import Clock
from bot.service.quotas import Quotas
from storage import Database, Tx
from storage.repositories import cars, login_states

_SHARE_FOR = timedelta(days=365)
_ASKED_FOR = (Permission.NON_LOCATION_HISTORY, Permission.COMMANDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Makes the links of the sign-in page; each works once, and for one chat."""

    db: Database
    clock: Clock
    credentials: Credentials
    quotas: Quotas
    urls: ServiceUrls

    async def link(self, chat: ChatId, *, with_location: bool = False) -> str | None:
        """Make a link for this chat; None without a license. Raises Declined.

        A share replaces the one before it, so a location that is shared already is always asked for again.
        """
        operator = self.credentials.operator_license
        if operator is None:
            return None
        state, now = secrets.token_urlsafe(STATE_BYTES), self.clock.now()
        hashed, expires_at = _hashed(state), now + LINK_STATE_LIFETIME

        def begin(tx: Tx) -> bool:
            self.quotas.spend(tx, Bound.SIGN_INS, int(chat))
            login_states.add(tx, state_hash=hashed, chat_id=chat, expires_at=expires_at)
            return any(Permission.LOCATION_HISTORY in car.details.permissions for car in cars.list_for(tx, chat))

        is_shared = await self.db.run(begin)
        location = (Permission.LOCATION_HISTORY,) if with_location or is_shared else ()
        return login_url(
            self.urls,
            client_id=operator.client_id,
            redirect_uri=operator.redirect_uri,
            state=state,
            until=(now + _SHARE_FOR).date(),
            permissions=(*_ASKED_FOR, *location),
        )

    async def is_missed_by(self, text: str, chat: ChatId) -> bool:
        """Return whether a text holds an address while this chat's landing address is waited for."""
        now = self.clock.now()
        return names_address(text) and await self.db.read(lambda tx: login_states.is_open(tx, chat_id=chat, now=now))


def use_state(tx: Tx, chat: ChatId, state: str, *, now: datetime) -> bool:
    """Use up the state of a landing address; False unless it comes from this chat's link, in time and unused."""
    return login_states.use(tx, state_hash=_hashed(state), chat_id=chat, now=now)


def _hashed(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
