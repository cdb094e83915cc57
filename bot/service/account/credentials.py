"""The developer JWTs by which homes reach their cars: of the operator's license, or a pasted console token; never a mix.

A console token serves its own license only, even when it has expired: the operator's license instead would give
the person who pasted it every car that is shared with the operator.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from bot.dimo.client import Dimo
from bot.dimo.errors import DimoError, Refused
from bot.dimo.jwt import audience_of, wallet_of
from bot.dimo.signing import BadApiKey
from bot.dimo.tokens import DeveloperJwt, License
from bot.domain.expiry import TokenKind
from bot.domain.ids import ChatId
from bot.domain.limits import DEVELOPER_MARGIN
from bot.domain.refusals import Reason
from bot.service.declined import Declined
from bot.service.event_log import log_event, milliseconds
from bot.service.lease import Lease
from bot.service.ports import Clock
from bot.service.single_flight import SingleFlight
from storage import Database, Token
from storage.repositories import tokens

_log = logging.getLogger(__name__)

_LOOK_AGAIN_SECONDS = 0.25
"""How often a process looks whether another one has signed in."""

_OPERATOR = ChatId(0)
"""The chat number under which the operator's own developer JWT is stored."""


@dataclass(kw_only=True, slots=True)
class Credentials:
    """Hands out developer JWTs; signs in with the operator's license, one sign-in at a time in all processes."""

    db: Database
    dimo: Dimo
    clock: Clock
    turn: Lease
    """Held by the process that signs in."""
    operator_license: License | None
    _signed_in: DeveloperJwt | None = field(default=None, init=False)
    is_refused: bool = field(default=False, init=False)
    """Whether DIMO refused the license the last time that it signed in."""
    _sign_ins: SingleFlight[DeveloperJwt] = field(default_factory=SingleFlight, init=False)

    async def developer_jwt(self, home: ChatId, *, refused: DeveloperJwt | None = None) -> DeveloperJwt:
        """Return the developer JWT that serves a home, other than one that DIMO refused.

        Raises Declined if the home has none, and DimoError if the license can't sign in.
        """
        pasted = await self._stored(home)
        if pasted is None:
            return await self._license_jwt(await self._license_of(home), refused)
        if self._is_good(pasted, refused):
            return pasted
        raise Declined(Reason.LINK_ENDED)

    async def operator_jwt(self) -> DeveloperJwt | None:
        """Return the developer JWT of the operator's license, None without one; raises DimoError and Declined."""
        return None if self.operator_license is None else await self._license_jwt(self.operator_license, None)

    async def license_address(self, home: ChatId) -> str | None:
        """Return the address of the license that serves a home, if there is any; raises Declined."""
        pasted = await self._stored(home)
        if pasted is not None:
            return pasted.wallet
        return (await self._license_of(home)).client_id.lower() if self.operator_license is not None else None

    async def sign_in_early(self) -> None:
        """Sign in with the license before anybody needs it; an error is only logged: the next use meets it again."""
        if self.operator_license is None:
            return
        try:
            await self._license_jwt(self.operator_license, None)
        except (DimoError, Declined) as error:
            _log.warning("The license could not sign in: %s", error)

    async def _license_of(self, home: ChatId) -> License:
        """Return the operator's license if the home was linked by a token that was made for it; raises Declined.

        A token that was accepted while there was no license, or another one, may come from anybody's app.
        """
        if self.operator_license is None:
            raise Declined(Reason.NO_KEY_TO_DIMO)
        row = await self.db.read(lambda tx: tokens.get(tx, home, TokenKind.USER))
        if row is None or self.operator_license.client_id.lower() not in audience_of(row.secret):
            raise Declined(Reason.LINK_ENDED)
        return self.operator_license

    async def _license_jwt(self, of: License, refused: DeveloperJwt | None) -> DeveloperJwt:
        if self._signed_in is not None and self._is_good(self._signed_in, refused):
            return self._signed_in
        return await self._sign_ins.fly(refused and refused.value, partial(self._sign_in, of, refused))

    async def _sign_in(self, of: License, refused: DeveloperJwt | None) -> DeveloperJwt:
        """Return what another process has stored, or what it will store soon, or sign in."""
        if stored := await self._stored_for(of, refused):
            return stored
        while not await self.turn.is_free_for_us():
            await self.clock.sleep(_LOOK_AGAIN_SECONDS)
        try:
            return await self._stored_for(of, refused) or await self._sign_in_alone(of)
        finally:
            await self.turn.release()

    async def _stored_for(self, of: License, refused: DeveloperJwt | None) -> DeveloperJwt | None:
        """Return the stored developer JWT if it is good; one of an earlier license may have been revoked."""
        stored = await self._stored(_OPERATOR)
        if stored is None or stored.wallet != of.client_id.lower() or not self._is_good(stored, refused):
            return None
        self._signed_in = stored
        return stored

    async def _sign_in_alone(self, of: License) -> DeveloperJwt:
        began = self.clock.now()
        try:
            fresh = await self.dimo.auth.sign_in(of)
        except DimoError as error:
            self.is_refused = isinstance(error, Refused)
            self._note(began, "failed")
            raise
        except BadApiKey as error:
            self.is_refused = True
            self._note(began, "failed")
            _log.warning("The license could not sign in: %s", error)
            raise Declined(Reason.LICENSE_NOT_ACCEPTED) from error
        self.is_refused = False
        self._note(began, "signed_in")
        row = Token(_OPERATOR, TokenKind.DEVELOPER, fresh.value, fresh.expires_at)
        await self.db.run(lambda tx: tokens.put(tx, row))
        self._signed_in = fresh
        return fresh

    def _note(self, began: datetime, outcome: str) -> None:
        log_event(_log, "sign_in", of="license", outcome=outcome, dimo_ms=milliseconds(began, self.clock.now()))

    async def _stored(self, home: ChatId) -> DeveloperJwt | None:
        row = await self.db.read(lambda tx: tokens.get(tx, home, TokenKind.DEVELOPER))
        return None if row is None else DeveloperJwt(row.secret, row.expires_at, wallet_of(row.secret))

    def _is_good(self, jwt: DeveloperJwt, refused: DeveloperJwt | None) -> bool:
        is_refused = refused is not None and jwt.value == refused.value
        return not is_refused and jwt.expires_at > self.clock.now() + DEVELOPER_MARGIN
