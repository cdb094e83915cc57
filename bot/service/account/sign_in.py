"""The sign-in page of Login with DIMO, and the state by which its landing address is recognized."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.dimo.environments import ServiceUrls
from bot.dimo.login import STATE_BYTES, login_url, read_landing
from bot.dimo.pasted import names_address
from bot.dimo.permissions import Permission
from bot.domain.ids import ChatId
from bot.domain.limits import LINK_STATE_LIFETIME, Bound
from bot.service.account.credentials import Credentials
from bot.service.ports import Clock
from bot.service.quotas import Quotas
from storage import Database, StoredLanding, Tx
from storage.repositories import cars, landings, login_states

_SHARE_FOR = timedelta(days=365)
_ASKED_FOR = (Permission.NON_LOCATION_HISTORY, Permission.COMMANDS)


@dataclass(frozen=True, slots=True)
class SignInLink:
    """A link to the sign-in page; `returns` if the page where it ends leads back to the chat by itself."""

    url: str = field(repr=False)
    returns: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Makes the links of the sign-in page; each works once, and for one chat."""

    db: Database
    clock: Clock
    credentials: Credentials
    quotas: Quotas
    urls: ServiceUrls
    callback: str | None
    """The address of this bot's own landing page; None if it has none."""

    async def link(self, chat: ChatId, *, with_location: bool = False) -> SignInLink | None:
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
        url = login_url(
            self.urls,
            client_id=operator.client_id,
            redirect_uri=operator.redirect_uri,
            state=state,
            until=(now + _SHARE_FOR).date(),
            permissions=(*_ASKED_FOR, *location),
        )
        return SignInLink(url, returns=operator.redirect_uri == self.callback)

    async def keep_landing(self, address: str) -> str | None:
        """Store the address that a browser landed on, until its person is back in the chat.

        Returns the state by which they find it, or None if the address belongs to no open sign-in of this bot: then
        nothing is stored, so that strangers can store nothing.
        """
        landing = read_landing(address)
        if landing is None or landing.state is None or not landing.has_whole_state:
            return None
        hashed, now = _hashed(landing.state), self.clock.now()

        def keep(tx: Tx) -> bool:
            found = login_states.find_open(tx, state_hash=hashed, now=now)
            if found is not None:
                landings.put(tx, StoredLanding(hashed, *found, address))
            return found is not None

        return landing.state if await self.db.run(keep) else None

    async def landed(self, chat: ChatId, state: str) -> str | None:
        """Return the address on which the sign-in with this state landed; None unless it was begun in this chat.

        Whoever is sent somebody else's sign-in link comes back in a chat of their own: their account is not linked.
        """
        now = self.clock.now()
        found = await self.db.read(lambda tx: landings.get(tx, _hashed(state)))
        return found.address if found and found.chat_id == chat and found.expires_at > now else None

    async def is_missed_by(self, text: str, chat: ChatId) -> bool:
        """Return whether a text holds an address while this chat's landing address is waited for."""
        now = self.clock.now()
        return names_address(text) and await self.db.read(lambda tx: login_states.is_open(tx, chat_id=chat, now=now))


def use_state(tx: Tx, chat: ChatId, state: str, *, now: datetime) -> bool:
    """Use up the state of a landing address; False unless it comes from this chat's link, in time and unused."""
    is_used = login_states.use(tx, state_hash=_hashed(state), chat_id=chat, now=now)
    if is_used:
        landings.drop_of_chat(tx, chat)
    return is_used


def _hashed(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
