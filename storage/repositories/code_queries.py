"""Queries about error codes: drafted, asked of DIMO, answered, and looked up again.

A query is sealed for its home chat and car: one that is copied to another car can't be decrypted.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Integer, bindparam, func, null, select, tuple_, update

from storage.engine.database import Tx
from storage.engine.statements import Row
from storage.records import CodeQuery
from storage.repositories.sealed_records import SealedRecords
from storage.tables import CODE_QUERIES

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)

_RECORDS = SealedRecords(CODE_QUERIES, CodeQuery)

_COLUMNS = CODE_QUERIES.c
_OF_CAR = (_COLUMNS.chat_id == bindparam("this_chat"), _COLUMNS.car_id == bindparam("this_car"))
_NO_DRAFT = _COLUMNS.state != "draft"
_AT = func.coalesce(_COLUMNS.dimo_at, _COLUMNS.asked_at, type_=_COLUMNS.asked_at.type)
"""The moment of a query in the history: DIMO's own, once it is known, as DIMO clears the newest by its own time."""
_OLDEST_FIRST = (_AT, _COLUMNS.id)
_NEWEST_FIRST = (_AT.desc(), _COLUMNS.id.desc())

_LIST = select(CODE_QUERIES).where(*_OF_CAR, _NO_DRAFT).order_by(*_NEWEST_FIRST).limit(bindparam("most", type_=Integer))
_LIST_FOR_UPDATE = _LIST.with_for_update()
_PLACE = tuple_(_AT, _COLUMNS.id)
_THIS_PLACE = tuple_(
    bindparam("this_moment", type_=_COLUMNS.asked_at.type), bindparam("this_id", type_=_COLUMNS.id.type)
)
_IDS = select(_COLUMNS.id).where(*_OF_CAR, _NO_DRAFT).limit(1)
_OLDER = _IDS.where(_PLACE < _THIS_PLACE).order_by(*_NEWEST_FIRST)
_NEWER = _IDS.where(_PLACE > _THIS_PLACE).order_by(*_OLDEST_FIRST)
_DUE = select(CODE_QUERIES).where(_COLUMNS.next_try_at <= bindparam("now")).order_by(*_OLDEST_FIRST)
_NEXT_DUE = select(func.min(_COLUMNS.next_try_at).label("soonest")).where(_COLUMNS.next_try_at > bindparam("after"))
_FORGET_MESSAGE = (
    update(CODE_QUERIES)
    .where(
        _COLUMNS.shown_chat_id == bindparam("this_shown_chat"),
        _COLUMNS.message_id == bindparam("this_message"),
        _COLUMNS.id.is_distinct_from(bindparam("but_id")),
    )
    .values(shown_chat_id=null(), message_id=null())
)
_BY_PERSON = select(CODE_QUERIES).where(_COLUMNS.person_id == bindparam("this_person")).with_for_update()
_CLEARED_BY = select(CODE_QUERIES).where(_COLUMNS.clearer_hash == bindparam("this_hash")).with_for_update()
_CLEARED_BY_A_NAME = (
    select(CODE_QUERIES)
    .where(_OF_CAR[0], _COLUMNS.clear_state.is_not(null()), _COLUMNS.clearer_hash.is_(null()))
    .with_for_update()
)
_LEAVE_PERSON_OUT = update(CODE_QUERIES).where(_COLUMNS.person_id == bindparam("this_person")).values(person_id=null())
# The private chat of a person has the person's number.
_LEAVE_PRIVATE_CHAT = (
    update(CODE_QUERIES)
    .where(_COLUMNS.shown_chat_id == bindparam("this_person"))
    .values(shown_chat_id=null(), message_id=null())
)

put = _RECORDS.put
add_new = _RECORDS.add_new


def get(tx: Tx, chat_id: int, car_id: int, query_id: str) -> CodeQuery | None:
    """Return the query in any state, or None; raises WrongKeys or Tampered if it can't be decrypted."""
    return _RECORDS.get(tx, chat_id, car_id, query_id)


def get_for_update(tx: Tx, chat_id: int, car_id: int, query_id: str) -> CodeQuery | None:
    """Return what `get` returns, and lock it until the transaction ends."""
    return _RECORDS.get_for_update(tx, chat_id, car_id, query_id)


def neighbours(tx: Tx, query: CodeQuery) -> tuple[str | None, str | None]:
    """Return the ids of the car's next older and next newer query; drafts are skipped."""
    moment = query.dimo_at or query.asked_at
    values = {"this_chat": query.chat_id, "this_car": query.car_id, "this_id": query.id, "this_moment": moment}
    return _id(tx.one(_OLDER, values)), _id(tx.one(_NEWER, values))


def list_for(tx: Tx, chat_id: int, car_id: int, *, limit: int, for_update: bool = False) -> list[CodeQuery]:
    """Return the car's last queries, newest first, without drafts and rows that can't be decrypted."""
    statement = _LIST_FOR_UPDATE if for_update else _LIST
    return _RECORDS.readable(tx, statement, {"this_chat": chat_id, "this_car": car_id, "most": limit})


def due(tx: Tx, *, now: datetime) -> list[CodeQuery]:
    """Return all chats' queries that are due, oldest first, without those that can't be decrypted."""
    return _RECORDS.readable(tx, _DUE, {"now": now})


def next_due(tx: Tx, *, after: datetime = _BEFORE_ALL) -> datetime | None:
    """Return when the next query is to be tried, or None if none is.

    A query that can't be decrypted counts, and stays due for ever: ask for the time after the due ones were read.
    """
    return tx.value(_NEXT_DUE, {"after": after})


def forget_message(tx: Tx, *, shown_chat_id: int, message_id: int, but: str | None) -> None:
    """Store that the message no longer shows any query except the one with the id `but`."""
    values = {"this_shown_chat": shown_chat_id, "this_message": message_id, "but_id": but}
    tx.change(_FORGET_MESSAGE, values)


def anonymise(tx: Tx, person_id: int, *, names: Collection[str] = (), home_chat_ids: Collection[int] = ()) -> set[str]:
    """Take the person out of the queries that they made, cleared or looked at, everywhere; returns the names taken out.

    Where who cleared is known by name alone, it is taken out in these homes, if it is one of those or of `names`.
    """
    asked = _RECORDS.readable(tx, _BY_PERSON, {"this_person": person_id})
    for query in asked:
        _RECORDS.reseal(tx, replace(query, details=replace(query.details, person_name=None)))
    tx.change(_LEAVE_PERSON_OUT, {"this_person": person_id})
    tx.change(_LEAVE_PRIVATE_CHAT, {"this_person": person_id})
    own = {query.details.person_name for query in asked if query.details.person_name}
    cleared = [
        query
        for one in _RECORDS.hashes_of(tx, "clearer_hash", person_id)
        for query in _RECORDS.readable(tx, _CLEARED_BY, {"this_hash": one})
    ]
    cleared += [
        query
        for home in sorted(home_chat_ids)
        for query in _RECORDS.readable(tx, _CLEARED_BY_A_NAME, {"this_chat": home})
        if query.details.cleared_by in {*names, *own}
    ]
    for query in cleared:
        _RECORDS.reseal(tx, replace(query, details=replace(query.details, cleared_by=None, cleared_by_id=None)))
    return own


def _id(row: Row | None) -> str | None:
    return None if row is None else row["id"]
