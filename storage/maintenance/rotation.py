"""Key rotation: sealing everything again under the first key."""

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    Integer,
    LargeBinary,
    Table,
    bindparam,
    delete,
    func,
    select,
    tuple_,
    update,
)

from storage.encryption.sealed_facts import HIDDEN, is_under, resealed
from storage.encryption.sealed_tables import SEALED_TABLES, SealedTable
from storage.encryption.vault import HEADER_BYTES, KEY_ID_BYTES, Tampered, WrongKeys
from storage.engine.database import Database, Tx
from storage.engine.statements import Row
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
        for rows in _batches(tx, sealed) if sealed.hashed else ():
            for row in rows:
                try:
                    hashes = sealed.hashes(tx.vault, row, sealed.open(tx.vault, row))
                except (Tampered, WrongKeys):
                    _log.exception("A row of %s does not open and is left as it is", sealed.table.name)
                    continue
                tx.change(_statements(sealed.table).hash, _new(hashes) | _this(sealed, row))


class _Statements(NamedTuple):
    """The rows of a table in the order of its primary key, batch by batch, and the changes of one of them."""

    left: tuple[Executable, Executable]
    """The rows under another key: the first ones, and those after a row."""
    every: tuple[Executable, Executable]
    """All rows, likewise."""
    seal: Executable
    hash: Executable


@cache
def _statements(table: Table) -> _Statements:
    key = list(table.primary_key)
    hashed = [column for column in table.c if "hash_of" in column.info]
    this = update(table).where(*(column == bindparam(f"this_{column.name}") for column in key))
    batch = select(table).order_by(*key).limit(bindparam("most", type_=Integer))
    after = tuple_(*key) > tuple_(*(bindparam(f"this_{column.name}", type_=column.type) for column in key))
    left = batch.where(_key_id(table) != bindparam("current_key", type_=LargeBinary)).with_for_update()
    hashes: dict[str, BindParameter[str]] = {column.name: bindparam(f"new_{column.name}") for column in hashed}
    return _Statements(
        left=(left, left.where(after)),
        every=(batch, batch.where(after)),
        seal=this.values({"sealed": bindparam("new_sealed"), **hashes}),
        hash=this.values(hashes),
    )


def _batches(tx: Tx, sealed: SealedTable) -> Iterator[list[Row]]:
    # The rows without a hash are not asked for: to find them in its index, SQLite would sort all of them each time.
    first, following = _statements(sealed.table).every
    rows = tx.all(first, {"most": BATCH})
    while rows:
        yield [row for row in rows if any(row[name] is None for name in sealed.hashed)]
        rows = tx.all(following, {"most": BATCH} | _this(sealed, rows[-1]))


def _this(sealed: SealedTable, row: Row) -> dict[str, object]:
    return {f"this_{name}": row[name] for name in sealed.key}


def _new(values: Mapping[str, object]) -> dict[str, object]:
    return {f"new_{name}": value for name, value in values.items()}


def _rotate_table(database: Database, sealed: SealedTable, progress: Progress) -> int:
    total = database.run_now(lambda tx: _count(tx, sealed.table, _is_left(tx, sealed.table)))
    done = 0
    rows = database.run_now(lambda tx: _rotate_batch(tx, sealed, None))
    while rows:
        done += len(rows)
        progress(sealed.table.name, done, max(done, total))
        # Going on after the last row, and not from the start, reads no row twice.
        rows = database.run_now(partial(_rotate_batch, sealed=sealed, last=rows[-1]))
    return done


def _rotate_batch(tx: Tx, sealed: SealedTable, last: Row | None) -> list[Row]:
    """Seal the next rows after this one again, and return them as they were."""
    statements = _statements(sealed.table)
    values = {"most": BATCH, "current_key": tx.vault.current_key_id}
    found = statements.left[0] if last is None else statements.left[1]
    rows = tx.all(found, values if last is None else values | _this(sealed, last))
    for row in rows:
        content = sealed.open(tx.vault, row)
        made = {"sealed": sealed.seal(tx.vault, row, content)} | sealed.hashes(tx.vault, row, content)
        tx.change(statements.seal, _new(made) | _this(sealed, row))
    return rows


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
    return _key_id(table) != tx.vault.current_key_id


def _key_id(table: Table) -> ColumnElement[bytes]:
    return func.substr(table.c.sealed, HEADER_BYTES - KEY_ID_BYTES + 1, KEY_ID_BYTES, type_=LargeBinary)


def _is_of_another_key(tx: Tx) -> ColumnElement[bool]:
    return CANARIES.c.key_id != tx.vault.current_key_id.hex()


def _count(tx: Tx, table: Table, condition: ColumnElement[bool]) -> int:
    return tx.connection.execute(select(func.count()).select_from(table).where(condition)).scalar_one()
