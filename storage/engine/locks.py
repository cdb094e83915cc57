"""Locks for the length of a transaction, for rules about rows that do not exist yet."""

import hashlib

from sqlalchemy import bindparam, func, select

from storage.engine.database import Tx

_HOLD = select(func.pg_advisory_xact_lock(bindparam("number")))


def hold(tx: Tx, name: str) -> None:
    """Wait until no other transaction holds this name, and hold it until the end; SQLite has one writer anyway."""
    if tx.dialect == "postgresql":
        digest = hashlib.sha256(name.encode()).digest()
        tx.one(_HOLD, {"number": int.from_bytes(digest[:8], signed=True)})
