"""Whether DIMO as a whole answers: one of its services alone may be switched off, or have trouble with one request."""

import logging

logger = logging.getLogger("bot.dimo")

_AWAY_AFTER = 3
_NOBODY_BEHIND = frozenset({502, 503, 504})
"""What the servers in front of DIMO's services answer in their place."""


class Availability:
    """Counts the requests to DIMO's services that nobody has answered since the last answer of any of them."""

    def __init__(self) -> None:
        self._unanswered = 0

    @property
    def is_away(self) -> bool:
        """Whether several requests in a row went unanswered, and none was answered since."""
        return self._unanswered >= _AWAY_AFTER

    def heard(self, status: int | None) -> None:
        """Note the status of an answer, or that there was none; the log gets a line when DIMO goes or comes back."""
        was_away = self.is_away
        is_answer = status is not None and status not in _NOBODY_BEHIND
        self._unanswered = 0 if is_answer else self._unanswered + 1
        if self.is_away and not was_away:
            logger.warning("DIMO does not answer")
        elif was_away and not self.is_away:
            logger.info("DIMO answers again")
