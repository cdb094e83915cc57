"""What the repositories of tables with a sealed column share."""

import inspect
import logging
from collections.abc import Iterable
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Executable, Table, bindparam, insert, select, update

from storage.encryption.sealed_tables import SealedTable
from storage.encryption.vault import Tampered, WrongKeys
from storage.engine.database import Tx
from storage.engine.statements import Row, Values
from storage.engine.upserts import insert_or_ignore, insert_or_replace

logger = logging.getLogger(__name__)

R = TypeVar("R")


class SealedRecords(Generic[R]):
    """The records of a table with a sealed column.

    The fields of a record that have no column of their own are sealed as JSON; where that is `details` alone, its
    content is. A record that can't be decrypted raises WrongKeys or Tampered, unless the method says otherwise.
    """

    def __init__(self, table: Table, record: type[R]) -> None:
        self.is_this = [column == bindparam(f"this_{column.name}") for column in table.primary_key]
        self._table = table
        self._sealed = SealedTable(table)
        self._record = record
        self._columns = {column.name for column in table.c} - {"sealed", *self._sealed.hashed}
        self._has_details = "details" in inspect.get_annotations(record)
        self._add = insert(table)
        self._get = select(table).where(*self.is_this)
        self._get_for_update = self._get.with_for_update()
        made = ("sealed", *self._sealed.hashed)
        self._reseal = update(table).where(*self.is_this).values({name: bindparam(f"new_{name}") for name in made})

    @cached_property
    def _adapter(self) -> TypeAdapter[R]:
        """Reads and writes the records; built when it is used, as all together take a twentieth of a start."""
        return TypeAdapter(self._record)

    def key(self, *key: object) -> dict[str, object]:
        """Return the values with which `is_this` finds the row with this primary key."""
        return {f"this_{name}": value for name, value in zip(self._sealed.key, key, strict=True)}

    def put(self, tx: Tx, record: R) -> None:
        """Store the record, in place of an earlier one with its primary key."""
        tx.change(insert_or_replace(self._table, tx.dialect), self.row(tx, record))

    def add(self, tx: Tx, record: R) -> None:
        """Store the record; it is an error if its primary key is taken."""
        tx.change(self._add, self.row(tx, record))

    def add_new(self, tx: Tx, record: R) -> bool:
        """Store the record unless its primary key is taken. Of any number of callers exactly one gets True."""
        return tx.one(insert_or_ignore(self._table, tx.dialect), self.row(tx, record)) is not None

    def reseal(self, tx: Tx, record: R) -> None:
        """Replace the sealed content of the record's row."""
        key = self.key(*(getattr(record, name) for name in self._sealed.key))
        tx.change(self._reseal, key | {f"new_{name}": value for name, value in self._made(tx, record).items()})

    def get(self, tx: Tx, *key: object) -> R | None:
        """Return the record with this primary key, or None."""
        return self.one(tx, self._get, self.key(*key))

    def get_for_update(self, tx: Tx, *key: object) -> R | None:
        """Return the record with this primary key, and lock its row until the transaction ends."""
        return self.one(tx, self._get_for_update, self.key(*key))

    def one(self, tx: Tx, statement: Executable, values: Values) -> R | None:
        """Return the record of the statement's first row, or None."""
        row = tx.one(statement, values)
        return None if row is None else self.record(tx, row)

    def all(self, tx: Tx, statement: Executable, values: Values | None = None) -> list[R]:
        """Return the records of the statement's rows."""
        return [self.record(tx, row) for row in tx.all(statement, values)]

    def readable(self, tx: Tx, statement: Executable, values: Values | None = None) -> list[R]:
        """Return the records of the statement's rows; those that can't be decrypted are logged and left out."""
        return self.readable_rows(tx, tx.all(statement, values))

    def readable_rows(self, tx: Tx, rows: Iterable[Row]) -> list[R]:
        """Return the records of these rows; those that can't be decrypted are logged and left out."""
        found: list[R] = []
        for row in rows:
            try:
                found.append(self.record(tx, row))
            except (Tampered, WrongKeys):
                logger.exception("A row of %s does not open and is left as it is", self._table.name)
        return found

    def row(self, tx: Tx, record: R) -> dict[str, Any]:
        """Return the record's row."""
        return {name: getattr(record, name) for name in self._columns} | self._made(tx, record)

    def seal(self, tx: Tx, record: R) -> bytes:
        """Seal the fields of the record that have no column of their own."""
        return self._sealed.seal(tx.vault, self._key_of(record), self._content(record))

    def hashes_of(self, tx: Tx, column: str, value: object, **row: object) -> list[str]:
        """Return the hashes by which rows with this value are found; `row` has what the hash is bound to."""
        return self._sealed.hashes_of(tx.vault, column, value, row)

    def _made(self, tx: Tx, record: R) -> dict[str, Any]:
        """Return the columns that are made with the vault: the ciphertext, and keyed hashes if there are any."""
        content = self._content(record)
        sealed = self._sealed.seal(tx.vault, self._key_of(record), content)
        if not self._sealed.hashed:
            return {"sealed": sealed}
        row = {name: getattr(record, name) for name in self._columns}
        return {"sealed": sealed} | self._sealed.hashes(tx.vault, row, content)

    def _key_of(self, record: R) -> dict[str, Any]:
        return {name: getattr(record, name) for name in self._sealed.key}

    def _content(self, record: R) -> dict[str, Any]:
        # Without warnings: those quote the content.
        content: dict[str, Any] = self._adapter.dump_python(record, mode="json", exclude=self._columns, warnings=False)
        details: dict[str, Any] = content["details"] if self._has_details else content
        return details

    def record(self, tx: Tx, row: Row) -> R:
        """Return the record of a row."""
        content = self._sealed.open(tx.vault, row)
        plain = {name: row[name] for name in self._columns}
        try:
            return self._adapter.validate_python(plain | ({"details": content} if self._has_details else content))
        except ValidationError:
            # Not chained: the text of a ValidationError quotes the content.
            raise ValueError(f"a row of {self._table.name} holds what this version cannot read") from None
