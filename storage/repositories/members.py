"""Members: the people, besides its owner, who may use the cars of a home, in which role and until when."""

from datetime import UTC, datetime

from sqlalchemy import bindparam, delete, func, select, update

from storage.engine.database import Tx
from storage.partial_indexes import END_IS_UNTOLD
from storage.records import Member
from storage.repositories.sealed_records import SealedRecords
from storage.tables import MEMBERS

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)

RECORDS = SealedRecords(MEMBERS, Member)

_COLUMNS = MEMBERS.c
_REMOVE = delete(MEMBERS).where(*RECORDS.is_this)
_LIST = (
    select(MEMBERS)
    .where(_COLUMNS.home_chat_id == bindparam("this_home"))
    .order_by(_COLUMNS.added_at, _COLUMNS.person_id)
)
_HOMES = (
    select(_COLUMNS.home_chat_id).where(_COLUMNS.person_id == bindparam("this_person")).order_by(_COLUMNS.home_chat_id)
)
_ENDS = select(_COLUMNS.until).where(_COLUMNS.person_id == bindparam("this_person"))
_TOUCH = update(MEMBERS).where(*RECORDS.is_this).values(last_used_at=bindparam("now"))
_ENDED_UNTOLD = (
    select(MEMBERS)
    .where(END_IS_UNTOLD, _COLUMNS.until <= bindparam("now"))
    .order_by(_COLUMNS.until, _COLUMNS.home_chat_id, _COLUMNS.person_id)
)
_NEXT_END = select(func.min(_COLUMNS.until).label("soonest")).where(END_IS_UNTOLD, _COLUMNS.until > bindparam("after"))
_END_TOLD = (
    update(MEMBERS)
    .where(*RECORDS.is_this, _COLUMNS.until == bindparam("seen_until"), _COLUMNS.end_told_at.is_(None))
    .values(end_told_at=bindparam("now"))
)

put = RECORDS.put


def get(tx: Tx, home_chat_id: int, person_id: int) -> Member | None:
    """Return the member, also after the access ended, or None; raises WrongKeys or Tampered."""
    return RECORDS.get(tx, home_chat_id, person_id)


def get_for_update(tx: Tx, home_chat_id: int, person_id: int) -> Member | None:
    """Return the same as `get`, and lock the member until the transaction ends."""
    return RECORDS.get_for_update(tx, home_chat_id, person_id)


def remove(tx: Tx, home_chat_id: int, person_id: int) -> bool:
    """Delete the member; False if there is none. Of any number of callers exactly one gets True."""
    return tx.change(_REMOVE, RECORDS.key(home_chat_id, person_id)) == 1


def ends_of(tx: Tx, person_id: int) -> list[datetime | None]:
    """Return when each access of a person ends, also past ends; None is no end. Decrypts nothing."""
    return [row["until"] for row in tx.all(_ENDS, {"this_person": person_id})]


def list_for(tx: Tx, home_chat_id: int) -> list[Member]:
    """Return the home's members in the order in which they were added, without those that can't be decrypted."""
    return RECORDS.readable(tx, _LIST, {"this_home": home_chat_id})


def homes_of(tx: Tx, person_id: int) -> list[int]:
    """Return the home chats of which the person is a member, also after the access ended; decrypts nothing."""
    return [row["home_chat_id"] for row in tx.all(_HOMES, {"this_person": person_id})]


def touch(tx: Tx, home_chat_id: int, person_id: int, *, now: datetime) -> None:
    """Note when the person last used a car of the home; decrypts nothing."""
    tx.change(_TOUCH, {**RECORDS.key(home_chat_id, person_id), "now": now})


def ended_untold(tx: Tx, *, now: datetime) -> list[Member]:
    """Return the members of all homes whose access ended and was not announced as ended, soonest first.

    Those that can't be decrypted are left out.
    """
    return RECORDS.readable(tx, _ENDED_UNTOLD, {"now": now})


def next_end(tx: Tx, *, after: datetime = _BEFORE_ALL) -> datetime | None:
    """Return when the next access ends whose end was not announced, or None if there is none.

    A member that can't be decrypted counts and is never announced: pass the moment up to which ends were handled.
    """
    return tx.value(_NEXT_END, {"after": after})


def mark_end_told(tx: Tx, home_chat_id: int, person_id: int, *, until: datetime, now: datetime) -> bool:
    """Reserve this end for the caller to announce, if it is still the member's end and nobody else did.

    Of any number of processes that saw the same end exactly one gets True.
    """
    return tx.change(_END_TOLD, {**RECORDS.key(home_chat_id, person_id), "seen_until": until, "now": now}) == 1
