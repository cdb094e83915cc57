"""How an action is written into its row and read from it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

from storage.encryption.sealed_tables import SEALED_ACTIONS
from storage.engine.database import Tx
from storage.engine.statements import Row
from storage.records import ActionDetails, ActionRow

_MOMENTS = ("reading_at", "open_door_at", "opening_until")


def sealed_row(tx: Tx, row: ActionRow) -> Row:
    """Build the row of an action, with its details sealed."""
    return SEALED_ACTIONS.row(tx.vault, row, _written(row.details))


def sealed(tx: Tx, action_id: str, details: ActionDetails) -> bytes:
    """Seal the details for the row of this action."""
    return SEALED_ACTIONS.seal(tx.vault, {"id": action_id}, _written(details))


def action(tx: Tx, row: Row) -> ActionRow:
    """Read an action; raises WrongKeys or Tampered if it does not open."""
    plain, content = SEALED_ACTIONS.split(tx.vault, row)
    return ActionRow(**plain, details=_read(content))


def details_of(tx: Tx, row: Row) -> ActionDetails:
    """Read the details of an action; raises WrongKeys or Tampered if they do not open."""
    return _read(SEALED_ACTIONS.open(tx.vault, row))


def readable(tx: Tx, rows: Iterable[Row]) -> list[ActionRow]:
    """Read a list of actions, without what does not open."""
    return SEALED_ACTIONS.readable(rows, partial(action, tx))


def _written(details: ActionDetails) -> dict[str, Any]:
    """Write details for sealing: only what is said, moments in ISO 8601."""
    said = {name: value for name, value in asdict(details).items() if value is not None}
    return said | {name: said[name].isoformat() for name in _MOMENTS if name in said}


def _read(content: Mapping[str, Any]) -> ActionDetails:
    moments = {name: datetime.fromisoformat(content[name]) for name in _MOMENTS if name in content}
    return ActionDetails(**{**content, **moments})
