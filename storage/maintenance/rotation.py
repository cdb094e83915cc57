"""Bringing every ciphertext under the first key."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Executable, LargeBinary, bindparam, delete, func, select, update

from storage.encryption.sealed_tables import SEALED_TABLES, SealedTable
from storage.encryption.vault import HEADER_BYTES, KEY_ID_BYTES
from storage.engine.database import Database, Tx
from storage.maintenance.key_check import check_keys
from storage.tables import CANARIES

BATCH = 50

Progress = Callable[[str, int, int], None]

_IS_OTHER = CANARIES.c.key_id != bindparam("current")
_COUNT_OTHERS = select(func.count().label("left")).select_from(CANARIES).where(_IS_OTHER)
_FORGET_OTHERS = delete(CANARIES).where(_IS_OTHER)


@dataclass(frozen=True, slots=True)
class _Left:
    """The rows of one table that are not under the first key."""

    sealed: SealedTable
    count: Executable
    batch: Executable
    reseal: Executable

    @classmethod
    def of(cls, sealed: SealedTable) -> "_Left":
        table = sealed.table
        key_id = func.substr(table.c.sealed, HEADER_BYTES - KEY_ID_BYTES + 1, KEY_ID_BYTES, type_=LargeBinary)
        is_left = key_id != bindparam("current", type_=LargeBinary)
        this = [table.c[name] == bindparam(f"this_{name}") for name in sealed.identity]
        return cls(
            sealed,
            count=select(func.count().label("left")).select_from(table).where(is_left),
            batch=select(table).where(is_left).limit(BATCH).with_for_update(),
            reseal=update(table).where(*this).values(sealed=bindparam("new_sealed")),
        )


class Unrotated(NamedTuple):
    """What keeps the keys behind the first one in use: rows sealed under them, and keys never let go."""

    rows: int
    keys: int


def unrotated(tx: Tx) -> Unrotated:
    """Count what a rotation has still to do; after a whole one both are 0, and the other keys may go."""
    others = tx.one(_COUNT_OTHERS, {"current": tx.vault.current_key_id.hex()}) or {"left": 0}
    return Unrotated(sum(_count(tx, left) for left in _tables()), others["left"])


def rotate(database: Database, progress: Progress) -> int:
    """Seal everything again under the first key and return how many rows that were.

    Can be interrupted and started again: a row is under the old key or under the first, never between.
    Reports (table, rows done, rows in all). Raises WrongKeys or Tampered at a row that does not open, and
    deletes nothing.
    """
    database.run_now(check_keys)
    tables = _tables()
    rotated = sum(_rotate_table(database, left, progress) for left in tables)
    database.run_now(lambda tx: _forget_unused_keys(tx, tables))
    database.truncate_wal()
    return rotated


def _tables() -> list[_Left]:
    return [_Left.of(sealed) for sealed in SEALED_TABLES]


def _rotate_table(database: Database, left: _Left, progress: Progress) -> int:
    total = database.run_now(lambda tx: _count(tx, left))
    done = 0
    while changed := database.run_now(lambda tx: _rotate_batch(tx, left)):
        done += changed
        progress(left.sealed.table.name, done, max(done, total))
    return done


def _rotate_batch(tx: Tx, left: _Left) -> int:
    rows = tx.all(left.batch, _current(tx))
    for row in rows:
        this = {f"this_{name}": row[name] for name in left.sealed.identity}
        content = left.sealed.open(tx.vault, row)
        tx.change(left.reseal, {**this, "new_sealed": left.sealed.seal(tx.vault, row, content)})
    return len(rows)


def _count(tx: Tx, left: _Left) -> int:
    row = tx.one(left.count, _current(tx))
    return 0 if row is None else row["left"]


def _current(tx: Tx) -> Mapping[str, Any]:
    return {"current": tx.vault.current_key_id}


def _forget_unused_keys(tx: Tx, tables: list[_Left]) -> None:
    """Drop the canaries of the other keys, so that those can leave ENCRYPTION_KEYS."""
    if not any(_count(tx, left) for left in tables):
        tx.change(_FORGET_OTHERS, {"current": tx.vault.current_key_id.hex()})
