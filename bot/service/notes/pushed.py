"""Of which cars DIMO tells by itself what their notes need, as all processes know it."""

import json
from collections.abc import Collection, Mapping, Sequence

from storage import Tx
from storage.repositories import key_values

FACT = "triggers"
"""The name under which all processes find the ids of the webhooks, and which cars are subscribed to all they need."""
PLANNED = "notes planned"
"""The name of the moment at which somebody last changed which notes they take."""


def pushed_cars(tx: Tx) -> Collection[object]:
    """Return the cars of which DIMO tells everything that their notes need."""
    return frozenset(stored(tx)["cars"])


def stored(tx: Tx) -> Mapping[str, Sequence[object]]:
    """Return the ids of our webhooks, and the cars that are subscribed to all that they need."""
    return {"webhooks": (), "cars": (), **json.loads(key_values.get(tx, FACT) or "{}")}
