"""What is counted for whoever runs the bot; the rules and use cases know no more of it than this."""

from enum import StrEnum
from typing import Protocol

from bot.domain.actions import Action
from bot.domain.outcomes import State


class Peer(StrEnum):
    """What the bot can't work without, and waits for while it is away."""

    TELEGRAM = "telegram"
    DIMO = "dimo"
    DATABASE = "database"


class Poll(StrEnum):
    """How it stood when the polling came around."""

    ANSWERED = "answered"
    FAILED = "failed"
    STANDING_BY = "standing_by"
    """Another process on the same database polls."""


class Counts(Protocol):
    """Counts in closed lists of words: nobody's name or number is ever among them."""

    def acted(self, action: Action, state: State) -> None:
        """Count an action that has come to a state."""

    def received(self, updates: int) -> None:
        """Count updates that Telegram gave."""

    def polled(self, poll: Poll) -> None:
        """Count a time that the polling came around."""

    def outage(self, of: Peer, *, is_open: bool) -> None:
        """Note whether something is away."""


class NoCounts:
    """Counts nothing, where nobody may ask."""

    def acted(self, action: Action, state: State) -> None:
        """Count nothing."""

    def received(self, updates: int) -> None:
        """Count nothing."""

    def polled(self, poll: Poll) -> None:
        """Count nothing."""

    def outage(self, of: Peer, *, is_open: bool) -> None:
        """Note nothing."""
