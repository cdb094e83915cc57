"""Members: the people besides its owner who may use the cars of a home, in which role and until when."""

from datetime import UTC, datetime
from functools import partial

from sqlalchemy import bindparam, delete, func, select, update

from storage.encryption.sealed_tables import SEALED_MEMBERS
from storage.engine.database import Tx
from storage.engine.statements import Row
from storage.engine.upserts import insert_or_replace
from storage.records import Member
from storage.tables import END_IS_UNTOLD, MEMBERS

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)

_COLUMNS = MEMBERS.c
_THIS = (_COLUMNS.home_chat_id == bindparam("this_home"), _COLUMNS.person_id == bindparam("this_person"))

_PUT = insert_or_replace(MEMBERS)
_GET = select(MEMBERS).where(*_THIS)
_GET_FOR_UPDATE = _GET.with_for_update()
_REMOVE = delete(MEMBERS).where(*_THIS)
_LIST = (
    select(MEMBERS)
    .where(_COLUMNS.home_chat_id == bindparam("this_home"))
    .order_by(_COLUMNS.added_at, _COLUMNS.person_id)
)
_HOMES = (
    select(_COLUMNS.home_chat_id).where(_COLUMNS.person_id == bindparam("this_person")).order_by(_COLUMNS.home_chat_id)
)
_TOUCH = update(MEMBERS).where(*_THIS).values(last_used_at=bindparam("now"))
_ENDED_UNTOLD = (
    select(MEMBERS)
    .where(END_IS_UNTOLD, _COLUMNS.until <= bindparam("now"))
    .order_by(_COLUMNS.until, _COLUMNS.home_chat_id, _COLUMNS.person_id)
)
_NEXT_END = select(func.min(_COLUMNS.until).label("soonest")).where(END_IS_UNTOLD, _COLUMNS.until > bindparam("after"))
_END_TOLD = (
    update(MEMBERS)
    .where(*_THIS, _COLUMNS.until == bindparam("seen_until"), _COLUMNS.end_told_at.is_(None))
    .values(end_told_at=bindparam("now"))
)


def put(tx: Tx, member: Member) -> None:
    """Keep the member, in place of what was known of this person in this home."""
    tx.change(_PUT[tx.dialect], SEALED_MEMBERS.row(tx.vault, member, {"name": member.name}))


def get(tx: Tx, home_chat_id: int, person_id: int) -> Member | None:
    """Return the member, ended or not, or None; raises WrongKeys or Tampered if it does not open."""
    return _only(tx, tx.one(_GET, _key(home_chat_id, person_id)))


def get_for_update(tx: Tx, home_chat_id: int, person_id: int) -> Member | None:
    """Return what `get` returns, and let nobody else change it until the transaction ends."""
    return _only(tx, tx.one(_GET_FOR_UPDATE, _key(home_chat_id, person_id)))


def remove(tx: Tx, home_chat_id: int, person_id: int) -> bool:
    """Delete the member; False if the person was none. Of any number of callers exactly one gets True."""
    return tx.change(_REMOVE, _key(home_chat_id, person_id)) == 1


def list_for(tx: Tx, home_chat_id: int) -> list[Member]:
    """Return the home's members in the order in which they were added, without what does not open."""
    return SEALED_MEMBERS.readable(tx.all(_LIST, {"this_home": home_chat_id}), partial(_member, tx))


def homes_of(tx: Tx, person_id: int) -> list[int]:
    """Return the home chats whose cars the person may use or could use; costs no decryption."""
    return [row["home_chat_id"] for row in tx.all(_HOMES, {"this_person": person_id})]


def touch(tx: Tx, home_chat_id: int, person_id: int, *, now: datetime) -> None:
    """Remember when the person last used a car of the home; costs no decryption."""
    tx.change(_TOUCH, {**_key(home_chat_id, person_id), "now": now})


def ended_untold(tx: Tx, *, now: datetime) -> list[Member]:
    """Return the members of all homes whose end has come and was not told, the first to end first.

    What does not open is left out.
    """
    return SEALED_MEMBERS.readable(tx.all(_ENDED_UNTOLD, {"now": now}), partial(_member, tx))


def next_end(tx: Tx, *, after: datetime = _BEFORE_ALL) -> datetime | None:
    """Tell when the next untold end is, or None if there is none.

    One that does not open counts, and stays untold for ever: who has just told what had ended asks for the moment after.
    """
    row = tx.one(_NEXT_END, {"after": after})
    return None if row is None else row["soonest"]


def mark_end_told(tx: Tx, home_chat_id: int, person_id: int, *, until: datetime, now: datetime) -> bool:
    """Take it upon the caller to tell this end, if it still is the end and nobody else did.

    Of any number of processes that saw the same end exactly one gets True.
    """
    values = {**_key(home_chat_id, person_id), "seen_until": until, "now": now}
    return tx.change(_END_TOLD, values) == 1


def _key(home_chat_id: int, person_id: int) -> dict[str, object]:
    return {"this_home": home_chat_id, "this_person": person_id}


def _only(tx: Tx, row: Row | None) -> Member | None:
    return None if row is None else _member(tx, row)


def _member(tx: Tx, row: Row) -> Member:
    plain, content = SEALED_MEMBERS.split(tx.vault, row)
    return Member(**plain, **content)
