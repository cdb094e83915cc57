"""Small values that are not secret, each under a name."""

import hmac
import secrets
from datetime import datetime

from sqlalchemy import bindparam, select, update

from storage.encryption.sealed_facts import HIDDEN, place_of
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

_UNDER_VAULT = "forgotten:"
"""The prefix of a hash under a key of the vault itself, which a database of revision 0005 may hold."""


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


def hide(tx: Tx, name: str, text: str, *, now: datetime) -> None:
    """Store a keyed hash that names nobody; its key is sealed beside it, so that it outlives the keys of the vault."""
    key = secrets.token_bytes(32)
    put(tx, name, f"{HIDDEN}{tx.vault.seal(place_of(name), key.hex()).hex()}:{_hash(key, text)}", now=now)


def hides(tx: Tx, name: str, text: str) -> bool:
    """Return whether the value is the keyed hash of this text; raises WrongKeys or Tampered."""
    value = get(tx, name)
    if value is not None and value.startswith(_UNDER_VAULT):
        hashes = tx.vault.fingerprints(Place(FACTS.name, "value", f"{name}={text}"))
        return value.removeprefix(_UNDER_VAULT) in hashes
    if value is None or not value.startswith(HIDDEN):
        return False
    sealed, found = value.removeprefix(HIDDEN).split(":")
    key = bytes.fromhex(tx.vault.open(place_of(name), bytes.fromhex(sealed)))
    return hmac.compare_digest(found, _hash(key, text))


def _hash(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(), "sha256").hex()
