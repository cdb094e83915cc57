"""Linking and unlinking a DIMO account: a token is trusted only after DIMO's signature was checked."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from bot.dimo.client import Dimo
from bot.dimo.environments import ServiceUrls
from bot.dimo.errors import BadToken, DimoError, ExpiredToken, ForeignToken
from bot.dimo.identity import Vehicle
from bot.dimo.login import Landing, login_url, read_landing
from bot.dimo.permissions import Permission
from bot.dimo.redaction import contains_secret as contains_secret  # the gate knows no DIMO
from bot.dimo.redaction import looks_like_jwt
from bot.dimo.tokens import VerifiedJwt
from bot.domain.expiry import TokenKind
from bot.domain.ids import ChatId
from bot.domain.limits import LINK_STATE_LIFETIME
from bot.domain.linking import Linked, LinkFault
from bot.domain.prompts import Prompt, Task
from bot.domain.roles import Ability, has_ended
from bot.service.access import authorize_at_home, membership_lock, shared_car
from bot.service.account.credentials import Credentials
from bot.service.confirmation import Done, once
from bot.service.declined import Declined
from bot.service.dimo_mapping import reason_for
from bot.service.ports import Ask, Clock
from bot.service.prompting import Prompting
from storage import Car, CarDetails, Database, Home, Token, Tx
from storage.engine import locks
from storage.repositories import cars, homes, login_states, members, tokens

_FAULTS = {ExpiredToken: LinkFault.EXPIRED, ForeignToken: LinkFault.OTHER_ENVIRONMENT}
_SHARE_FOR = timedelta(days=365)
_ASKED_FOR = (Permission.NON_LOCATION_HISTORY, Permission.COMMANDS)


class LinkFailed(Exception):
    """A message did not link an account; `said` is DIMO's own text, which must be escaped."""

    def __init__(self, fault: LinkFault, *, said: str | None = None) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.said = said


@dataclass(frozen=True, slots=True)
class Unlinked:
    """The result of a confirmed unlinking."""


@dataclass(frozen=True, slots=True)
class _Proof:
    """A verified token, and the state that came with it if it came in a landing address."""

    token: str
    verified: VerifiedJwt
    state: str | None


def is_for_linking(text: str) -> bool:
    """Return whether a message is an attempt to link: a landing address or a token, whole or broken."""
    return contains_secret(text) or read_landing(text) is not None


