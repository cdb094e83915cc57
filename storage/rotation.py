"""Bringing every ciphertext under the first key."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, Executable, LargeBinary, bindparam, delete, func, select, update

from storage.canaries import check_keys
from storage.database import Database, Tx
from storage.sealing import SEALED_TABLES, SealedTable
from storage.tables import CANARIES
from storage.vault import HEADER_BYTES, KEY_ID_BYTES

BATCH = 50

Progress = Callable[[str, int, int], None]


def rotate(database: Database, progress: Progress) -> int:
    """Seal everything again under the first key and return how many rows that were.

    Can be interrupted and started again: a row is under the old key or under the first, never between.
    Reports (table, rows done, rows in all). Raises WrongKeys or Tampered at a row that does not open, and
    deletes nothing.
    """
    database.run_now(check_keys)
    rotated = sum(_rotate_table(database, sealed, progress) for sealed in SEALED_TABLES)
    database.run_now(_forget_unused_keys)
    database.truncate_wal()
    return rotated


def _rotate_table(database: Database, sealed: SealedTable, progress: Progress) -> int:
    total = database.run_now(lambda tx: _count_left(tx, sealed))
    done = 0
    while changed := database.run_now(lambda tx: _rotate_batch(tx, sealed)):
        done += changed
        progress(sealed.table.name, done, max(done, total))
    return done


def _rotate_batch(tx: Tx, sealed: SealedTable) -> int:
    rows = tx.all(select(sealed.table).where(_is_left(tx, sealed)).limit(BATCH).with_for_update(), {})
    statement = _reseal(sealed)
    for row in rows:
        new = sealed.seal(tx.vault, row, sealed.open(tx.vault, row))
        tx.change(statement, {**{f"this_{name}": row[name] for name in sealed.identity}, "new_sealed": new})
    return len(rows)


def _reseal(sealed: SealedTable) -> Executable:
    columns = sealed.table.c
    this = [columns[name] == bindparam(f"this_{name}") for name in sealed.identity]
    return update(sealed.table).where(*this).values(sealed=bindparam("new_sealed"))


def _is_left(tx: Tx, sealed: SealedTable) -> ColumnElement[bool]:
    first = HEADER_BYTES - KEY_ID_BYTES + 1
    key_id = func.substr(sealed.table.c.sealed, first, KEY_ID_BYTES, type_=LargeBinary)
    return key_id != tx.vault.current_key_id


def _count_left(tx: Tx, sealed: SealedTable) -> int:
    statement = select(func.count()).select_from(sealed.table).where(_is_left(tx, sealed))
    return tx.connection.execute(statement).scalar_one()


def _forget_unused_keys(tx: Tx) -> None:
    """Drop the canaries of the other keys, so that those can leave ENCRYPTION_KEYS."""
    if any(_count_left(tx, sealed) for sealed in SEALED_TABLES):
        return
    tx.connection.execute(delete(CANARIES).where(CANARIES.c.key_id != tx.vault.current_key_id.hex()))
