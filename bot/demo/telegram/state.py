"""What all bots of one simulated Telegram share: the clock, the calls, the faults."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.demo.dates import Dates
from bot.demo.telegram.bots import Bot
from bot.demo.telegram.errors import ApiError
from bot.demo.telegram.faults import Fault, Trouble
from bot.demo.telegram.limits import MessageLimits
from bot.demo.watchers import Watchers


@dataclass(slots=True)
class Call:
    """One call of a bot, with its parameters after reading."""

    method: str
    params: Mapping[str, Any]
    at: datetime
    error: ApiError | None = None
    is_over: bool = False


@dataclass
class TelegramState:
    """The state of Telegram's servers."""

    now: Callable[[], datetime]
    tap_lifetime: timedelta
    is_limited: bool = False
    """Whether a bot that sends too many messages is refused."""
    bots: list[Bot] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    watchers: Watchers = field(default_factory=Watchers)
    dates: Dates = field(init=False)
    limits: dict[str, MessageLimits] = field(default_factory=dict)
    """By the tokens of the bots."""

    def __post_init__(self) -> None:
        self.dates = Dates(self.now)

    def bot_with(self, token: str) -> Bot | None:
        """Return the bot with this token."""
        return next((bot for bot in self.bots if bot.token == token), None)

    def refusal_for(self, token: str, method: str, params: Mapping[str, Any]) -> ApiError | None:
        """Return why this call is one too many, or count it."""
        if not self.is_limited:
            return None
        return self.limits.setdefault(token, MessageLimits(self.now)).take(method, params)

    def fault_for(self, method: str, params: Mapping[str, Any]) -> Fault | None:
        """Return the fault that applies to this call, and count it there."""
        return next((t.fault for t in self.troubles if t.hits(method, params)), None)

    def record(self, method: str, params: Mapping[str, Any]) -> Call:
        """Remember a call."""
        call = Call(method, params, self.now())
        self.calls.append(call)
        return call
