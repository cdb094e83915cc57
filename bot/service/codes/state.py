"""Rows of the record of error codes: made, read, joined with DIMO's history, and moved on."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.dimo.error_codes import ErrorCode, ErrorCodeQuery
from bot.domain.code_history import CodeQuery, Delivery, Entry, Source
from bot.domain.codes import BadWord, base_of, known_as, read_code
from bot.domain.ids import CarId, ChatId, CodeQueryId
from bot.domain.refusals import Reason
from bot.service.ports import Person, Reach, Shown, Spot
from storage import CodeEntry, CodeQueryDetails
from storage import CodeQuery as CodeQueryRow

LEASE = timedelta(minutes=4)
"""How long a try to reach DIMO is left alone: longer than it can take, with every wait for a place and a turn.

After that its process counts as dead, and DIMO's history tells what became of its request.
"""

_LEASE_MARGIN = timedelta(seconds=30)
"""A lease begins before its commit: in its last moments it is not sure whose it is."""

_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 30, 120, 360, 1440, 1440, 1440, 1440, 1440))
"""When something is tried again by itself; after the last one a person decides."""

_WAITING = Delivery.WAITING.value


@dataclass(frozen=True, slots=True)
class Key:
    """Names one row."""

    home: ChatId
    car: CarId
    id: CodeQueryId


def key_of(row: CodeQueryRow) -> Key:
    """Name a row."""
    return Key(ChatId(row.chat_id), CarId(row.car_id), CodeQueryId(row.id))


def draft_of(
    home: ChatId, car: CarId, codes: Sequence[str], *, source: Source, by: Person | None, now: datetime
) -> CodeQueryRow:
    """Make the row of codes that nobody has said yes to."""
    return CodeQueryRow(
        chat_id=home,
        car_id=car,
        id=f"{int(now.timestamp() * 1000):x}{secrets.token_hex(4)}",
        person_id=by.id if by else None,
        state=Delivery.DRAFT.value,
        asked_at=now,
        dimo_at=None,
        cleared_at=None,
        clear_state=None,
        tries=0,
        next_try_at=None,
        shown_chat_id=None,
        message_id=None,
        details=CodeQueryDetails(
            entries=tuple(CodeEntry(code) for code in codes),
            source=source.value,
            person_name=by.name if by else None,
        ),
    )


def sent(draft: CodeQueryRow, *, by: Person, chat: ChatId, now: datetime) -> CodeQueryRow:
    """Let a person ask DIMO about drafted codes; what comes of it is to be shown in this chat."""
    return trying(
        replace(
            draft,
            state=_WAITING,
            person_id=by.id,
            asked_at=now,
            shown_chat_id=chat,
            details=replace(draft.details, person_name=by.name),
        ),
        now=now,
    )


def cleared(row: CodeQueryRow, *, by: Person, now: datetime) -> CodeQueryRow:
    """Let a person mark codes as cleared; DIMO is to be told, unless it did not take them."""
    marked = replace(row, cleared_at=now, details=_cleared(row, by))
    if row.state == Delivery.REFUSED.value:
        return replace(marked, clear_state=Delivery.DELIVERED.value)
    return trying(replace(marked, clear_state=_WAITING), now=now)


def _cleared(row: CodeQueryRow, by: Person) -> CodeQueryDetails:
    return replace(row.details, cleared_by=by.name, cleared_by_id=by.id)


def is_waiting(row: CodeQueryRow) -> bool:
    """Tell whether something of a row is still to reach DIMO."""
    return _WAITING in {row.state, row.clear_state}


def begun(row: CodeQueryRow, *, now: datetime) -> CodeQueryRow:
    """Begin what is due: a try to reach DIMO, or else to show what came of one."""
    if is_waiting(row):
        return trying(row, now=now)
    return replace(row, tries=row.tries + 1, next_try_at=now + LEASE)


def trying(row: CodeQueryRow, *, now: datetime) -> CodeQueryRow:
    """Begin a try to reach DIMO: nobody else begins one before the lease is over."""
    return replace(row, tries=row.tries + 1, next_try_at=now + LEASE, details=replace(row.details, reason=None))


def leaving(row: CodeQueryRow, *, now: datetime) -> CodeQueryRow:
    """Note that codes leave for DIMO now: that is when its history has them, if it gets them."""
    return replace(row, details=replace(row.details, sent_at=now))


def leased(row: CodeQueryRow, *, began: datetime, now: datetime) -> CodeQueryRow | None:
    """Begin the lease anew for a row that stood in line behind others of its car since its try began.

    None if another process may have taken it out of the line, as the lease was over.
    """
    if now < began + LEASE - _LEASE_MARGIN:
        return replace(row, next_try_at=now + LEASE) if row.next_try_at is not None else row
    return due(row, now=now)


def due(row: CodeQueryRow, *, now: datetime) -> CodeQueryRow | None:
    """Begin what is due; None if it is not, because it rests or another process has begun it."""
    is_due = row.next_try_at is not None and row.next_try_at <= now
    return begun(row, now=now) if is_due else None


def hurried(row: CodeQueryRow, *, now: datetime) -> CodeQueryRow:
    """Let what is held up be tried at once."""
    is_held_up = is_waiting(row) and row.details.reason
    return replace(row, next_try_at=now, details=replace(row.details, reason=None)) if is_held_up else row


def failed(row: CodeQueryRow, reason: Reason, *, now: datetime) -> CodeQueryRow:
    """End a try that did not reach DIMO; the next one comes by itself, later each time."""
    return replace(row, next_try_at=_next(row, now), details=replace(row.details, reason=reason.value))


def _next(row: CodeQueryRow, now: datetime) -> datetime | None:
    tries = max(row.tries, 1)
    return now + _PAUSES[tries - 1] if tries <= len(_PAUSES) else None


def refused(row: CodeQueryRow, reason: Reason) -> CodeQueryRow:
    """End the way of codes to DIMO that DIMO does not take, and of their clearing with them."""
    return _rested(
        replace(
            row,
            state=Delivery.REFUSED.value,
            clear_state=Delivery.DELIVERED.value if row.clear_state == _WAITING else row.clear_state,
            details=replace(row.details, reason=reason.value),
        )
    )


def explained(row: CodeQueryRow, answer: Sequence[ErrorCode]) -> CodeQueryRow:
    """Put DIMO's answer into the row: it has the codes from here on."""
    return _rested(
        replace(
            row,
            state=Delivery.DELIVERED.value,
            details=replace(row.details, entries=_explained_entries(row.details.entries, answer)),
        )
    )


