"""The tables with a sealed column: each ciphertext belongs to one row, and can be decrypted in no other."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table

from storage.encryption.vault import Place, Vault
from storage.tables import CANARIES, METADATA

# Lengths are rounded up to this, so that the size of a ciphertext does not distinguish "lock" from "unlock".
_BLOCK = 64


class SealedTable:
    """A table whose column `sealed` is bound to its row's primary key, which never changes."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.key = tuple(column.name for column in table.primary_key)
        self.hashed = {column.name: column.info["hash_of"] for column in table.c if "hash_of" in column.info}
        """For each column with a keyed hash, the field of the content that it is made from."""
        self.within: dict[str, tuple[str, ...]] = {name: table.c[name].info["hash_within"] for name in self.hashed}
        """For each column with a keyed hash, the columns of the row that it is bound to."""

    def seal(self, vault: Vault, row: Mapping[str, Any], content: Mapping[str, Any]) -> bytes:
        """Seal the content for the row with these key values."""
        text = json.dumps(content, separators=(",", ":"))
        return vault.seal(self._place(row), text.ljust(-len(text) % _BLOCK + len(text)))

    def hashes(self, vault: Vault, row: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, str | None]:
        """Return the keyed hashes of the row's content; None where there is nothing to hash."""
        given = {name: content.get(field) for name, field in self.hashed.items()}
        return {
            name: None if value is None else self.hashes_of(vault, name, value, row)[0] for name, value in given.items()
        }

    def hashes_of(self, vault: Vault, column: str, value: object, row: Mapping[str, Any]) -> list[str]:
        """Return the hashes that a value may have in a column of this row: one for each key, the first key's first."""
        bound = [str(value), *(_bound(row[name]) for name in self.within[column])]
        return vault.fingerprints(Place(self.table.name, column, ";".join(bound)))

    def open(self, vault: Vault, row: Mapping[str, Any]) -> dict[str, Any]:
        """Open the content of a row that was read; raises WrongKeys or Tampered."""
        content: dict[str, Any] = json.loads(vault.open(self._place(row), row["sealed"]))
        return content

    def _place(self, row: Mapping[str, Any]) -> Place:
        """Return the place of this row's ciphertext, such as "chat_id=5;kind=user;car_id=0"."""
        return Place(self.table.name, "sealed", ";".join(f"{name}={row[name]}" for name in self.key))


def _bound(value: object) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%d}" if isinstance(value, datetime) else str(value)


# The rotation processes this list. Canaries are not in it: each stays under the key that it checks.
SEALED_TABLES = tuple(
    SealedTable(table) for table in METADATA.tables.values() if "sealed" in table.c and table is not CANARIES
)
