"""Linking a DIMO account: a token is trusted only after DIMO's signature was checked."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.dimo.client import Dimo
from bot.dimo.errors import BadToken, DimoError, ExpiredToken, ForeignToken, UnknownKey
from bot.dimo.identity import Vehicle
from bot.dimo.jwt import is_whole, wallet_of
from bot.dimo.login import Landing, read_landing, read_token
from bot.dimo.redaction import contains_secret as contains_secret  # the gate knows no DIMO
from bot.dimo.tokens import VerifiedJwt
from bot.domain.expiry import TokenKind
from bot.domain.ids import ChatId, ConsentId, PersonId
from bot.domain.limits import MOST_CARS
from bot.domain.linking import ConsentOver, LinkAnswer, Linked, LinkFault, LinkNews
from bot.domain.preferences import Preferences
from bot.domain.roles import Ability, has_ended
from bot.service.access import authorize_at_home, shared_car
from bot.service.account.credentials import Credentials
from bot.service.account.link_consents import LinkConsents
from bot.service.account.link_permissions import LinkPermissions
from bot.service.account.sign_in import use_state
from bot.service.car_names import named
from bot.service.confirmation import once
from bot.service.declined import Declined
from bot.service.dimo_mapping import reason_for
from bot.service.event_log import log_event, milliseconds
from bot.service.ports import Ask, Clock
from bot.service.preferences import preferences_of
from storage import Car, CarDetails, Database, Home, LinkConsent, Token, Tx
from storage.engine import locks
from storage.repositories import cars, homes, link_consents, members, tokens

_log = logging.getLogger(__name__)

_FAULTS = {
    ExpiredToken: LinkFault.EXPIRED,
    ForeignToken: LinkFault.OTHER_ENVIRONMENT,
    UnknownKey: LinkFault.KEY_UNKNOWN,
}
_LINKING = "linking"
"""The lock that lets one chat link at a time, so that it is certain who is first and who holds an account."""


class LinkFailed(Exception):
    """A message did not link an account; `said` is DIMO's own text, which must be escaped."""

    def __init__(self, fault: LinkFault, *, said: str | None = None) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.said = said