def clearing_ended(row: CodeQueryRow, how: Delivery, reason: Reason | None = None) -> CodeQueryRow:
    """End the way of a clearing to DIMO."""
    return _rested(
        replace(
            row,
            clear_state=how.value,
            details=replace(row.details, reason=reason.value if reason else None),
        )
    )


def joined(row: CodeQueryRow, told: ErrorCodeQuery) -> CodeQueryRow:
    """Put into a row what DIMO's history tells of it; what was waited for is to be shown at once."""
    is_told = row.clear_state == _WAITING and told.cleared_at is not None
    return _rested(
        replace(
            row,
            state=Delivery.DELIVERED.value,
            dimo_at=told.requested_at,
            next_try_at=row.asked_at if row.state == _WAITING else row.next_try_at,
            cleared_at=row.cleared_at or told.cleared_at,
            clear_state=Delivery.DELIVERED.value if is_told else row.clear_state,
            details=replace(row.details, entries=_explained_entries(row.details.entries, told.codes)),
        )
    )


def imported(home: ChatId, car: CarId, told: ErrorCodeQuery, *, number: int = 0) -> CodeQueryRow:
    """Make the row of a query that somebody made without the bot; the same query always gets the same id.

    `number` tells queries of the same moment apart.
    """
    blank = draft_of(home, car, (), source=Source.DIMO, by=None, now=told.requested_at)
    return replace(
        blank,
        id=f"d{int(told.requested_at.timestamp() * 1_000_000):x}" + (f"n{number}" if number else ""),
        state=Delivery.DELIVERED.value,
        dimo_at=told.requested_at,
        cleared_at=told.cleared_at,
        details=replace(blank.details, entries=tuple(CodeEntry(one.code, one.description) for one in told.codes)),
    )


