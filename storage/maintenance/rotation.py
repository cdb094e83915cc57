"""Key rotation: sealing everything again under the first key."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, LargeBinary, Table, delete, func, select, update

from storage.encryption.sealed_facts import HIDDEN, is_under, resealed
from storage.encryption.sealed_tables import SEALED_TABLES, SealedTable
from storage.encryption.vault import HEADER_BYTES, KEY_ID_BYTES, Tampered, WrongKeys
from storage.engine.database import Database, Tx
from storage.maintenance.key_check import check_keys
from storage.tables import CANARIES, FACTS

_log = logging.getLogger(__name__)

BATCH = 50

Progress = Callable[[str, int, int], None]


class Unrotated(NamedTuple):
    """What still needs the keys behind the first one: the rows sealed under them, and the keys still registered."""

    rows: int
    keys: int


def unrotated(tx: Tx) -> Unrotated:
    """Count what a rotation has still to do; when both are 0, the other keys may be removed."""
    rows = sum(_count(tx, sealed.table, _is_left(tx, sealed.table)) for sealed in SEALED_TABLES)
    return Unrotated(rows + len(_facts_left(tx)), _count(tx, CANARIES, _is_of_another_key(tx)))


def rotate(database: Database, progress: Progress) -> int:
    """Seal everything again under the first key and return the number of rows that were changed.

    Can be interrupted and started again: each row is either under its old key or under the first.
    Reports (table, rows done, rows in all). Raises WrongKeys or Tampered at a row that can't be decrypted, and
    deletes nothing.
    """
    database.run_now(check_keys)
    rotated = sum(_rotate_table(database, sealed, progress) for sealed in SEALED_TABLES)
    rotated += database.run_now(_rotate_facts)
    database.run_now(_forget_unused_keys)
    database.truncate_wal()
    return rotated


def fill_hashes(tx: Tx) -> None:
    """Hash the content of rows that were stored before their table had a keyed hash."""
    for sealed in SEALED_TABLES:
        rows = tx.connection.execute(select(sealed.table)).mappings() if sealed.hashed else ()
        for row in [{**row} for row in rows]:
            try:
                hashes = sealed.hashes(tx.vault, sealed.open(tx.vault, row))
            except (Tampered, WrongKeys):
                _log.exception("A row of %s does not open and is left as it is", sealed.table.name)
                continue
            tx.connection.execute(update(sealed.table).where(*_is_this(sealed, row)).values(hashes))


def _is_this(sealed: SealedTable, row: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    return [sealed.table.c[name] == row[name] for name in sealed.key]


def _rotate_table(database: Database, sealed: SealedTable, progress: Progress) -> int:
    total = database.run_now(lambda tx: _count(tx, sealed.table, _is_left(tx, sealed.table)))
    done = 0
    while changed := database.run_now(lambda tx: _rotate_batch(tx, sealed)):
        done += changed
        progress(sealed.table.name, done, max(done, total))
    return done


def _rotate_batch(tx: Tx, sealed: SealedTable) -> int:
    table = sealed.table
    left = select(table).where(_is_left(tx, table)).limit(BATCH).with_for_update()
    rows = [{**row} for row in tx.connection.execute(left).mappings()]
    for row in rows:
        content = sealed.open(tx.vault, row)
        made = {"sealed": sealed.seal(tx.vault, row, content)} | sealed.hashes(tx.vault, content)
        tx.connection.execute(update(table).where(*_is_this(sealed, row)).values(made))
    return len(rows)


def _rotate_facts(tx: Tx) -> int:
    left = _facts_left(tx)
    for name, value in left.items():
        made = resealed(tx.vault, name, value)
        tx.connection.execute(update(FACTS).where(FACTS.c.name == name, FACTS.c.value == value).values(value=made))
    return len(left)


def _facts_left(tx: Tx) -> dict[str, str]:
    hidden = select(FACTS.c.name, FACTS.c.value).where(FACTS.c.value.startswith(HIDDEN))
    return {name: value for name, value in tx.connection.execute(hidden) if not is_under(tx.vault, value)}


def _forget_unused_keys(tx: Tx) -> None:
    """Delete the canaries of the other keys, so that those can be removed from ENCRYPTION_KEYS."""
    if not unrotated(tx).rows:
        tx.connection.execute(delete(CANARIES).where(_is_of_another_key(tx)))


def _is_left(tx: Tx, table: Table) -> ColumnElement[bool]:
    key_id = func.substr(table.c.sealed, HEADER_BYTES - KEY_ID_BYTES + 1, KEY_ID_BYTES, type_=LargeBinary)
    return key_id != tx.vault.current_key_id


def _is_of_another_key(tx: Tx) -> ColumnElement[bool]:
    return CANARIES.c.key_id != tx.vault.current_key_id.hex()


def _count(tx: Tx, table: Table, condition: ColumnElement[bool]) -> int:
    return tx.connection.execute(select(func.count()).select_from(table).where(condition)).scalar_one()
