"""Schedules: what is done to cars by itself, each run by one process."""

from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, update

from storage.engine.database import Tx
from storage.records import Schedule
from storage.repositories.sealed_records import SealedRecords
from storage.tables import SCHEDULES

_RECORDS = SealedRecords(SCHEDULES, Schedule)

_COLUMNS = SCHEDULES.c
_OF_HOME = (
    select(SCHEDULES).where(_COLUMNS.home_chat_id == bindparam("this_home")).order_by(_COLUMNS.created_at, _COLUMNS.id)
)
_DUE = select(SCHEDULES).where(_COLUMNS.next_run_at <= bindparam("now")).order_by(_COLUMNS.next_run_at, _COLUMNS.id)
_NEXT_DUE = select(func.min(_COLUMNS.next_run_at)).where(_COLUMNS.next_run_at > bindparam("after"))
_CLAIM = (
    update(SCHEDULES)
    .where(*_RECORDS.is_this, _COLUMNS.next_run_at == bindparam("seen"))
    .values(next_run_at=bindparam("later"))
)
_DROP = delete(SCHEDULES).where(*_RECORDS.is_this)

put = _RECORDS.put


def get(tx: Tx, schedule_id: str) -> Schedule | None:
    """Return a schedule, or None if there is none; raises WrongKeys or Tampered if it can't be decrypted."""
    return _RECORDS.get(tx, schedule_id)


def of_home(tx: Tx, home_chat_id: int) -> list[Schedule]:
    """Return the schedules of a home, the oldest first, without those that can't be decrypted."""
    return _RECORDS.readable(tx, _OF_HOME, {"this_home": home_chat_id})


def due(tx: Tx, *, now: datetime) -> list[Schedule]:
    """Return the schedules of all homes that are due, the earliest first, without those that can't be decrypted."""
    return _RECORDS.readable(tx, _DUE, {"now": now})


def next_due(tx: Tx, *, after: datetime) -> datetime | None:
    """Return when the next schedule is due; None if there is none."""
    return tx.value(_NEXT_DUE, {"after": after})


def claim(tx: Tx, schedule: Schedule, *, next_run_at: datetime | None) -> bool:
    """Set the next run of a schedule that is due; of any number of processes that saw it exactly one gets True."""
    values = {**_RECORDS.key(schedule.id), "seen": schedule.next_run_at, "later": next_run_at}
    return tx.change(_CLAIM, values) == 1


def drop(tx: Tx, schedule_id: str) -> bool:
    """Delete a schedule; of any number of callers exactly one gets True."""
    return tx.change(_DROP, _RECORDS.key(schedule_id)) == 1
