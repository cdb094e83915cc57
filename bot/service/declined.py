"""How a use case says no: one exception that carries a reason and never a sentence."""

from bot.domain.refusals import Reason


class Declined(Exception):
    """Nothing was done, for a reason that a person can be told."""

    def __init__(self, reason: Reason, *, car_name: str | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.car_name = car_name
