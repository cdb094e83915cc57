"""The whole content of a database as text, with sealed columns opened."""

from contextlib import closing
from typing import Any

from storage import Database, Tx, Vault
from storage.encryption.sealed_tables import SEALED_TABLES
from storage.tables import METADATA

Dump = set[tuple[str, str]]
"""The table and the text of each row, without the keyed hashes, which another key changes."""

_SEALED = {one.table.name: one for one in SEALED_TABLES}


def dump(tx: Tx) -> Dump:
    """Read every row except the canaries, which hold one known text."""

    def opened(name: str, row: dict[str, Any]) -> str:
        if name not in _SEALED:
            return str(row)
        return str({**row, "sealed": _SEALED[name].open(tx.vault, row)} | dict.fromkeys(_SEALED[name].hashed))

    return {
        (name, opened(name, dict(row)))
        for name, table in METADATA.tables.items()
        for row in tx.connection.execute(table.select()).mappings()
        if name != "canaries"
    }


def dump_of(url: str, key: str) -> Dump:
    """Read every row of a database that may be in use."""
    with closing(Database.open(url, Vault.from_keys([key]))) as database:
        return database.run_now(dump)
