"""The taps and messages that were acted on, so that a redelivered one does nothing.

Telegram's keys of taps and messages contain the ids of people and chats. Only a fingerprint under the encryption key is
stored, which identifies nobody.
"""

from datetime import datetime

from sqlalchemy import bindparam, select

from storage.encryption.vault import Place
from storage.engine.database import Tx
from storage.engine.upserts import insert_or_ignore
from storage.tables import HANDLED

_KNOWN = select(HANDLED.c.key).where(HANDLED.c.key == bindparam("this_key"))


def first_time(tx: Tx, key: str, *, now: datetime) -> bool:
    """Store the key. Of any number of callers, ever, exactly one gets True, also when the encryption key changes."""
    current, *earlier = tx.vault.fingerprints(Place(HANDLED.name, "key", key))
    if any(tx.one(_KNOWN, {"this_key": one}) is not None for one in earlier):
        return False
    return tx.one(insert_or_ignore(HANDLED, tx.dialect), {"key": current, "at": now}) is not None
