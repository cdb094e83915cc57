"""Which taps and messages were acted on, so that a redelivered one does nothing."""

from datetime import datetime

from storage.database import Tx
from storage.tables import HANDLED
from storage.upserts import insert_or_ignore

_REMEMBER = insert_or_ignore(HANDLED)


def first_time(tx: Tx, key: str, *, now: datetime) -> bool:
    """Remember the key. Of any number of callers, ever, exactly one gets True."""
    return tx.one(_REMEMBER[tx.dialect], {"key": key, "at": now}) is not None
