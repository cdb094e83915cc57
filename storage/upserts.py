"""INSERT ... ON CONFLICT, which SQLAlchemy builds for each dialect apart; choose with `tx.dialect`."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

PerDialect = Mapping[str, Executable]

INSERTS: Mapping[str, Callable[[Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_or_replace(table: Table) -> PerDialect:
    """Insert a whole row, or give the row with its primary key all the other values."""
    return {dialect: _replacing(insert(table), table) for dialect, insert in INSERTS.items()}


def insert_or_ignore(table: Table) -> PerDialect:
    """Insert a row and return its primary key, or return nothing if that is taken."""
    return {
        dialect: insert(table)
        .on_conflict_do_nothing(index_elements=list(table.primary_key))
        .returning(*table.primary_key)
        for dialect, insert in INSERTS.items()
    }


def _replacing(statement: Any, table: Table) -> Executable:  # noqa: ANN401 - both dialects' Insert have the method, no common type has
    changed = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    replacing: Executable = statement.on_conflict_do_update(
        index_elements=list(table.primary_key), set_=changed
    )
    return replacing
