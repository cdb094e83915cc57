"""The RS256 JWTs of the simulated DIMO."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_hex
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from bot.demo.dimo.http_messages import CallError

Claims = Mapping[str, Any]


class TokenMint:
    """Signs tokens with its newest key, and accepts the tokens of every key that it publishes."""

    def __init__(self, now: Callable[[], datetime], signing_key: RSAPrivateKey | None = None) -> None:
        self._now = now
        self._keys: list[tuple[str, RSAPrivateKey]] = []
        self._verified: dict[str, Claims] = {}
        if signing_key is not None:
            self._add(signing_key)

    @property
    def kid(self) -> str:
        """Name of the key that signs."""
        return self._newest()[0]

    @property
    def signing_key(self) -> RSAPrivateKey:
        """The key that signs."""
        return self._newest()[1]

    def rotate(self, *, keep_old: bool = True) -> None:
        """Sign with a new key from now on; without `keep_old`, earlier tokens become invalid."""
        if not keep_old:
            self._keys.clear()
            self._verified.clear()
        self._add(generate_private_key(public_exponent=65537, key_size=2048))

    def mint(self, claims: Claims, *, lifetime: timedelta) -> str:
        """Return a signed token with these claims, issued now."""
        now = self._now()
        times = {"iat": int(now.timestamp()), "exp": int((now + lifetime).timestamp())}
        return jwt.encode(
            {**times, "jti": token_hex(8), **claims}, self.signing_key, "RS256", headers={"kid": self.kid}
        )

    def verify(self, token: str, *, issuer: str) -> Claims:
        """Return the claims; 401 if the token is forged, expired or another issuer's."""
        claims = self._verified.get(token)
        if claims is None:
            claims = self._verified[token] = self._read(token)
        if claims.get("iss") != issuer or claims["exp"] <= self._now().timestamp():
            raise CallError(401, "Invalid or expired JWT")
        return claims

    def jwks(self) -> dict[str, Any]:
        """Return the public keys as a JSON Web Key Set."""
        self._newest()
        return {"keys": [self._public_jwk(kid, key) for kid, key in self._keys]}

    def _newest(self) -> tuple[str, RSAPrivateKey]:
        # A new key takes a tenth of a second, and many tests never sign.
        if not self._keys:
            self._add(generate_private_key(public_exponent=65537, key_size=2048))
        return self._keys[0]

    def _add(self, key: RSAPrivateKey) -> None:
        modulus = key.public_key().public_numbers().n
        self._keys.insert(0, (sha256(str(modulus).encode()).hexdigest()[:40], key))

    def _read(self, token: str) -> Claims:
        try:
            key = dict(self._keys)[jwt.get_unverified_header(token)["kid"]]
            claims: Claims = jwt.decode(
                token,
                key.public_key(),
                algorithms=["RS256"],
                # exp and iat are compared with the simulated time, not with the machine's.
                options={
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                    "verify_aud": False,
                    "require": ["exp", "iss"],
                },
            )
        except (jwt.PyJWTError, KeyError):
            raise CallError(401, "Invalid or expired JWT") from None
        return claims

    @staticmethod
    def _public_jwk(kid: str, key: RSAPrivateKey) -> dict[str, Any]:
        jwk = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": jwk["n"], "e": jwk["e"]}
