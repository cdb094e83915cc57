"""What can go wrong between a bot and Telegram, as values to hand to a world."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bot.demo.telegram import errors
from bot.demo.telegram.errors import ApiError

When: TypeAlias = Callable[[Mapping[str, Any]], object]
"""Which calls are meant, told by their parameters."""


@dataclass(frozen=True)
class Fault:
    """A way in which one call ends badly. Several parts may be combined."""

    acts_first: bool = False
    gate: asyncio.Event | None = None
    answer: ApiError | None = None
    raw: tuple[int, bytes] | None = None
    drops: bool = False


TOO_OLD = Fault(answer=errors.too_old())
BLOCKED = Fault(answer=errors.forbidden("bot was blocked by the user"))
SERVER_ERROR = Fault(answer=ApiError(500, "Internal Server Error"))
BAD_GATEWAY = Fault(raw=(502, b"<html><head><title>502 Bad Gateway</title></head></html>"))
DROPPED = Fault(drops=True)
"""The connection breaks before Telegram has done anything."""
ANSWER_LOST = Fault(acts_first=True, drops=True)
"""Telegram does it, and the connection breaks before the answer."""


def flood(seconds: int) -> Fault:
    """Tell the bot to wait: too many requests."""
    return Fault(answer=errors.flood(seconds))


def refused(description: str, status: int = 400) -> Fault:
    """Answer with any other error; the description is whole, its prefix included."""
    return Fault(answer=ApiError(status, description))


def held(gate: asyncio.Event) -> Fault:
    """Work the call off as usual, but only once the event is set."""
    return Fault(gate=gate)


def hangs(*, after_acting: bool = False) -> Fault:
    """Never answer: the caller's time runs out."""
    return Fault(gate=asyncio.Event(), acts_first=after_acting)


@dataclass(eq=False)
class Trouble:
    """A fault that lies in wait for some calls."""

    method: str
    fault: Fault
    left: int | None = 1
    when: When = field(default=lambda _: True)
    met: int = 0
    """How many calls it has hit."""

    def end(self) -> None:
        """Let all calls through from here on."""
        self.left = 0

    def hits(self, method: str, params: Mapping[str, Any]) -> bool:
        """Whether this call is hit; counts it if so."""
        if self.left == 0 or self.method.lower() != method.lower() or not self.when(params):
            return False
        self.met += 1
        if self.left is not None:
            self.left -= 1
        return True
