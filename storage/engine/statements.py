"""Statements compiled once, then handed to the driver as they are.

SQLAlchemy's own execution costs more time than SQLite's answer; what it does for us (dialect, types, order of
parameters) is decided here once per statement.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Dialect, Executable, Insert
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Row = dict[str, Any]
Convert = Callable[[Any], Any]


class Cursor(Protocol):
    """What both drivers' cursors can do."""

    @property
    def rowcount(self) -> int: ...  # noqa: D102 - the driver's word
    def execute(self, sql: str, values: Any, /) -> object: ...  # noqa: ANN401, D102 - the driver's word
    def fetchall(self) -> Sequence[Sequence[Any]]: ...  # noqa: D102 - the driver's word


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement in the words of one driver."""

    sql: str
    positions: tuple[str, ...] | None
    fixed: Mapping[str, Any]
    binds: tuple[tuple[str, Convert], ...]
    columns: tuple[str, ...]
    results: tuple[tuple[str, Convert], ...]

    def execute(self, cursor: Cursor, values: Mapping[str, Any]) -> None:
        """Run with these values; a missing one is a KeyError."""
        bound = {**self.fixed, **values}
        for name, convert in self.binds:
            bound[name] = convert(bound[name])
        cursor.execute(self.sql, bound if self.positions is None else [bound[name] for name in self.positions])

    def rows(self, cursor: Cursor) -> list[Row]:
        """Fetch all rows, by column name."""
        rows = [dict(zip(self.columns, row, strict=True)) for row in cursor.fetchall()]
        for row in rows:
            for name, convert in self.results:
                row[name] = convert(row[name])
        return rows


class Statements:
    """The prepared statements of one dialect; each is compiled at its first use."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._known: dict[Executable, Prepared] = {}

    def prepared(self, statement: Executable) -> Prepared:
        """Return the statement as the driver takes it."""
        known = self._known.get(statement)
        if known is None:
            known = self._known[statement] = _prepare(statement, self.dialect)
        return known


def _prepare(statement: Any, dialect: Dialect) -> Prepared:  # noqa: ANN401 - no public type has `compile` and `exported_columns`
    keys = [column.name for column in statement.table.c] if isinstance(statement, Insert) else None
    compiled: SQLCompiler = statement.compile(dialect=dialect, column_keys=keys)
    returned = getattr(statement, "exported_columns", ())
    return Prepared(
        sql=str(compiled),
        positions=tuple(compiled.positiontup or ()) if compiled.positional else None,
        fixed={name: value for name, value in compiled.params.items() if value is not None},
        binds=tuple(
            _converters((n, b.type.dialect_impl(dialect).bind_processor(dialect)) for n, b in compiled.binds.items())
        ),
        columns=tuple(column.name for column in returned),
        results=tuple(_converters((c.name, _reader(c.type, dialect)) for c in returned)),
    )


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _converters(pairs: Iterable[tuple[str, Convert | None]]) -> Iterable[tuple[str, Convert]]:
    return ((name, convert) for name, convert in pairs if convert is not None)