@dataclass(kw_only=True, slots=True)
class Linking:
    """Links chats with DIMO accounts; calls `caches` to forget what they hold about a home that has changed."""

    db: Database
    dimo: Dimo
    clock: Clock
    credentials: Credentials
    urls: ServiceUrls
    prompting: Prompting
    caches: Sequence[Callable[[ChatId], None]]

    async def sign_in_link(self, chat: ChatId) -> str | None:
        """Make a Login with DIMO link that works once and for this chat; None without a license."""
        operator = self.credentials.operator_license
        if operator is None:
            return None
        state, now = secrets.token_urlsafe(16), self.clock.now()
        hashed, expires_at = _hashed(state), now + LINK_STATE_LIFETIME
        await self.db.run(lambda tx: login_states.add(tx, state_hash=hashed, chat_id=chat, expires_at=expires_at))
        return login_url(
            self.urls,
            client_id=operator.client_id,
            redirect_uri=operator.redirect_uri,
            state=state,
            until=(now + _SHARE_FOR).date(),
            permissions=_ASKED_FOR,
        )

    async def receive(self, ask: Ask, text: str) -> Linked:
        """Link the account that a landing address or a token belongs to; raises LinkFailed."""
        try:
            proof = await self._proof(text)
            vehicles = await self._vehicles(ask.chat, proof.verified)
        except DimoError as error:
            raise LinkFailed(LinkFault.DIMO_UNREACHABLE) from error
        await self.db.run(lambda tx: self._store(tx, ask, proof, vehicles))
        self._drop_caches(ask.chat)
        return await self._linked(ask.chat, proof.verified)

    async def look_again(self, ask: Ask) -> None:
        """Ask DIMO again which cars are shared; raises Declined."""
        chat, now = ask.chat, self.clock.now()
        home = await self.db.read(lambda tx: authorize_at_home(tx, ask, Ability.UNLINK, now=now))
        address = await self.credentials.license_address(chat)
        if home.wallet is None:
            await self.credentials.developer_jwt(
                chat
            )  # all cars of a license are only shown to whoever has a valid token of it
        try:
            vehicles = await self._shared(home.wallet, address)
        except DimoError as error:
            raise Declined(reason_for(error)) from error
        await self.db.run(lambda tx: cars.replace_all(tx, chat, _cars(chat, vehicles)))
        self._drop_caches(chat)

    async def ask_to_unlink(self, ask: Ask) -> Prompt | None:
        """Ask whether this chat's tokens should be deleted. None for an update seen before."""

        def commit(tx: Tx) -> Prompt:
            authorize_at_home(tx, ask, Ability.UNLINK, now=self.clock.now())
            return self.prompting.ask(tx, ask, home=ask.chat, subject=Task.UNLINK)

        return await once(self.db, self.clock, ask, commit)

    def confirm_unlinking(self, tx: Tx, ask: Ask, prompt: Prompt) -> Done:
        """Unlink the chat in which a prompt was confirmed."""
        self.unlink(tx, ask)
        return Done(Unlinked(), partial(self.forget_unlinked, prompt.home))

    def unlink(self, tx: Tx, ask: Ask) -> None:
        """Delete a chat's tokens and all that used them; the caller calls `forget_unlinked` after the commit."""
        authorize_at_home(tx, ask, Ability.UNLINK, now=self.clock.now())
        locks.hold(tx, membership_lock(ask.chat))
        homes.unlink(tx, ask.chat)

    async def forget_unlinked(self, home: ChatId) -> None:
        """Remove what is left of an unlinked home in memory, and of its tokens in the files of the database."""
        self._drop_caches(home)
        await asyncio.to_thread(self.db.truncate_wal)

    def _drop_caches(self, home: ChatId) -> None:
        for forget in self.caches:
            forget(home)

    async def _proof(self, text: str) -> _Proof:
        landing = read_landing(text)
        token = _token_in(text, landing)
        try:
            verified = await self.dimo.auth.verify(token)
        except BadToken as error:
            raise LinkFailed(_FAULTS.get(type(error), LinkFault.FORGED)) from error
        if landing is not None and not landing.state:
            raise LinkFailed(LinkFault.STATE_NOT_OURS)
        return _Proof(token, verified, landing.state if landing else None)

    async def _vehicles(self, chat: ChatId, verified: VerifiedJwt) -> list[Vehicle]:
        """List the cars that the verified wallet and the license have in common."""
        if verified.is_developer:
            home = await self.db.read(lambda tx: homes.get(tx, chat))
            return await self._shared(home.wallet if home else None, verified.wallet)
        operator = self.credentials.operator_license
        address = operator.client_id.lower() if operator else await self.credentials.license_address(chat)
        if address is not None and address not in {one.lower() for one in verified.audience}:
            # A token made for another app may have been stolen there: it must not open this family's car.
            raise LinkFailed(LinkFault.OTHER_APP)
        return await self._shared(verified.wallet, address)

    async def _shared(self, wallet: str | None, license_address: str | None) -> list[Vehicle]:
        vehicles = await self.dimo.identity.vehicles(owner=wallet, license=license_address)
        return [one for one in vehicles if one.permissions is None or one.permissions]

    def _store(self, tx: Tx, ask: Ask, proof: _Proof, vehicles: list[Vehicle]) -> None:
        chat, verified, now = ask.chat, proof.verified, self.clock.now()
        if proof.state is not None and not login_states.use(tx, state_hash=_hashed(proof.state), chat_id=chat, now=now):
            raise LinkFailed(LinkFault.STATE_NOT_OURS)
        before = homes.get(tx, chat)
        known_wallet, selected = (before.wallet, before.selected_car_id) if before else (None, None)
        wallet = known_wallet if verified.is_developer else verified.wallet
        homes.put(tx, Home(chat, ask.person.id, ask.person.name, wallet, selected, now))
        tokens.put(tx, Token(chat, _kind(verified), proof.token, verified.expires_at))
        if self.credentials.operator_license is not None and not verified.is_developer:
            tokens.drop(tx, chat, TokenKind.DEVELOPER)  # from now on only the operator's license counts
        tokens.drop_vehicle_tokens(tx, chat)
        cars.replace_all(tx, chat, _cars(chat, vehicles))

    async def _linked(self, chat: ChatId, verified: VerifiedJwt) -> Linked:
        now = self.clock.now()
        known, people = await self.db.read(lambda tx: (cars.list_for(tx, chat), members.list_for(tx, chat)))
        return Linked(
            kind=_kind(verified),
            cars=tuple(shared_car(car) for car in known),
            ends_at=verified.expires_at,
            has_key_to_dimo=await self.credentials.license_address(chat) is not None,
            members=sum(not has_ended(one.until, now) for one in people),
        )


def _token_in(text: str, landing: Landing | None) -> str:
    if landing is None:
        token = text.strip().removeprefix("Bearer ").strip()
        if not looks_like_jwt(token):
            raise LinkFailed(LinkFault.UNREADABLE)
        return token
    if landing.error is not None:
        raise LinkFailed(LinkFault.LOGIN_SAID_NO, said=landing.error)
    if not landing.token:
        raise LinkFailed(LinkFault.NO_TOKEN)
    return landing.token


def _kind(verified: VerifiedJwt) -> TokenKind:
    return TokenKind.DEVELOPER if verified.is_developer else TokenKind.USER


def _hashed(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def _cars(chat: ChatId, vehicles: list[Vehicle]) -> list[Car]:
    return [
        Car(chat, one.token_id, position, one.share_expires_at, _details(one)) for position, one in enumerate(vehicles)
    ]


def _details(of: Vehicle) -> CarDetails:
    permissions = tuple(sorted(int(one) for one in of.permissions or ()))
    return CarDetails(of.name or of.model or "Your car", of.make, of.model, of.year, of.connection, permissions)
