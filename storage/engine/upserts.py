"""INSERT ... ON CONFLICT in the words of a dialect, `tx.dialect`; the same statement is built once."""

import importlib
from functools import cache
from typing import Any

from sqlalchemy import Executable, Table


def insert_for(table: Table, dialect: str) -> Any:  # noqa: ANN401 - both dialects' Insert have `on_conflict_...`, no common type has
    """Build the dialect's own INSERT; a dialect that is not used is never imported."""
    return importlib.import_module(f"sqlalchemy.dialects.{dialect}").insert(table)


@cache
def insert_or_replace(table: Table, dialect: str) -> Executable:
    """Insert a row, or update all other columns of the row with its primary key."""
    insert = insert_for(table, dialect)
    others = {column.name: insert.excluded[column.name] for column in table.c if not column.primary_key}
    replacing: Executable = insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=others)
    return replacing


@cache
def insert_or_ignore(table: Table, dialect: str) -> Executable:
    """Insert a row and return its primary key; return nothing if the key is taken."""
    insert = insert_for(table, dialect).on_conflict_do_nothing(index_elements=list(table.primary_key))
    ignoring: Executable = insert.returning(*table.primary_key)
    return ignoring
