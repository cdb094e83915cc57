"""A service that is away: it is tried again with growing pauses, and the log has one line for each change."""

import logging
import random
from collections.abc import Callable

from bot.service.ports import Clock

LONGEST_PAUSE = 60.0
"""Seconds; the pauses before it double from one second."""


class Outage:
    """Waits between the tries, and logs what is wrong: each thing once, until the service is back."""

    def __init__(
        self,
        clock: Clock,
        log: logging.Logger,
        *,
        chance: Callable[[], float] = random.random,
        noted: Callable[[bool], None] = lambda _: None,
    ) -> None:
        """Make an outage that has not begun; `chance`, from 0 to 1, spreads out the tries of many bots.

        `noted` is called with True at each try that fails, and with False once the service answers.
        """
        self._clock = clock
        self._log = log
        self._chance = chance
        self._noted = noted
        self._failures = 0
        self._wrong = set[str]()

    async def wait(self, wrong: str, *, seconds: float | None = None, at_most: float = LONGEST_PAUSE) -> None:
        """Wait before the next try; for these seconds where the service itself names them."""
        self._noted(True)
        if wrong not in self._wrong:
            self._log.warning("%s. Trying again", wrong)
            self._wrong.add(wrong)
        if seconds is None:
            pause = min(at_most, 2.0 ** min(self._failures, 6))
            seconds = pause * (1 + self._chance()) / 2
            self._failures += 1
        await self._clock.sleep(seconds)

    def ended(self, right: str) -> None:
        """Log that the service answers, if an outage had begun."""
        self._noted(False)
        if self._wrong:
            self._log.info("%s", right)
        self._failures = 0
        self._wrong.clear()
