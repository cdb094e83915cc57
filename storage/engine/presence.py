"""Presence: each running process has a number, by which others see whether it is still alive.

On SQLite a locked file says so, which the system unlocks when the process dies; on PostgreSQL a heartbeat does.
"""

import secrets
from abc import ABC, abstractmethod

_BITS = 62


def new_number() -> int:
    """Return a number that no process has had."""
    return secrets.randbits(_BITS)


class Presence(ABC):
    """The number of this process, held until `close` or death; no other process ever has it."""

    def __init__(self) -> None:
        self.number = new_number()
        """It changes if the process was declared dead."""

    @abstractmethod
    def holds(self, number: int) -> bool:
        """Return whether this process has the number, and nobody can have declared it dead; costs nothing."""

    @abstractmethod
    def is_alive(self, number: int) -> bool:
        """Return whether a process holds this number, as far as is known; blocks."""

    @abstractmethod
    def living(self) -> int:
        """Return how many processes live, with this one; costs next to nothing, and may be seconds old."""

    @abstractmethod
    def close(self) -> None:
        """Release the number. Blocks."""
