"""Home chats: linked, found, and unlinked."""

from sqlalchemy import BindParameter, bindparam, delete, select, update

from storage.engine.database import Tx
from storage.records import Home
from storage.repositories.sealed_records import SealedRecords
from storage.states import PromptState
from storage.tables import ACCESS_CHANGES, ACTIONS, HOMES, METADATA, PANELS, PROMPTS

_RECORDS = SealedRecords(HOMES, Home)

_CHAT: BindParameter[int] = bindparam("this_chat")

_ALL = select(HOMES).order_by(HOMES.c.chat_id)
_HOLDING = select(HOMES).where(HOMES.c.wallet_hash == bindparam("this_hash"))
# A row belongs to the home in its column home_chat_id; where there is none, chat_id is the home's own chat.
_HOME_COLUMNS = [table.c.get("home_chat_id", table.c.get("chat_id")) for table in METADATA.tables.values()]
_UNLINK = (
    *(
        delete(home.table).where(home == _CHAT)
        for home in _HOME_COLUMNS
        if home is not None and home.table not in (ACCESS_CHANGES, ACTIONS, PANELS, PROMPTS)
    ),
    update(PROMPTS)
    .where(PROMPTS.c.home_chat_id == _CHAT, PROMPTS.c.state == PromptState.OPEN)
    .values(state=PromptState.CANCELLED),
)

put = _RECORDS.put


def get(tx: Tx, chat_id: int) -> Home | None:
    """Return the chat's home, or None if nobody linked an account there."""
    return _RECORDS.get(tx, chat_id)


def all_homes(tx: Tx) -> list[Home]:
    """Return every home."""
    return _RECORDS.all(tx, _ALL)


def holding(tx: Tx, wallet: str) -> list[Home]:
    """Return the homes that have linked this wallet, the first that did so first."""
    hashes = _RECORDS.hashes_of(tx, "wallet_hash", wallet)
    found = [home for one in hashes for home in _RECORDS.all(tx, _HOLDING, {"this_hash": one})]
    return sorted(found, key=lambda home: (home.linked_at, home.chat_id))


def unlink(tx: Tx, chat_id: int) -> None:
    """Delete every row that belongs to the home, except its log, and cancel the open prompts about its cars.

    Its panels stay until their messages say that they have ended.
    The chat's attachments to other homes, and its choice of their cars, stay.
    The caller truncates the write-ahead log afterwards: the deleted pages are still in it.
    """
    for statement in _UNLINK:
        tx.change(statement, {"this_chat": chat_id})
