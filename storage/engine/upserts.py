"""INSERT ... ON CONFLICT, which SQLAlchemy builds for each dialect apart; choose with `tx.dialect`."""

import importlib
from collections.abc import Callable
from typing import Any

from sqlalchemy import Executable, Table


class PerDialect:
    """A statement in each dialect's own words, built when it is first needed: an unused dialect is never imported."""

    def __init__(self, table: Table, finish: Callable[[Any], Executable]) -> None:
        self._table = table
        self._finish = finish
        self._built: dict[str, Executable] = {}

    def __getitem__(self, dialect: str) -> Executable:
        """Return the statement for a dialect, the same object at every call."""
        built = self._built.get(dialect)
        if built is None:
            insert = importlib.import_module(f"sqlalchemy.dialects.{dialect}").insert
            built = self._built.setdefault(dialect, self._finish(insert(self._table)))
        return built


def insert_or_replace(table: Table) -> PerDialect:
    """Insert a whole row, or give the row with its primary key all the other values."""

    def finish(insert: Any) -> Executable:  # noqa: ANN401 - both dialects' Insert have the methods, no common type has
        changed = {column.name: insert.excluded[column.name] for column in table.c if not column.primary_key}
        replacing: Executable = insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)
        return replacing

    return PerDialect(table, finish)


def insert_or_ignore(table: Table) -> PerDialect:
    """Insert a row and return its primary key, or return nothing if that is taken."""

    def finish(insert: Any) -> Executable:  # noqa: ANN401 - both dialects' Insert have the methods, no common type has
        ignoring: Executable = insert.on_conflict_do_nothing(index_elements=list(table.primary_key)).returning(
            *table.primary_key
        )
        return ignoring

    return PerDialect(table, finish)
