"""What has ended: said in every answer about a car, until somebody links again."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.expiry import Ending
from bot.domain.ids import CarId, ChatId
from bot.service.ports import Clock
from storage import Database, Tx
from storage.repositories import cars, tokens


@dataclass(frozen=True, slots=True)
class _End:
    ending: Ending
    at: datetime


class Expiry:
    """Knows what has ended for a car in a chat; only what has not ended is remembered."""

    def __init__(self, *, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._next: dict[tuple[ChatId, CarId], _End | None] = {}

    async def ended(self, home: ChatId, car: CarId) -> Ending | None:
        """Return what has ended first, if anything has."""
        known = self._next.get((home, car))
        if (home, car) not in self._next or self._is_over(known):
            known = await self._db.read(lambda tx: self._first(tx, home, car))
            self._next[home, car] = known
        return known.ending if known is not None and self._is_over(known) else None

    def forget(self, home: ChatId) -> None:
        """Look again at everything of a chat."""
        for key in [key for key in self._next if key[0] == home]:
            del self._next[key]

    def _is_over(self, end: _End | None) -> bool:
        return end is not None and end.at <= self._clock.now()

    def _first(self, tx: Tx, home: ChatId, car: CarId) -> _End | None:
        """Find the end that comes first."""
        ends = []
        shared = cars.get(tx, home, car)
        if shared is not None and shared.share_expires_at is not None:
            ends.append(_End(Ending.SHARE, shared.share_expires_at))
        for kind, ending in _KINDS.items():
            token = tokens.get(tx, home, kind)
            if token is not None:
                ends.append(_End(ending, token.expires_at))
        return min(ends, key=lambda end: end.at, default=None)


_KINDS = {"user": Ending.SIGN_IN, "developer": Ending.CONSOLE_TOKEN}