@dataclass(frozen=True, slots=True)
class _Proof:
    """A verified token, and the state that came with it if it came in a landing address."""

    token: str = field(repr=False)
    verified: VerifiedJwt
    state: str | None = field(repr=False)


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
    permissions: LinkPermissions
    consents: LinkConsents
    caches: Sequence[Callable[[ChatId], None]]

    async def receive(self, ask: Ask, text: str) -> Linked | LinkNews:
        """Link the account that a landing address or a token belongs to, or ask who has to allow it.

        Raises LinkFailed and Declined.
        """
        began = self.clock.now()
        try:
            found = await self._receive(ask, text)
        except LinkFailed as no:
            self._note(ask.chat, "failed", began, no.fault)
            raise
        except Declined as no:
            self._note(ask.chat, "failed", began, no.reason)
            raise
        self._note(ask.chat, "linked" if isinstance(found, Linked) else found, began)
        return found

    def _note(self, chat: int, outcome: str, began: datetime | None = None, reason: str | None = None) -> None:
        took = milliseconds(began, self.clock.now())
        log_event(_log, "sign_in", of="account", home=chat, outcome=outcome, reason=reason, linking_ms=took)

    async def _receive(self, ask: Ask, text: str) -> Linked | LinkNews:
        landing = read_landing(text)
        token = _token_in(text, landing)
        if landing is None and self.credentials.operator_license is not None:
            raise LinkFailed(LinkFault.BARE_TOKEN)  # it may be anybody's: only a sign-in from here proves something
        if news := await self.permissions.request(ask.person):
            return news
        await self.permissions.take_attempt(ask.person)
        try:
            proof = await self._proof(token, landing)
            vehicles = await self._vehicles(ask.chat, proof.verified)
        except DimoError as error:
            raise LinkFailed(LinkFault.DIMO_UNREACHABLE) from error
        held = await self.db.run(lambda tx: self._store(tx, ask, proof, vehicles))
        if isinstance(held, LinkNews):
            return held
        if held is not None:
            return await self.consents.ask(*held)
        self._drop_caches(ask.chat)
        return await self._linked(ask.chat, _kind(proof.verified), proof.verified.expires_at)

    async def answer_consent(self, ask: Ask, consent: ConsentId, answer: LinkAnswer) -> ConsentOver | None:
        """Link what waits for the asked person, or drop it. None for an update seen before; raises Declined."""

        def commit(tx: Tx) -> LinkConsent:
            waiting = self.consents.take(tx, ask, consent)
            if answer is LinkAnswer.ALLOW:
                locks.hold(tx, _LINKING)
                self._put(tx, waiting.home, waiting.token, waiting.cars)
            return waiting

        waiting = await once(self.db, self.clock, ask, commit)
        if waiting is None:
            return None
        await self.consents.erase()
        chat = ChatId(waiting.chat_id)
        self._drop_caches(chat)
        token, is_allowed = waiting.token, answer is LinkAnswer.ALLOW
        linked = await self._linked(chat, TokenKind(token.kind), token.expires_at) if is_allowed else None
        self._note(waiting.chat_id, "linked" if linked else LinkNews.REFUSED)
        await self.consents.tell(waiting, linked or LinkNews.REFUSED)
        return ConsentOver(waiting.home.owner_name, answer)

    async def look_again(self, ask: Ask) -> None:
        """Ask DIMO again which cars are shared; raises Declined."""
        chat, now = ask.chat, self.clock.now()
        home = await self.db.read(lambda tx: authorize_at_home(tx, ask, Ability.UNLINK, now=now))
        address = await self.credentials.license_address(chat)
        if home.wallet is None:
            await self.credentials.developer_jwt(chat)  # only a valid token of a license shows all of its cars
        try:
            vehicles = await self._shared(home.wallet, address)
        except DimoError as error:
            raise Declined(reason_for(error)) from error
        await self.db.run(lambda tx: cars.replace_all(tx, chat, _cars(chat, vehicles)))
        self._drop_caches(chat)

    def _drop_caches(self, home: ChatId) -> None:
        for forget in self.caches:
            forget(home)

    async def _proof(self, token: str, landing: Landing | None) -> _Proof:
        try:
            verified = await self.dimo.auth.verify(token)
        except BadToken as error:
            raise LinkFailed(_FAULTS.get(type(error), LinkFault.FORGED)) from error
        return _Proof(token, verified, landing.state if landing else None)

    async def _vehicles(self, chat: ChatId, verified: VerifiedJwt) -> list[Vehicle]:
        """List the cars that the verified wallet and the license have in common."""
        operator = self.credentials.operator_license
        if verified.is_developer:
            if operator is not None:
                raise LinkFailed(LinkFault.OTHER_APP)  # no sign-in page makes such a token
            home = await self.db.read(lambda tx: homes.get(tx, chat))
            return await self._shared(home.wallet if home else None, verified.wallet)
        address = operator.client_id.lower() if operator else await self.credentials.license_address(chat)
        if address is not None and address not in {one.lower() for one in verified.audience}:
            # A token made for another app may have been stolen there: it must not open this family's car.
            raise LinkFailed(LinkFault.OTHER_APP)
        return await self._shared(verified.wallet, address)

    async def _shared(self, wallet: str | None, license_address: str | None) -> list[Vehicle]:
        vehicles = await self.dimo.identity.vehicles(owner=wallet, license=license_address)
        return [one for one in vehicles if one.permissions is None or one.permissions]

    def _store(
        self, tx: Tx, ask: Ask, proof: _Proof, vehicles: list[Vehicle]
    ) -> tuple[LinkConsent, Home] | LinkNews | None:
        """Link, or store the link until the home that holds the account already has allowed it."""
        chat, verified, now = ask.chat, proof.verified, self.clock.now()
        if proof.state is not None and not use_state(tx, chat, proof.state, now=now):
            if _is_linked(tx, chat, proof):
                return LinkNews.LINKED_ALREADY
            if link_consents.is_waiting(tx, chat, now=now):
                return LinkNews.STILL_ASKING
            raise LinkFailed(LinkFault.STATE_NOT_OURS)
        locks.hold(tx, _LINKING)
        if not self.permissions.is_given(tx, ask.person.id):
            raise LinkFailed(LinkFault.NOT_ALLOWED)  # somebody else has become the operator meanwhile
        wallet = None if verified.is_developer else verified.wallet
        home = Home(chat, ask.person.id, ask.person.name, wallet, None, now)
        token, its_cars = Token(chat, _kind(verified), proof.token, verified.expires_at), _cars(chat, vehicles)
        holder = _holder(tx, chat, verified)
        if holder is None:
            self._put(tx, home, token, its_cars)
            return None
        waiting = self.consents.hold(tx, home, token, its_cars, holder=holder)
        return waiting if isinstance(waiting, LinkNews) else (waiting, holder)

    def _put(self, tx: Tx, home: Home, token: Token, its_cars: Sequence[Car]) -> None:
        """Store a link in place of an earlier one of the chat."""
        chat, before = home.chat_id, homes.get(tx, home.chat_id)
        if before is not None:
            kept = replace(home, selected_car_id=before.selected_car_id, linked_at=before.linked_at)
            home = kept if kept.wallet is not None else replace(kept, wallet=before.wallet)
        homes.put(tx, home)
        tokens.put(tx, token)
        if self.credentials.operator_license is not None and token.kind == TokenKind.USER:
            tokens.drop(tx, chat, TokenKind.DEVELOPER)  # from now on only the operator's license counts
        tokens.drop_vehicle_tokens(tx, chat)
        cars.replace_all(tx, chat, its_cars)
        self.permissions.operator.linked(tx, PersonId(home.owner_id))
        link_consents.drop_of_chat(tx, chat)

    async def _linked(self, chat: ChatId, kind: TokenKind, ends_at: datetime) -> Linked:
        now = self.clock.now()
        known, people, zone = await self.db.read(
            lambda tx: (
                named(tx, cars.list_for(tx, chat), chat),
                members.list_for(tx, chat),
                preferences_of(tx, chat).zone_name,
            )
        )
        return Linked(
            kind=kind,
            cars=tuple(shared_car(car) for car in known),
            ends_at=ends_at,
            has_key_to_dimo=await self.credentials.license_address(chat) is not None,
            asks_zone=bool(known) and zone == Preferences().zone_name,
            members=sum(not has_ended(one.until, now) for one in people),
        )


