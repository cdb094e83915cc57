"""Trust a token only after DIMO's signature on it was checked."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from bot.dimo.errors import ExpiredToken, ForeignToken, ForgedToken, NotAToken
from bot.dimo.json_fields import Record, WrongShape, maybe, number, text, values
from bot.dimo.jwt import read_claims, read_end
from bot.dimo.tokens import VerifiedJwt

_ALGORITHM = "RS256"
_LEEWAY = timedelta(seconds=30)  # the difference that is allowed between clocks
_NOT_OF_DIMO = frozenset({"crit", "jwk", "jku", "x5c", "x5u"})
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")

PublicKeys = Mapping[str, Any]


def read_keys(found: Record) -> PublicKeys:
    """Read a JWKS: the RSA keys that sign, by their ids; raises WrongShape."""
    import jwt as pyjwt  # needed when somebody links, not at every start

    keys: dict[str, Any] = {}
    for one in values(found, "keys"):
        if isinstance(one, dict) and _is_usable(one):
            # A key that can't be read is skipped: the others still count.
            with suppress(pyjwt.PyJWTError, ValueError, TypeError):
                keys[one["kid"]] = pyjwt.PyJWK(one, algorithm=_ALGORITHM).key
    return keys


def _is_usable(key: Record) -> bool:
    signs = key.get("use", "sig") == "sig" and key.get("alg", _ALGORITHM) == _ALGORITHM
    return key.get("kty") == "RSA" and signs and isinstance(key.get("kid"), str)


def key_id(token: str) -> str:
    """Return the id of the key that a token says it is signed with; raises NotAToken or ForgedToken."""
    header = read_claims(token, part=0)
    # Anything else is an attack: no signature at all, or one made with the public key as a password, or with a key that
    # the token brings along.
    if header.get("alg") != _ALGORITHM or not _NOT_OF_DIMO.isdisjoint(header):
        raise ForgedToken("The token is not signed as DIMO signs.")
    try:
        return text(header, "kid")
    except WrongShape:
        raise ForgedToken("The token does not name a key of DIMO's.") from None


def verify(token: str, *, key: Any, issuer: str, now: datetime) -> VerifiedJwt:  # noqa: ANN401 - PyJWT's keys
    """Check signature, issuer and end, in this order, and read the rest; raises a BadToken."""
    claims = _signed_claims(token, key)
    if str(claims.get("iss", "")).rstrip("/") != issuer.rstrip("/"):
        raise ForeignToken("The token comes from somewhere else than this DIMO environment.")
    end = read_end(claims)
    if now - end >= _LEEWAY:
        raise ExpiredToken(end)
    _check_start(claims, now)
    try:
        return VerifiedJwt(_wallet(claims), _audience(claims), text(claims, "sub"), end)
    except WrongShape as error:
        raise NotAToken(f"The token lacks what DIMO's tokens hold: {error}.") from error


def _signed_claims(token: str, key: Any) -> Record:  # noqa: ANN401 - PyJWT's keys
    import jwt as pyjwt  # needed when somebody links, not at every start

    try:
        # Ends and issuers are checked here with the caller's clock, not by PyJWT with the machine's.
        pyjwt.PyJWS().decode_complete(token, key=key, algorithms=[_ALGORITHM])
    except pyjwt.PyJWTError:
        raise ForgedToken("DIMO did not sign this token.") from None
    return read_claims(token)


def _check_start(claims: Record, now: datetime) -> None:
    try:
        start = maybe(number, claims, "nbf")
    except WrongShape:
        raise NotAToken("The token's start can't be read.") from None
    if start is not None and start > (now + _LEEWAY).timestamp():
        raise NotAToken("The token is not valid yet.")


def _wallet(claims: Record) -> str:
    address = text(claims, "ethereum_address")
    if not _ADDRESS.fullmatch(address):
        raise WrongShape("ethereum_address", "an address")
    return address.lower()


def _audience(claims: Record) -> tuple[str, ...]:
    """Read `aud`, which is one text or a list (RFC 7519)."""
    found = claims.get("aud")
    listed = found if isinstance(found, list) else [found]
    if not listed or not all(isinstance(one, str) and one for one in listed):
        raise WrongShape("aud", "a name")
    return tuple(str(one) for one in listed)
