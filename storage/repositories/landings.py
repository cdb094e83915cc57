"""Landing addresses, each kept until its sign-in is used or over."""

from sqlalchemy import bindparam, delete

from storage.engine.database import Tx
from storage.records import StoredLanding
from storage.repositories.sealed_records import SealedRecords
from storage.tables import LANDINGS

_RECORDS = SealedRecords(LANDINGS, StoredLanding)

_DROP_OF_CHAT = delete(LANDINGS).where(LANDINGS.c.chat_id == bindparam("this_chat"))

put = _RECORDS.put


def get(tx: Tx, state_hash: str) -> StoredLanding | None:
    """Return the landing of a sign-in; None if it has not landed."""
    return _RECORDS.get(tx, state_hash)


def drop_of_chat(tx: Tx, chat_id: int) -> None:
    """Forget all landings of a chat."""
    tx.change(_DROP_OF_CHAT, {"this_chat": chat_id})
