"""Where a chat's power over cars comes from: a console token of its own, or the operator's license; never a mix.

A console token stands for its own license alone, also once it has ended: falling back to the operator's license
would hand its holder every car that is shared with the family's.
"""

import logging
from functools import partial

from bot.dimo.client import Dimo
from bot.dimo.errors import DimoError
from bot.dimo.jwt import audience_of, wallet_of
from bot.dimo.signing import BadApiKey
from bot.dimo.tokens import DeveloperJwt, License
from bot.domain.ids import ChatId
from bot.domain.limits import DEVELOPER_MARGIN
from bot.domain.refusals import Reason
from bot.service.declined import Declined
from bot.service.ports import Clock
from bot.service.single_flight import SingleFlight
from storage import Database, Token
from storage.repositories import tokens

_log = logging.getLogger(__name__)

OPERATOR = ChatId(0)
"""The chat number under which the license's own developer JWT is kept."""


class Credentials:
    """Hands out the developer JWT that serves a chat, one sign-in at a time."""

    def __init__(self, *, db: Database, dimo: Dimo, clock: Clock, license: License | None) -> None:  # noqa: A002 - DIMO's word
        self._db = db
        self._dimo = dimo
        self._clock = clock
        self._license = license
        self._signed_in: DeveloperJwt | None = None
        self._sign_ins: SingleFlight[DeveloperJwt] = SingleFlight()

    @property
    def license(self) -> License | None:
        """The operator's license, if there is one."""
        return self._license

    async def developer_jwt(self, home: ChatId, *, refused: DeveloperJwt | None = None) -> DeveloperJwt:
        """Return the developer JWT that serves a chat, other than one that DIMO refused.

        Raises Declined where the chat has none, and DimoError where the license can't sign in.
        """
        row = await self._db.read(lambda tx: tokens.get(tx, home, "developer"))
        if row is not None and home != OPERATOR:
            pasted = _read(row)
            if self._is_good(pasted) and not _is_same(pasted, refused):
                return pasted
            raise Declined(Reason.LINK_ENDED)
        if self._license is None:
            raise Declined(Reason.NO_KEY_TO_DIMO)
        if home != OPERATOR:
            await self._check_serves(home, self._license)
        if self._is_usable(self._signed_in, refused) and self._signed_in is not None:
            return self._signed_in
        key = refused.value if refused else None
        return await self._sign_ins.fly(key, partial(self._sign_in, self._license, refused))

    async def license_address(self, home: ChatId) -> str | None:
        """Return the address of the license that a chat's power comes from, if there is any; raises Declined."""
        row = await self._db.read(lambda tx: tokens.get(tx, home, "developer"))
        if row is not None:
            return wallet_of(row.secret)
        if self._license is None:
            return None
        await self._check_serves(home, self._license)
        return self._license.client_id.lower()

    async def _check_serves(self, home: ChatId, license: License) -> None:  # noqa: A002 - DIMO's word
        """Raise Declined unless the chat was linked by a token that was made for this license.

        One that was taken while there was no license, or another, may come from anybody's app.
        """
        row = await self._db.read(lambda tx: tokens.get(tx, home, "user"))
        if row is None or license.client_id.lower() not in audience_of(row.secret):
            raise Declined(Reason.LINK_ENDED)

    async def sign_in_early(self) -> None:
        """Sign in with the license before anybody needs it; what goes wrong is met again when it counts."""
        if self._license is None:
            return
        try:
            await self.developer_jwt(OPERATOR)
        except (DimoError, Declined) as error:
            _log.warning("The license could not sign in: %s", error)

    async def _sign_in(self, license: License, refused: DeveloperJwt | None) -> DeveloperJwt:  # noqa: A002 - DIMO's word
        row = await self._db.read(lambda tx: tokens.get(tx, OPERATOR, "developer"))
        kept = _read(row) if row else None
        if kept is not None and self._is_usable(kept, refused):
            self._signed_in = kept
            return kept
        try:
            fresh = await self._dimo.auth.sign_in(license)
        except BadApiKey as error:
            _log.warning("The license could not sign in: %s", error)
            raise Declined(Reason.LICENSE_NOT_ACCEPTED) from error
        await self._db.run(lambda tx: tokens.put(tx, _written(fresh)))
        self._signed_in = fresh
        return fresh

    def _is_usable(self, jwt: DeveloperJwt | None, refused: DeveloperJwt | None) -> bool:
        """A kept sign-in counts only for the license that is set: another one may have been revoked."""
        if jwt is None or self._license is None or jwt.wallet != self._license.client_id.lower():
            return False
        return self._is_good(jwt) and not _is_same(jwt, refused)

    def _is_good(self, jwt: DeveloperJwt) -> bool:
        return jwt.expires_at > self._clock.now() + DEVELOPER_MARGIN


def _is_same(jwt: DeveloperJwt, other: DeveloperJwt | None) -> bool:
    return other is not None and jwt.value == other.value


def _read(row: Token) -> DeveloperJwt:
    return DeveloperJwt(row.secret, row.expires_at, wallet_of(row.secret))


def _written(jwt: DeveloperJwt) -> Token:
    return Token(
        chat_id=OPERATOR,
        kind="developer",
        car_id=0,
        secret=jwt.value,
        permissions=(),
        expires_at=jwt.expires_at,
        announced_at=None,
    )
