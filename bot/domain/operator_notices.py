"""What the operator, who runs the bot, is told of: only they can help."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

OVER_AFTER = timedelta(days=1)
"""A trouble that was not seen for this long is over: when it comes again, it is told again."""
FREE_BYTES = 200 * 1024 * 1024


class Trouble(StrEnum):
    """What needs the operator."""

    DIMO_AWAY = "dimo_away"
    LICENSE = "license"
    DISK = "disk"
    BACKUP = "backup"


WAITS: dict[Trouble, timedelta] = {Trouble.DIMO_AWAY: timedelta(minutes=15)}
"""How long a trouble must last before it is told; others are told at once."""


@dataclass(frozen=True, slots=True)
class OperatorNotice:
    """A trouble that has begun."""

    trouble: Trouble
