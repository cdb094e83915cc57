"""The one list of sealed columns: who they belong to, and how their content is written."""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Table

from storage.encryption.vault import Place, Tampered, Vault, WrongKeys
from storage.engine.statements import Row
from storage.tables import (
    ACCESS_REQUESTS,
    ACTIONS,
    CARS,
    CODE_QUERIES,
    CODE_WATCHES,
    EVENTS,
    HOME_SETTINGS,
    HOMES,
    INVITATIONS,
    MEMBERS,
    PROMPTS,
    SHARED_CHATS,
    TOKENS,
)

logger = logging.getLogger(__name__)

R = TypeVar("R")

# Lengths are rounded up to this, so that a ciphertext's size does not tell "lock" from "unlock".
_BLOCK = 64


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table whose column `sealed` is bound to its row's primary key, which never changes."""

    table: Table
    identity: tuple[str, ...]
    plain: tuple[str, ...]

    @classmethod
    def of(cls, table: Table) -> "SealedTable":
        """Read off the table which columns tell its rows apart, and which are plain."""
        return cls(
            table,
            identity=tuple(column.name for column in table.primary_key),
            plain=tuple(column.name for column in table.c if column.name != "sealed"),
        )

    def place(self, row: Mapping[str, Any]) -> Place:
        """Name the place of this row's ciphertext, such as "chat_id=5;kind=user;car_id=0"."""
        return Place(self.table.name, "sealed", ";".join(f"{name}={row[name]}" for name in self.identity))

    def seal(self, vault: Vault, row: Mapping[str, Any], content: Mapping[str, Any]) -> bytes:
        """Seal the content for the row with these key values."""
        text = json.dumps(content, separators=(",", ":"))
        return vault.seal(self.place(row), text.ljust(-len(text) % _BLOCK + len(text)))

    def row(self, vault: Vault, record: object, content: Mapping[str, Any]) -> dict[str, Any]:
        """Build the record's row: its attributes where columns have their names, and the content sealed."""
        row = {name: getattr(record, name) for name in self.plain}
        return row | {"sealed": self.seal(vault, row, content)}

    def split(self, vault: Vault, row: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Take a row that was read apart into its plain columns and its opened content."""
        return {name: row[name] for name in self.plain}, self.open(vault, row)

    def open(self, vault: Vault, row: Mapping[str, Any]) -> dict[str, Any]:
        """Open the content of a row that was read; raises WrongKeys or Tampered."""
        content: dict[str, Any] = json.loads(vault.open(self.place(row), row["sealed"]))
        return content

    def readable(self, rows: Iterable[Row], read: Callable[[Row], R]) -> list[R]:
        """Read a list; a row that does not open is logged and left out: the others' people still wait."""
        found: list[R] = []
        for row in rows:
            try:
                found.append(read(row))
            except (Tampered, WrongKeys):
                logger.exception("A row of %s does not open and is left as it is", self.table.name)
        return found


SEALED_HOMES = SealedTable.of(HOMES)
SEALED_TOKENS = SealedTable.of(TOKENS)
SEALED_CARS = SealedTable.of(CARS)
SEALED_PROMPTS = SealedTable.of(PROMPTS)
SEALED_ACTIONS = SealedTable.of(ACTIONS)
SEALED_CODE_QUERIES = SealedTable.of(CODE_QUERIES)
SEALED_CODE_WATCHES = SealedTable.of(CODE_WATCHES)
SEALED_MEMBERS = SealedTable.of(MEMBERS)
SEALED_INVITATIONS = SealedTable.of(INVITATIONS)
SEALED_SHARED_CHATS = SealedTable.of(SHARED_CHATS)
SEALED_ACCESS_REQUESTS = SealedTable.of(ACCESS_REQUESTS)
SEALED_HOME_SETTINGS = SealedTable.of(HOME_SETTINGS)
SEALED_EVENTS = SealedTable.of(EVENTS)

# The rotation walks this list. Canaries are not in it: each stays under the key that it stands for.
SEALED_TABLES = (
    SEALED_HOMES,
    SEALED_TOKENS,
    SEALED_CARS,
    SEALED_PROMPTS,
    SEALED_ACTIONS,
    SEALED_CODE_QUERIES,
    SEALED_CODE_WATCHES,
    SEALED_MEMBERS,
    SEALED_INVITATIONS,
    SEALED_SHARED_CHATS,
    SEALED_ACCESS_REQUESTS,
    SEALED_HOME_SETTINGS,
    SEALED_EVENTS,
)
