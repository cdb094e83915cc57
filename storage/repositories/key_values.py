"""Small values that are not secret, each under a name."""

from datetime import datetime

from sqlalchemy import bindparam, select, update

from storage.encryption.vault import Place
from storage.engine.database import Tx
from storage.engine.upserts import insert_or_ignore, insert_or_replace
from storage.tables import FACTS

_GET = select(FACTS.c.value).where(FACTS.c.name == bindparam("this_name"))
_RAISE = (
    update(FACTS)
    .where(FACTS.c.name == bindparam("this_name"), FACTS.c.value < bindparam("at_least"))
    .values(value=bindparam("at_least"), updated_at=bindparam("now"))
)


def get(tx: Tx, name: str) -> str | None:
    """Return the value, or None if there is none."""
    return tx.value(_GET, {"this_name": name})


def put(tx: Tx, name: str, value: str, *, now: datetime) -> None:
    """Store the value, in place of an earlier value."""
    tx.change(insert_or_replace(FACTS, tx.dialect), {"name": name, "value": value, "updated_at": now})


def raise_to(tx: Tx, name: str, value: str, *, now: datetime) -> None:
    """Store the value unless a greater one is stored. Of any number of callers the greatest value stays."""
    tx.one(insert_or_ignore(FACTS, tx.dialect), {"name": name, "value": value, "updated_at": now})
    tx.change(_RAISE, {"this_name": name, "at_least": value, "now": now})


def hashes_of(tx: Tx, name: str, text: str) -> list[str]:
    """Return keyed hashes of a text, under each of which it may be the value: one for each key, the first key's first."""
    return tx.vault.fingerprints(Place(FACTS.name, "value", f"{name}={text}"))
