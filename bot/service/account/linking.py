"""Linking and unlinking a DIMO account: a token is trusted only after DIMO's signature was checked."""

import asyncio
import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.dimo.client import Dimo
from bot.dimo.environments import ServiceUrls
from bot.dimo.errors import BadToken, DimoError, ExpiredToken, ForeignToken
from bot.dimo.identity import Vehicle
from bot.dimo.login import Landing, login_url, looks_like_jwt, read_landing
from bot.dimo.permissions import Permission
from bot.dimo.tokens import VerifiedJwt
from bot.domain.ids import CarId, ChatId
from bot.domain.limits import LINK_STATE_LIFETIME
from bot.domain.linking import Linked, LinkFault, LinkKind
from bot.domain.roles import Ability, has_ended
from bot.service.access import authorize_at_home, membership_lock
from bot.service.account.credentials import Credentials
from bot.service.account.expiry import Expiry
from bot.service.account.vehicle_tokens import VehicleTokens
from bot.service.codes.record import CodeRecord
from bot.service.declined import Declined
from bot.service.dimo_mapping import reason_for
from bot.service.mapping import shared_car
from bot.service.ports import Ask, Clock, Person
from storage import Car, CarDetails, Database, Home, Token, Tx
from storage.engine import locks
from storage.repositories import cars, homes, login_states, members, tokens

_SHARE_FOR = timedelta(days=365)
_ASKED_FOR = (Permission.NON_LOCATION_HISTORY, Permission.COMMANDS)
_HINTS_OF_A_SECRET = ("eyJ", "token=")
_A_KEY = re.compile(r"(?<![0-9A-Za-z])(?:0x)?[0-9A-Fa-f]{64}(?![0-9A-Za-z])")
"""A license's API key, which DIMO's console shows beside the token that is asked for."""


class LinkFailed(Exception):
    """What somebody sent did not link an account; `said` is DIMO's own text, not to be trusted as markup."""

    def __init__(self, fault: LinkFault, *, said: str | None = None) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.said = said


@dataclass(frozen=True, slots=True)
class _Proof:
    """A verified token, and the state that came with it, if it came by a landing address."""

    token: str
    verified: VerifiedJwt
    state: str | None


