"""How a use case refuses: one exception with a reason, from which the screens make a sentence."""

from bot.domain.refusals import Reason


class Declined(Exception):
    """Nothing was done, for a reason that people can be told."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
