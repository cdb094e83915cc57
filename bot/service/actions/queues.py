"""The actions of this process that wait for their cars; only the first of a car asks the database for its turn."""

import asyncio
from bisect import insort
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.ids import ActionId, CarId
from storage import ActionRow


@dataclass(order=True, slots=True)
class Waiting:
    """The place of one action in its car's queue; places sort like the queue in the database."""

    requested_at: datetime
    action: ActionId
    row: ActionRow = field(compare=False)
    wake: asyncio.Event = field(default_factory=asyncio.Event, compare=False)
    """Set when the action may have become the first, or its car may be free."""


@dataclass(slots=True)
class CarQueues:
    """A queue for each car; an action that is not the first costs nothing until it is."""

    _queues: dict[CarId, list[Waiting]] = field(default_factory=dict, init=False)

    @contextmanager
    def place(self, row: ActionRow) -> Iterator[Waiting]:
        """Keep an action in its car's queue during the block; the next one is woken when it leaves."""
        car, mine = CarId(row.car_id), Waiting(row.requested_at, ActionId(row.id), row)
        insort(self._queues.setdefault(car, []), mine)
        try:
            yield mine
        finally:
            self._queues[car].remove(mine)
            if not self._queues[car]:
                del self._queues[car]
            self.wake_first(car)

    def is_first(self, waiting: Waiting) -> bool:
        """Return whether this action is the first in its car's queue."""
        return self._queues[CarId(waiting.row.car_id)][0] is waiting

    def wake_first(self, car: CarId) -> None:
        """Wake the first action that waits for a car, so that it asks for its turn."""
        if queue := self._queues.get(car):
            queue[0].wake.set()
