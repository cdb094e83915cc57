"""The settings of a home: names and values, which only the caller interprets."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from storage.engine.database import Tx
from storage.records import HomeSettings
from storage.repositories.sealed_records import SealedRecords
from storage.tables import HOME_SETTINGS

_RECORDS = SealedRecords(HOME_SETTINGS, HomeSettings)
_ALL = select(HOME_SETTINGS)


def get(tx: Tx, home_chat_id: int) -> Mapping[str, Any]:
    """Return the home's settings, empty if none were set; raises WrongKeys or Tampered if they can't be decrypted."""
    found = _RECORDS.get(tx, home_chat_id)
    return {} if found is None else found.details


def every(tx: Tx) -> dict[int, Mapping[str, Any]]:
    """Return the settings of each home, without those that can't be decrypted."""
    return {found.home_chat_id: found.details for found in _RECORDS.readable(tx, _ALL)}


def put(tx: Tx, home_chat_id: int, values: Mapping[str, Any]) -> None:
    """Store these, in place of all earlier settings; values are texts, numbers, truth values or None."""
    _RECORDS.put(tx, HomeSettings(home_chat_id, values))
