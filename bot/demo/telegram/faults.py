"""What can go wrong between a bot and Telegram."""

import asyncio
import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bot.demo.telegram import errors
from bot.demo.telegram.errors import ApiError

When: TypeAlias = Callable[[Mapping[str, Any]], object]
"""Decides by the parameters of a call whether the fault applies to it."""


@dataclass(frozen=True)
class Fault:
    """One way in which a call fails; its parts may be combined."""

    acts_first: bool = False
    gate: asyncio.Event | None = None
    answer: ApiError | None = None
    raw: tuple[int, bytes] | None = None
    is_compressed: bool = False
    """Whether the raw answer is gzip."""
    drops: bool = False


TOO_OLD = Fault(answer=errors.too_old())
BLOCKED = Fault(answer=errors.forbidden("bot was blocked by the user"))
SERVER_ERROR = Fault(answer=ApiError(500, "Internal Server Error"))
BAD_GATEWAY = Fault(raw=(502, b"<html><head><title>502 Bad Gateway</title></head></html>"))
DROPPED = Fault(drops=True)
"""The connection breaks before Telegram executes the call."""
ANSWER_LOST = Fault(acts_first=True, drops=True)
"""Telegram executes the call, and the connection breaks before the answer."""


def bomb(size: int = 64 << 20) -> Fault:
    """Answer with a few bytes that decompress to this many."""
    body = b'{"ok": true, "result": "' + b" " * size + b'"}'
    return Fault(raw=(200, gzip.compress(body, compresslevel=1)), is_compressed=True)


def flood(seconds: int) -> Fault:
    """Answer that the bot has to wait: too many requests."""
    return Fault(answer=errors.flood(seconds))


def refused(description: str, status: int = 400) -> Fault:
    """Answer with another error; the description includes its prefix."""
    return Fault(answer=ApiError(status, description))


def held(gate: asyncio.Event) -> Fault:
    """Execute the call as usual, but only after the event is set."""
    return Fault(gate=gate)


def hangs(*, after_acting: bool = False) -> Fault:
    """Never answer, so that the caller runs into its timeout."""
    return Fault(gate=asyncio.Event(), acts_first=after_acting)


@dataclass(eq=False)
class Trouble:
    """A fault that applies to some calls of a method."""

    method: str
    fault: Fault
    left: int | None = 1
    when: When = field(default=lambda _: True)
    met: int = 0
    """How many calls it applied to."""

    def end(self) -> None:
        """Apply to no further call."""
        self.left = 0

    def hits(self, method: str, params: Mapping[str, Any]) -> bool:
        """Return whether the fault applies to this call, and count it."""
        if self.left == 0 or self.method.lower() != method.lower() or not self.when(params):
            return False
        self.met += 1
        if self.left is not None:
            self.left -= 1
        return True
