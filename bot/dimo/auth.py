"""DIMO's auth service: the license's sign-in, and the keys that tokens are checked with."""

import asyncio
import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.dimo.errors import BadAnswer, CannotDo, DimoError, Refused, TooFast, UnknownKey
from bot.dimo.http import Http
from bot.dimo.json_fields import Record, text
from bot.dimo.jwt import expires_at
from bot.dimo.jwt_verification import PublicKeys, key_id, read_keys, verify
from bot.dimo.responses import Answer
from bot.dimo.signing import checksummed, sign_personal_message
from bot.dimo.tokens import DeveloperJwt, License, VerifiedJwt

_TRUSTED_SECONDS = 600.0
"""How long keys are trusted: DIMO may have removed one since."""
_LOOK_UP_SECONDS = 60.0
"""How often keys are fetched because somebody's token names an unknown one."""


class AuthApi:
    """DIMO's auth service."""

    def __init__(self, http: Http, *, now: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._http = http
        self._now = now
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._keys: PublicKeys = {}
        self._fetched_at = -math.inf
        self._missed_at = -math.inf
        """When an unknown key was looked up last, and not found."""

    async def sign_in(self, license: License) -> DeveloperJwt:  # noqa: A002 - DIMO's word
        """Get the license's own token by signing a challenge; raises a DimoError or BadApiKey."""
        address = checksummed(license.client_id)
        client = {"client_id": address, "domain": license.redirect_uri}
        wanted = {"scope": "openid email", "response_type": "code", "address": address}
        state, challenge = (await self._post("generate_challenge", client | wanted)).read(_challenge)
        signature = sign_personal_message(challenge, license.api_key)
        proof = {"grant_type": "authorization_code", "state": state, "signature": signature}
        token, expires = (await self._post("submit_challenge", client | proof)).read(_token)
        return DeveloperJwt(token, expires, license.client_id.lower())

    async def look(self) -> None:
        """Prove that the service answers, by fetching the keys; raises a DimoError."""
        answer = await self._http.get("/keys", operation="list of keys", limit=self._http.timeouts.auth)
        self._keys, self._fetched_at = answer.read(read_keys), self._monotonic()

    async def verify(self, token: str) -> VerifiedJwt:
        """Check that DIMO made a token and that it has not expired.

        Raises a BadToken, or a DimoError when the keys can't be fetched.
        """
        key = await self._key(key_id(token))
        return verify(token, key=key, issuer=self._http.base_url, now=self._now())

    async def _key(self, kid: str) -> Any:  # noqa: ANN401 - PyJWT's keys
        async with self._lock:
            now = self._monotonic()
            is_to_look_up = kid not in self._keys and now - self._missed_at >= _LOOK_UP_SECONDS
            if is_to_look_up or now - self._fetched_at >= _TRUSTED_SECONDS:
                await self.look()
                if kid not in self._keys:
                    self._missed_at = now
            if kid not in self._keys:
                raise UnknownKey("The token names a key that DIMO does not list.")
            return self._keys[kid]

    async def _post(self, step: str, fields: dict[str, str]) -> Answer:
        limit = self._http.timeouts.auth
        try:
            return await self._http.post(f"/auth/web3/{step}", operation="sign-in", limit=limit, form=fields)
        except (Refused, BadAnswer) as error:
            if await self._refuses_license(error):
                refusal = error.more_exactly(CannotDo)
                refusal.unreachable = False
                raise refusal from error
            raise

    async def _refuses_license(self, error: DimoError) -> bool:
        """Return whether DIMO itself refused: its refusal can be a web page, like that of a proxy when DIMO is down."""
        if error.status is None or not 400 <= error.status < 500 or isinstance(error, TooFast):
            return False
        if error.unreachable:
            try:
                await self.look()
            except DimoError:
                return False
        return True


def _token(found: Record) -> tuple[str, datetime]:
    token = text(found, "access_token")
    return token, expires_at(token)


def _challenge(found: Record) -> tuple[str, str]:
    return text(found, "state"), text(found, "challenge")
