"""A bot to which nobody has linked an account yet, and the tokens that people may send to it."""

import base64
import hashlib
import hmac
import io
import json
import logging
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot import logs
from bot.demo.telegram.chats import Message
from bot.demo.telegram.people import Person
from tests.support.world import START, Family, a_family

LICENSE = ("DIMO_CLIENT_ID", "DIMO_REDIRECT_URI", "DIMO_API_KEY")
NO_CAR = "There is no car here for you"

Forge = Callable[[Family], str]


@asynccontextmanager
async def a_listening_bot(
    url: str, key: str, signing_key: rsa.RSAPrivateKey, *, has_license: bool = True, **environ: str
) -> AsyncIterator[Family]:
    """Run a bot to which dad has not written yet; a violation that the simulators noticed fails the test."""
    async with a_family(url, key, signing_key) as family:
        family.environ |= environ
        if not has_license:
            for name in LICENSE:
                del family.environ[name]
        await family.start_bot()
        yield family
        assert family.telegram.violations == []
        assert family.dimo.violations == []


@contextmanager
def a_talkative_log(key: str) -> Iterator[io.StringIO]:
    """Collect what the bot logs at level DEBUG; the only secret that the log is told of is the key."""
    stream, root = io.StringIO(), logging.getLogger()
    hooks = (sys.excepthook, sys.unraisablehook, threading.excepthook)
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in logs._TALKATIVE + logs._QUOTING}
    logs.configure("DEBUG", "console", [key], stream=stream)
    try:
        yield stream
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.captureWarnings(False)
        sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
        for name, was in levels.items():
            logging.getLogger(name).setLevel(was)


def found(secrets: Iterable[str], text: str) -> list[str]:
    """Return the secrets that a text contains, in upper or lower case."""
    small = text.lower()
    return sorted(secret for secret in secrets if secret.lower() in small)


def user_token(family: Family, **more: Any) -> str:
    """Return the token that dad would get by signing in."""
    return family.dimo.user_jwt(family.account, audience=family.license.client_id, **more)


async def signs_in(family: Family, person: Person | None = None) -> str:
    """Ask for a sign-in link and sign in to dad's account; returns the address that the browser lands on."""
    person = person or family.dad
    asked = person.says("/link")
    offer = await person.sees("Connect your DIMO account", after=asked)
    return family.landing_for(person.opens(offer, "Sign in"), family.account)


async def is_answered(family: Family, secret: str, answer: str, person: Person | None = None) -> Message:
    """Send a secret; wait until it is deleted and answered like this."""
    person = person or family.dad
    sent = person.says(secret)
    said = await person.sees(answer, after=sent)
    await sent.disappears()
    return said


async def links_console_token(family: Family, token: str, person: Person | None = None) -> Message:
    """Link a token of DIMO's console as this person, which the bot takes only while it has no license."""
    license_ = {name: family.environ.pop(name) for name in LICENSE}
    await family.restart_bot()
    linked = await is_answered(family, token, "The console token is linked", person)
    family.environ |= license_
    await family.restart_bot()
    return linked


def with_token(landing: str, token: str) -> str:
    """Replace the token in a landing address."""
    page, _, query = landing.partition("?")
    return f"{page}?{urlencode({**dict(parse_qsl(query)), 'token': token})}"


def _part(content: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def _claims(family: Family, **changes: Any) -> dict[str, Any]:
    claims = {
        "iss": family.dimo.auth_issuer,
        "aud": family.license.client_id,
        "sub": f"{family.account.wallet}|web3",
        "ethereum_address": family.account.wallet,
        "exp": int((START + timedelta(days=14)).timestamp()),
    }
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


def _signed(family: Family, *, key: Any = None, headers: Mapping[str, Any] | None = None, **claims: Any) -> str:
    kid = {"kid": family.dimo.kid, **(headers or {})}
    return jwt.encode(_claims(family, **claims), key or family.dimo.signing_key, "RS256", headers=kid)


def _another_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def without_signature(family: Family) -> str:
    return f"{_part({'alg': 'none', 'typ': 'JWT', 'kid': family.dimo.kid})}.{_part(_claims(family))}."


def with_its_signature_cut_off(family: Family) -> str:
    return user_token(family).rpartition(".")[0] + "."


def signed_with_the_public_key_as_password(family: Family) -> str:
    public = family.dimo.signing_key.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': family.dimo.kid})}.{_part(_claims(family))}"
    signature = hmac.new(pem, head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def signed_with_another_key(family: Family) -> str:
    return _signed(family, key=_another_key())


def signed_with_a_key_that_it_brings_along(family: Family) -> str:
    key = _another_key()
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return _signed(family, key=key, headers={"jwk": jwk, "kid": "my-own"})


def with_another_wallet_put_in(family: Family) -> str:
    stranger = family.dimo.add_account("Stranger")
    head, _, signature = family.dimo.user_jwt(stranger, audience=family.license.client_id).split(".")
    return f"{head}.{_part(_claims(family))}.{signature}"


def from_another_issuer(family: Family) -> str:
    return _signed(family, iss="https://auth.evil.example")


def for_a_vehicle(family: Family) -> str:
    return family.dimo.vehicle_jwt(family.car, permissions={1, 2})


def that_has_ended(family: Family) -> str:
    return user_token(family, lifetime=timedelta(minutes=-1))


def without_an_end(family: Family) -> str:
    return _signed(family, exp=None)


def for_another_app(family: Family) -> str:
    other = family.dimo.add_license()
    return family.dimo.user_jwt(family.account, audience=other.client_id)


def that_is_cut_off(family: Family) -> str:
    return user_token(family)[:60]


FORGED: Mapping[Forge, str] = {
    without_signature: "DIMO did not sign that token",
    with_its_signature_cut_off: "DIMO did not sign that token",
    signed_with_the_public_key_as_password: "DIMO did not sign that token",
    signed_with_another_key: "DIMO did not sign that token",
    signed_with_a_key_that_it_brings_along: "DIMO did not sign that token",
    with_another_wallet_put_in: "DIMO did not sign that token",
    from_another_issuer: "from somewhere else than DIMO",
    for_a_vehicle: "from somewhere else than DIMO",
    that_has_ended: "That token has ended",
    without_an_end: "DIMO did not sign that token",
    for_another_app: "made for another app",
    that_is_cut_off: "Next: ",
}
"""Tokens that must never link, with the answer to each."""
