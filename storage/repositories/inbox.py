"""The inbox: updates that Telegram gives no second time, until they are handled."""

from collections.abc import Iterable

from sqlalchemy import bindparam, delete, select, update

from storage.engine.database import Tx
from storage.records import WaitingUpdate
from storage.repositories.sealed_records import SealedRecords
from storage.tables import INBOX

_RECORDS = SealedRecords(INBOX, WaitingUpdate)

_ALL = select(INBOX).order_by(INBOX.c.update_id)
_DROP = delete(INBOX).where(*_RECORDS.is_this)
_ADOPT = (
    update(INBOX)
    .where(*_RECORDS.is_this, INBOX.c.instance == bindparam("old_instance"))
    .values(instance=bindparam("new_instance"))
)

put = _RECORDS.put


def every(tx: Tx) -> list[WaitingUpdate]:
    """Return all updates in the order in which Telegram gave them, without those that can't be decrypted."""
    return _RECORDS.readable(tx, _ALL)


def adopt(tx: Tx, waiting: WaitingUpdate, *, instance: int) -> bool:
    """Take an update over from the process that has it; of any number of callers exactly one gets True."""
    values = {"old_instance": waiting.instance, "new_instance": instance}
    return tx.change(_ADOPT, {**_RECORDS.key(waiting.update_id), **values}) == 1


def drop(tx: Tx, update_ids: Iterable[int]) -> None:
    """Forget updates that have been handled."""
    for update_id in sorted(update_ids):
        tx.change(_DROP, _RECORDS.key(update_id))
