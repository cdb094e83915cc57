"""Read JWTs without checking their signature: when they end, and whose they are."""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime

from bot.dimo.errors import NotAToken
from bot.dimo.json_fields import Record, WrongShape, epoch, record, text
from bot.dimo.redaction import looks_like_jwt

_WHOLE_SIGNATURES = frozenset({0, 43, 64, 86, 128, 176, 342, 512, 683})
"""The lengths of signatures in base64url: none, or one of HMAC, RSA and elliptic curves."""


def is_whole(token: str) -> bool:
    """Return whether a token has the form of a complete JWT."""
    return looks_like_jwt(token) and len(token.rpartition(".")[2]) in _WHOLE_SIGNATURES


def expires_at(token: str) -> datetime:
    """Read when a token ends, its signature unchecked; raises NotAToken."""
    return read_end(read_claims(token))


def wallet_of(token: str) -> str:
    """Read the wallet of a token (0x, lower case), which was verified when it arrived; raises NotAToken."""
    try:
        return text(read_claims(token), "ethereum_address").lower()
    except WrongShape as error:
        raise NotAToken("The token does not name a wallet.") from error


def audience_of(token: str) -> frozenset[str]:
    """Read which apps a token was made for (lower case); it was verified when it arrived. Raises NotAToken."""
    found = read_claims(token).get("aud")
    listed = found if isinstance(found, list) else [found]
    return frozenset(one.lower() for one in listed if isinstance(one, str))


def read_end(claims: Mapping[str, object]) -> datetime:
    """Read the `exp` claim; raises NotAToken."""
    try:
        return epoch(claims, "exp")
    except WrongShape as error:
        raise NotAToken("The token does not say when it ends.") from error


def read_claims(token: str, *, part: int = 1) -> Record:
    """Read a token's claims, or its header as part 0, its signature unchecked; raises NotAToken."""
    if not looks_like_jwt(token):
        raise NotAToken("That is not a JWT.")
    encoded = token.split(".")[part]
    try:
        return record(json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))))
    # RecursionError: JSON nested deeper than Python's stack.
    except (binascii.Error, ValueError, RecursionError):
        raise NotAToken("The token can't be read.") from None