def _token_in(text: str, landing: Landing | None) -> str:
    if landing is None:
        token = read_token(text)
        if token is None:
            raise LinkFailed(LinkFault.UNREADABLE)
        return token
    if landing.error is not None:
        raise LinkFailed(LinkFault.LOGIN_SAID_NO, said=landing.error)
    if not landing.token:
        raise LinkFailed(LinkFault.NO_TOKEN)
    if not is_whole(landing.token):
        raise LinkFailed(LinkFault.PART_MISSING)
    if not landing.has_whole_state:
        raise LinkFailed(LinkFault.STATE_MISSING)
    return landing.token


def _is_linked(tx: Tx, chat: ChatId, proof: _Proof) -> bool:
    """Return whether a chat is linked by this very token: its address was sent twice."""
    known = tokens.get(tx, chat, _kind(proof.verified))
    return known is not None and known.secret == proof.token and homes.get(tx, chat) is not None


def _kind(verified: VerifiedJwt) -> TokenKind:
    return TokenKind.DEVELOPER if verified.is_developer else TokenKind.USER


def _holder(tx: Tx, chat: ChatId, verified: VerifiedJwt) -> Home | None:
    """Return the home that holds an account, the first if there are several; None if this chat's own is among them."""
    if verified.is_developer:
        of_token = {one.chat_id for one in tokens.pasted(tx) if wallet_of(one.secret) == verified.wallet}
        found = [home for number in sorted(of_token) if (home := homes.get(tx, number)) is not None]
    else:
        found = homes.holding(tx, verified.wallet)
    is_own = any(home.chat_id == chat for home in found)
    return None if is_own else next(iter(found), None)


def _cars(chat: ChatId, vehicles: list[Vehicle]) -> list[Car]:
    return [
        Car(chat, one.token_id, position, one.share_expires_at, _details(one))
        for position, one in enumerate(vehicles[:MOST_CARS])
    ]


def _details(of: Vehicle) -> CarDetails:
    permissions = tuple(sorted(int(one) for one in of.permissions or ()))
    name = of.name or of.model or "Your car"
    return CarDetails(name, of.make, of.model, of.year, of.connection, permissions, owner=of.owner)
