"""Copies all rows of one database to another, and compares the two row by row."""

from collections.abc import Generator, Sequence
from contextlib import closing
from itertools import zip_longest
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, String, Table, func, insert, select

from storage.tables import METADATA

_BATCH = 1000
"""Rows that are read and written at once: a million rows take no more memory than ten thousand."""


class MoveFault(Exception):
    """Data can't be moved; the text is a sentence that says what to do, and nothing was changed."""


def refuse_rows(target: Connection) -> None:
    """Raise MoveFault unless all tables are empty."""
    for table in METADATA.sorted_tables:
        if target.execute(select(table).limit(1)).first() is not None:
            raise MoveFault("That database has data already. Nothing was changed: name an empty one.")


def replace_rows(source: Connection, target: Connection) -> int:
    """Make the target's rows those of the source, compare them, and return how many there are.

    Both connections need an open transaction; the caller commits the target's. Ciphertexts are copied as they are.
    Raises MoveFault.
    """
    for table in reversed(METADATA.sorted_tables):
        target.execute(table.delete())
    for table in METADATA.sorted_tables:
        for rows in _batches(source, table):
            target.execute(insert(table), [dict(row) for row in rows])
    return compare_rows(source, target)


def compare_rows(source: Connection, target: Connection) -> int:
    """Compare all rows of two databases and return how many there are; raises MoveFault."""
    total = 0
    for table in METADATA.sorted_tables:
        with closing(_rows(source, table)) as ones, closing(_rows(target, table)) as others:
            for one, other in zip_longest(ones, others):
                if one != other:
                    raise MoveFault(f"The copy of the table {table.name} differs, and was dropped. Try again.")
                total += 1
    return total


def count_rows(connection: Connection) -> dict[str, int]:
    """Return the number of rows of each table."""
    counts = {table.name: select(func.count()).select_from(table) for table in METADATA.sorted_tables}
    return {name: connection.execute(count).scalar_one() for name, count in counts.items()}


def _rows(connection: Connection, table: Table) -> Generator[RowMapping, None, None]:
    with closing(_batches(connection, table)) as batches:
        for rows in batches:
            yield from rows


def _batches(connection: Connection, table: Table) -> Generator[Sequence[RowMapping], None, None]:
    """Read a table in the order of its key, the same on every database."""
    keys = [_in_order_of_bytes(column, connection.dialect.name) for column in table.primary_key.columns]
    statement = select(table).order_by(*keys).execution_options(yield_per=_BATCH)
    with connection.execute(statement) as found:
        yield from found.mappings().partitions()


def _in_order_of_bytes(column: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """PostgreSQL sorts texts by its locale, SQLite by their bytes."""
    return column.collate("C") if dialect == "postgresql" and isinstance(column.type, String) else column
