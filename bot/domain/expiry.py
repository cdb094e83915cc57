"""Stored tokens and shares that expire, and the notice about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TokenKind(StrEnum):
    """The kinds of tokens that are stored."""

    USER = "user"
    """A person's own sign-in at DIMO."""
    DEVELOPER = "developer"
    """A developer license's token: the operator's, or one that somebody pasted from DIMO's console."""
    VEHICLE = "vehicle"


class Ending(StrEnum):
    """What has ended, or ends soon."""

    SIGN_IN = "sign_in"
    CONSOLE_TOKEN = "console_token"  # noqa: S105 - a kind, not a secret
    SHARE = "share"
    """The owner's permission for one car."""


_ENDINGS: Mapping[TokenKind, Ending] = {
    TokenKind.USER: Ending.SIGN_IN,
    TokenKind.DEVELOPER: Ending.CONSOLE_TOKEN,
}


def endings(*, has_license: bool) -> Mapping[TokenKind, Ending]:
    """Return the tokens of a home whose end people are told.

    With a license a car obeys by its share, so a sign-in that has ended takes nothing away.
    """
    return {kind: what for kind, what in _ENDINGS.items() if not (has_license and what is Ending.SIGN_IN)}


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that ends soon, or has ended; `car_name` is set for a share."""

    ending: Ending
    at: datetime
    is_over: bool
    car_name: str | None = None
