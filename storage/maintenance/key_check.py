"""A known text, encrypted under each key: at the start it shows whether the keys fit this database."""

from sqlalchemy import select

from storage.encryption.vault import Place, Tampered, Vault, WrongKeys
from storage.engine.database import Tx
from storage.engine.upserts import insert_or_ignore
from storage.tables import CANARIES

_TEXT = "canary"
_ALL = select(CANARIES)


def check_keys(tx: Tx) -> None:
    """Store a canary for the first key if all earlier ones open; else raise WrongKeys and change nothing."""
    refuse_wrong_keys(tx)
    key_id = tx.vault.current_key_id.hex()
    row = {"key_id": key_id, "sealed": tx.vault.seal(_place(key_id), _TEXT)}
    tx.one(insert_or_ignore(CANARIES, tx.dialect), row)


def refuse_wrong_keys(tx: Tx) -> None:
    """Raise WrongKeys if this database was written with a key that the vault does not hold."""
    if not all(_opens(tx.vault, row["key_id"], row["sealed"]) for row in tx.all(_ALL)):
        raise WrongKeys


def _opens(vault: Vault, key_id: str, sealed: bytes) -> bool:
    try:
        return vault.open(_place(key_id), sealed) == _TEXT
    except (WrongKeys, Tampered):
        return False


def _place(key_id: str) -> Place:
    return Place(CANARIES.name, "sealed", f"key_id={key_id}")
