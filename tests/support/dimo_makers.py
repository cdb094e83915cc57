"""Tokens, keys and clocks for the client's tests, made without the client."""

import base64
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt as pyjwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=14)
ISSUER = "https://auth.test"
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""All is plain HTTP here: loading a machine's certificates would take most of a test's time."""

CLIENT_ID = "0xABC0000000000000000000000000000000000001"
"""In the case of its checksum."""

WALLET = "0xDeF0000000000000000000000000000000000002"


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def a_jwt(claims: Mapping[str, object] | None = None, *, expires: datetime = LATER) -> str:
    """Make a token that decodes, with an invalid signature."""
    body = {"exp": int(expires.timestamp())} if claims is None else claims
    return f"{part({'alg': 'RS256', 'kid': 'k1'})}.{part(body)}.{'s' * 342}"


def user_claims(**changes: object) -> dict[str, object]:
    """Make the claims of a person's token; a change to None leaves one out."""
    claims: dict[str, object] = {
        "iss": ISSUER,
        "aud": CLIENT_ID,
        "sub": "Cg0wABC",
        "exp": int(LATER.timestamp()),
        "ethereum_address": WALLET,
    }
    return {name: value for name, value in (claims | changes).items() if value is not None}


@dataclass(frozen=True)
class Signer:
    """A key pair that signs tokens, by the rules of JWS and not by the code under test."""

    kid: str
    key: rsa.RSAPrivateKey

    @classmethod
    def new(cls, kid: str = "k1") -> "Signer":
        return cls(kid, rsa.generate_private_key(public_exponent=65537, key_size=2048))

    def sign(self, claims: object, **header: object) -> str:
        full = {"alg": "RS256", "kid": self.kid, "typ": "JWT"} | header
        signed = f"{part({k: v for k, v in full.items() if v is not None})}.{part(claims)}"
        signature = self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    @property
    def jwk(self) -> dict[str, object]:
        jwk = pyjwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {**jwk, "kid": self.kid, "use": "sig", "alg": "RS256"}

    @property
    def public_pem(self) -> bytes:
        kind = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, kind)


class Clock:
    """A clock that moves only when it is set or slept on."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds - 1000.0)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
