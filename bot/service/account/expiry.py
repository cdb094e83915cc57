"""What has expired for a car: every answer about the car says so until the owner links again."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from bot.domain.expiry import Ending, endings
from bot.domain.ids import CarId, ChatId
from bot.service.ports import Clock
from storage import Database, Tx
from storage.repositories import cars, tokens


@dataclass(kw_only=True, slots=True)
class Expiry:
    """Knows what has ended for a car of a home; remembers ends that have not come yet."""

    db: Database
    clock: Clock
    has_license: bool
    _next: dict[ChatId, dict[CarId, tuple[datetime, Ending] | None]] = field(default_factory=dict, init=False)

    async def ended(self, home: ChatId, car: CarId) -> Ending | None:
        """Return what has ended first, if anything has."""
        remembered = self._next.setdefault(home, {})
        end = remembered.get(car)
        if car not in remembered or self._is_over(end):
            end = remembered[car] = await self.db.read(
                partial(_first_end, home=home, car=car, has_license=self.has_license)
            )
        return end[1] if end is not None and self._is_over(end) else None

    def forget(self, home: ChatId) -> None:
        """Forget the ends of a home, so that they are read again."""
        self._next.pop(home, None)

    def _is_over(self, end: tuple[datetime, Ending] | None) -> bool:
        return end is not None and end[0] <= self.clock.now()


def _first_end(tx: Tx, home: ChatId, car: CarId, *, has_license: bool) -> tuple[datetime, Ending] | None:
    ends: list[tuple[datetime, Ending]] = []
    shared = cars.get(tx, home, car)
    if shared is not None and shared.share_expires_at is not None:
        ends.append((shared.share_expires_at, Ending.SHARE))
    for kind, ending in endings(has_license=has_license).items():
        if (token := tokens.get(tx, home, kind)) is not None:
            ends.append((token.expires_at, ending))
    return min(ends, default=None, key=lambda end: end[0])
