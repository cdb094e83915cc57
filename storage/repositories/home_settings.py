"""What was set for a home: names and values, which mean something to the caller alone."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import bindparam, select

from storage.encryption.sealed_tables import SEALED_HOME_SETTINGS
from storage.engine.database import Tx
from storage.engine.statements import Row
from storage.engine.upserts import insert_or_replace
from storage.tables import HOME_SETTINGS

_PUT = insert_or_replace(HOME_SETTINGS)
_ALL = select(HOME_SETTINGS)
_GET = select(HOME_SETTINGS).where(HOME_SETTINGS.c.home_chat_id == bindparam("this_home"))


def get(tx: Tx, home_chat_id: int) -> dict[str, Any]:
    """Return what was set, nothing if nothing was; raises WrongKeys or Tampered if it does not open."""
    row = tx.one(_GET, {"this_home": home_chat_id})
    return {} if row is None else SEALED_HOME_SETTINGS.open(tx.vault, row)


def every(tx: Tx) -> dict[int, dict[str, Any]]:
    """Return what was set for each home, without what does not open."""
    return dict(SEALED_HOME_SETTINGS.readable(tx.all(_ALL, {}), partial(_of_home, tx)))


def _of_home(tx: Tx, row: Row) -> tuple[int, dict[str, Any]]:
    return row["home_chat_id"], SEALED_HOME_SETTINGS.open(tx.vault, row)


def put(tx: Tx, home_chat_id: int, values: Mapping[str, Any]) -> None:
    """Keep these, in place of all that was set; values are texts, numbers, truth values or None."""
    row = {"home_chat_id": home_chat_id}
    sealed = SEALED_HOME_SETTINGS.seal(tx.vault, row, {**values})
    tx.change(_PUT[tx.dialect], {**row, "sealed": sealed})
