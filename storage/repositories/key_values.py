"""Small facts that are no secret, each under its name."""

from datetime import datetime

from sqlalchemy import bindparam, select

from storage.engine.database import Tx
from storage.engine.upserts import insert_or_replace
from storage.tables import FACTS

_GET = select(FACTS.c.value).where(FACTS.c.name == bindparam("this_name"))
_PUT = insert_or_replace(FACTS)


def get(tx: Tx, name: str) -> str | None:
    """Return the fact, or None if it was never put."""
    row = tx.one(_GET, {"this_name": name})
    return None if row is None else row["value"]


def put(tx: Tx, name: str, value: str, *, now: datetime) -> None:
    """Keep the fact in place of an earlier value."""
    tx.change(_PUT[tx.dialect], {"name": name, "value": value, "updated_at": now})