class Linking:
    """Connects chats with DIMO accounts."""

    def __init__(
        self,
        *,
        db: Database,
        dimo: Dimo,
        clock: Clock,
        power: Credentials,
        tokens: VehicleTokens,
        ends: Expiry,
        codes: CodeRecord,
        urls: ServiceUrls,
    ) -> None:
        self._db = db
        self._dimo = dimo
        self._clock = clock
        self._power = power
        self._tokens = tokens
        self._ends = ends
        self._codes = codes
        self._urls = urls

    async def sign_in_link(self, chat: ChatId) -> str | None:
        """Make a Login with DIMO link that works once and for this chat; None without a license."""
        license_ = self._power.license
        if license_ is None:
            return None
        state, now = secrets.token_urlsafe(16), self._clock.now()
        await self._db.run(
            lambda tx: login_states.add(
                tx, state_hash=_hashed(state), chat_id=chat, expires_at=now + LINK_STATE_LIFETIME
            )
        )
        return login_url(
            self._urls,
            client_id=license_.client_id,
            redirect_uri=license_.redirect_uri,
            state=state,
            until=(now + _SHARE_FOR).date(),
            permissions=_ASKED_FOR,
        )

    @staticmethod
    def holds_secret(text: str) -> bool:
        """Tell whether a message may hold a token or a key, so that it must not stay in the chat."""
        return any(hint in text for hint in _HINTS_OF_A_SECRET) or _A_KEY.search(text) is not None

    @staticmethod
    def is_for_linking(text: str) -> bool:
        """Tell whether a message is somebody's try to link: a landing address or a token, whole or broken."""
        return Linking.holds_secret(text) or read_landing(text) is not None

    async def receive(self, chat: ChatId, person: Person, text: str) -> Linked:
        """Link the account that a landing address or a token stands for; raises LinkFailed."""
        try:
            proof = await self._proof(text)
            vehicles = await self._vehicles(chat, proof.verified)
        except DimoError as error:
            raise LinkFailed(LinkFault.DIMO_UNREACHABLE) from error
        await self._store(chat, person, proof, vehicles)
        self._forget(chat)
        return await self._linked(chat, proof)

    async def look_again(self, ask: Ask) -> list[Car]:
        """Ask DIMO again which cars are shared; raises Declined."""
        chat, now = ask.chat, self._clock.now()
        home = await self._db.read(lambda tx: authorize_at_home(tx, ask, Ability.UNLINK, now=now))
        address = await self._power.license_address(chat)
        if home.wallet is None:
            await self._power.developer_jwt(chat)  # all cars of a license are for those whose token proves it
        try:
            vehicles = await self._shared(home.wallet, address)
        except DimoError as error:
            raise Declined(reason_for(error)) from error
        await self._db.run(lambda tx: cars.replace_all(tx, chat, _cars(chat, vehicles)))
        self._forget(chat)
        return await self._db.read(lambda tx: cars.list_for(tx, chat))

    def permitted_to_unlink(self, tx: Tx, ask: Ask) -> ChatId:
        """Return the home that this person may unlink from here; raises Declined."""
        now = self._clock.now()
        home = authorize_at_home(tx, ask, Ability.UNLINK, now=now)
        return ChatId(home.chat_id)

    def unlink(self, tx: Tx, ask: Ask) -> None:
        """Delete a chat's tokens and all that used them; the caller calls `forget_unlinked` after the commit."""
        home = self.permitted_to_unlink(tx, ask)
        locks.hold(tx, membership_lock(home))
        homes.unlink(tx, home)

    async def forget_unlinked(self, home: ChatId) -> None:
        """Leave no trace of an unlinked chat's tokens in memory or in the files of the database."""
        self._forget(home)
        await asyncio.to_thread(self._db.truncate_wal)

    def _forget(self, chat: ChatId) -> None:
        """Drop from memory what was remembered of a chat that has changed."""
        self._tokens.forget(chat)
        self._ends.forget(chat)
        self._codes.forget(chat)

    async def _proof(self, text: str) -> _Proof:
        landing = read_landing(text)
        token = _token_in(text, landing)
        try:
            verified = await self._dimo.auth.verify(token)
        except BadToken as error:
            raise LinkFailed(_fault(error)) from error
        if landing is not None and not landing.state:
            raise LinkFailed(LinkFault.STATE_NOT_OURS)
        return _Proof(token, verified, landing.state if landing else None)

    async def _vehicles(self, chat: ChatId, verified: VerifiedJwt) -> list[Vehicle]:
        """List the cars that the verified wallet and the license have in common."""
        if verified.is_developer:
            home = await self._db.read(lambda tx: homes.get(tx, chat))
            return await self._shared(home.wallet if home else None, verified.wallet)
        own = self._power.license
        license_address = own.client_id.lower() if own else await self._power.license_address(chat)
        if license_address is not None and license_address not in {one.lower() for one in verified.audience}:
            # A token made for another app may have been taken there: it must not open this family's car.
            raise LinkFailed(LinkFault.OTHER_APP)
        return await self._shared(verified.wallet, license_address)

    async def _shared(self, wallet: str | None, license_address: str | None) -> list[Vehicle]:
        vehicles = await self._dimo.identity.vehicles(owner=wallet, license=license_address)
        return [v for v in vehicles if v.permissions is None or v.permissions]

    async def _store(self, chat: ChatId, person: Person, proof: _Proof, vehicles: list[Vehicle]) -> None:
        now = self._clock.now()

        def commit(tx: Tx) -> None:
            if proof.state is not None and not login_states.use(
                tx, state_hash=_hashed(proof.state), chat_id=chat, now=now
            ):
                raise LinkFailed(LinkFault.STATE_NOT_OURS)
            before = homes.get(tx, chat)
            homes.put(tx, _home(chat, person, proof.verified, before, now))
            tokens.put(tx, _token(chat, proof))
            if self._power.license is not None and not proof.verified.is_developer:
                tokens.drop(tx, chat, "developer")  # from here on the license is the power, and nothing beside it
            tokens.drop_vehicle_tokens(tx, chat)
            cars.replace_all(tx, chat, _cars(chat, vehicles))

        await self._db.run(commit)

    async def _linked(self, chat: ChatId, proof: _Proof) -> Linked:
        now = self._clock.now()

        def look(tx: Tx) -> tuple[list[Car], int]:
            people = members.list_for(tx, chat)
            return cars.list_for(tx, chat), sum(not has_ended(one.until, now) for one in people)

        known, count = await self._db.read(look)
        return Linked(
            kind=LinkKind.CONSOLE_TOKEN if proof.verified.is_developer else LinkKind.ACCOUNT,
            cars=tuple(shared_car(car) for car in known),
            ends_at=proof.verified.expires_at,
            has_key_to_dimo=await self._power.license_address(chat) is not None,
            members=count,
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


def _fault(error: BadToken) -> LinkFault:
    if isinstance(error, ExpiredToken):
        return LinkFault.EXPIRED
    if isinstance(error, ForeignToken):
        return LinkFault.OTHER_ENVIRONMENT
    return LinkFault.FORGED


def _hashed(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def _home(chat: ChatId, person: Person, verified: VerifiedJwt, before: Home | None, now: datetime) -> Home:
    wallet = before.wallet if verified.is_developer and before else None
    return Home(
        chat_id=chat,
        owner_id=person.id,
        owner_name=person.name,
        wallet=wallet if verified.is_developer else verified.wallet,
        selected_car_id=before.selected_car_id if before else None,
        linked_at=now,
    )


def _token(chat: ChatId, proof: _Proof) -> Token:
    return Token(
        chat_id=chat,
        kind="developer" if proof.verified.is_developer else "user",
        car_id=0,
        secret=proof.token,
        permissions=(),
        expires_at=proof.verified.expires_at,
        announced_at=None,
    )


def _cars(chat: ChatId, vehicles: list[Vehicle]) -> list[Car]:
    return [
        Car(
            chat_id=chat,
            car_id=CarId(vehicle.token_id),
            position=position,
            share_expires_at=vehicle.share_expires_at,
            share_announced_at=None,
            details=CarDetails(
                name=vehicle.name or vehicle.model or "Your car",
                make=vehicle.make,
                model=vehicle.model,
                year=vehicle.year,
                connection=vehicle.connection,
                permissions=tuple(sorted(int(p) for p in vehicle.permissions or ())),
                reports=None,
                cannot=(),
            ),
        )
        for position, vehicle in enumerate(vehicles)
    ]
