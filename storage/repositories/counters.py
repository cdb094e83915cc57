"""Counts what somebody makes the bot do, within a window of time that begins with the first count.

Only a fingerprint of what is counted for whom is stored, which identifies nobody.
"""

from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Executable, bindparam, case

from storage.encryption.vault import Place
from storage.engine.database import Tx
from storage.engine.upserts import insert_for
from storage.tables import COUNTERS


def count(tx: Tx, bound: str, subject_id: int, *, now: datetime, window: timedelta) -> int:
    """Count one more and return the count within the window; of simultaneous callers each gets another number."""
    key = tx.vault.fingerprints(Place(COUNTERS.name, "key", f"{bound}:{subject_id}"))[0]
    values = {"key": key, "ends_at": now + window, "count": 1, "this_now": now}
    return tx.value(_one_more(tx.dialect), values) or 0


@cache
def _one_more(dialect: str) -> Executable:
    insert = insert_for(COUNTERS, dialect)
    old, new, now = COUNTERS.c, insert.excluded, bindparam("this_now", type_=COUNTERS.c.ends_at.type)
    counting: Executable = insert.on_conflict_do_update(
        index_elements=list(COUNTERS.primary_key),
        set_={
            "count": case((old.ends_at <= now, 1), else_=old.count + 1),
            "ends_at": case((old.ends_at <= now, new.ends_at), else_=old.ends_at),
        },
    ).returning(old["count"])
    return counting