def shown_in(row: CodeQueryRow, spot: Spot) -> CodeQueryRow:
    """Remember the message that shows a row."""
    return replace(row, shown_chat_id=spot.chat, message_id=spot.message)


def unshown(row: CodeQueryRow) -> CodeQueryRow:
    """Let what comes of a row be shown nowhere, unless a message is known that shows it."""
    return row if row.message_id is not None else _rested(replace(row, shown_chat_id=None))


def stands_as(row: CodeQueryRow, other: CodeQueryRow) -> bool:
    """Tell whether a row has come as far on its way to DIMO as it had when it was `other`."""
    return query_of(row, {}).stands_as(query_of(other, {}))


def shown(row: CodeQueryRow, *, was: CodeQueryRow, became: Shown, now: datetime) -> CodeQueryRow:
    """Note that a row was shown as it was; what is over and was shown is done with."""
    if (row.shown_chat_id, row.message_id) != (was.shown_chat_id, was.message_id):
        return row  # another message shows it by now
    row = replace(row, message_id=became.message)
    if is_waiting(row) or row.next_try_at is None or not stands_as(row, was):
        return row
    if became.reach is Reach.LATER:
        return replace(row, next_try_at=_next(row, now))
    return replace(row, tries=0, next_try_at=None)


def query_of(row: CodeQueryRow, earlier: Mapping[str, str]) -> CodeQuery:
    """Read a row for showing it; what DIMO has not explained now it may have explained `earlier`."""
    said = row.details
    return CodeQuery(
        id=CodeQueryId(row.id),
        entries=tuple(_entry(entry, earlier) for entry in said.entries),
        source=Source(said.source),
        delivery=Delivery(row.state),
        asked_at=row.asked_at,
        asked_by=said.person_name,
        cleared_at=row.cleared_at,
        cleared_by=said.cleared_by,
        clearing=Delivery(row.clear_state) if row.clear_state else None,
        reason=Reason(said.reason) if said.reason else None,
        is_given_up=is_waiting(row) and row.next_try_at is None,
    )


def _entry(entry: CodeEntry, earlier: Mapping[str, str]) -> Entry:
    if entry.description and entry.description.strip():
        return Entry(entry.code, entry.description)
    known = earlier.get(entry.code)
    return Entry(entry.code, known, is_from_before=known is not None)


def _explained_entries(entries: Sequence[CodeEntry], answer: Sequence[ErrorCode]) -> tuple[CodeEntry, ...]:
    """Explain the codes that were asked about; DIMO's language model may leave some out, or write them differently."""
    said = {known_as(one.code): one.description for one in answer if one.description.strip()}
    if len(entries) == len(answer) == len(said) == 1 and isinstance(read_code(answer[0].code), BadWord):
        return (replace(entries[0], description=answer[0].description),)
    return tuple(replace(entry, description=_explanation(entry, said)) for entry in entries)


def _explanation(entry: CodeEntry, said: Mapping[str, str]) -> str | None:
    exactly = said.get(known_as(entry.code))
    return exactly or entry.description or said.get(base_of(entry.code), entry.description)


def _rested(row: CodeQueryRow) -> CodeQueryRow:
    """Take a row with nothing left to tell DIMO out of the queue, once its message shows how it ended."""
    if is_waiting(row):
        return row
    keeps_reason = Delivery.REFUSED.value in {row.state, row.clear_state}
    return replace(
        row,
        tries=0,
        next_try_at=None if row.shown_chat_id is None else row.next_try_at,
        details=row.details if keeps_reason else replace(row.details, reason=None),
    )
