"""What the bot says by itself, without being asked."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Ending(StrEnum):
    """What comes to an end."""

    SIGN_IN = "sign_in"
    """The person's own DIMO sign-in (user JWT)."""
    CONSOLE_TOKEN = "console_token"  # noqa: S105 - a kind, not a secret
    """A developer JWT that was pasted and serves in place of the license."""
    SHARE = "share"
    """The owner's permission for one car."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that ends soon, or has ended; `car_name` is set for a share."""

    ending: Ending
    at: datetime
    is_over: bool
    car_name: str | None = None
