"""The rows of the code record, and every change to them: asked, sent, explained, cleared, merged, shown."""

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
from storage import Car, CodeEntry, CodeQueryDetails
from storage import CodeQuery as CodeQueryRow

LEASE = timedelta(minutes=4)
"""How long other processes leave a row alone: longer than an attempt can take, with everything it waits for."""

_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 30, 120, 360, 1440, 1440, 1440, 1440, 1440))
"""The pauses between the attempts; after the last one a person decides."""


@dataclass(frozen=True, slots=True)
class Key:
    """The primary key of a row."""

    home: ChatId
    car: CarId
    id: CodeQueryId


def key_of(row: CodeQueryRow) -> Key:
    """Return the primary key of a row."""
    return Key(ChatId(row.chat_id), CarId(row.car_id), CodeQueryId(row.id))


def is_waiting(row: CodeQueryRow) -> bool:
    """Return whether the codes or their clearing have yet to reach DIMO."""
    return Delivery.WAITING in {row.state, row.clear_state}


def progress(row: CodeQueryRow) -> tuple[str, str | None, str | None]:
    """Return how far the codes and their clearing have come on their way to DIMO, as `CodeQuery.progress` does."""
    return row.state, row.clear_state, row.details.reason


def draft_of(car: Car, codes: Sequence[str], *, source: Source, now: datetime) -> CodeQueryRow:
    """Make a draft: the row of codes that are offered to people and not sent yet."""
    return CodeQueryRow(
        chat_id=car.chat_id,
        car_id=car.car_id,
        id=f"{int(now.timestamp() * 1000):x}{secrets.token_hex(4)}",
        state=Delivery.DRAFT,
        asked_at=now,
        details=CodeQueryDetails(entries=tuple(map(CodeEntry, codes)), source=source),
    )


def imported(home: ChatId, car: CarId, theirs: ErrorCodeQuery, *, number: int) -> CodeQueryRow:
    """Make the row of a query that somebody made without the bot; the same query always gets the same id.

    `number` distinguishes queries of the same time.
    """
    return CodeQueryRow(
        chat_id=home,
        car_id=car,
        id=f"d{int(theirs.requested_at.timestamp() * 1_000_000):x}" + (f"n{number}" if number else ""),
        state=Delivery.DELIVERED,
        asked_at=theirs.requested_at,
        dimo_at=theirs.requested_at,
        cleared_at=theirs.cleared_at,
        details=CodeQueryDetails(
            entries=tuple(CodeEntry(one.code, one.description) for one in theirs.codes), source=Source.DIMO
        ),
    )


def sent(draft: CodeQueryRow, *, by: Person, chat: ChatId, now: datetime) -> CodeQueryRow:
    """Ask DIMO about offered codes for a person; the answer is to be shown in this chat."""
    details = replace(draft.details, person_name=by.name)
    row = replace(draft, state=Delivery.WAITING, person_id=by.id, asked_at=now, shown_chat_id=chat, details=details)
    return begun(row, now=now)


def cleared(row: CodeQueryRow, *, by: Person, now: datetime) -> CodeQueryRow:
    """Mark codes as cleared by a person; the clearing is sent to DIMO, unless DIMO did not take the codes."""
    row = replace(row, cleared_at=now, details=replace(row.details, cleared_by=by.name, cleared_by_id=by.id))
    if row.state == Delivery.REFUSED:
        return replace(row, clear_state=Delivery.DELIVERED)
    return begun(replace(row, clear_state=Delivery.WAITING), now=now)


def begun(row: CodeQueryRow, *, now: datetime) -> CodeQueryRow:
    """Begin an attempt to reach DIMO, or to show a result: no other process begins one until the lease ends."""
    row = replace(row, tries=row.tries + 1, next_try_at=now + LEASE)
    return _because(None, row) if is_waiting(row) else row


def due(row: CodeQueryRow, *, now: datetime) -> CodeQueryRow | None:
    """Begin an attempt that is due; None if it is not, for example because another process has begun it."""
    return begun(row, now=now) if row.next_try_at is not None and row.next_try_at <= now else None


def leased(row: CodeQueryRow, *, until: datetime | None, now: datetime) -> CodeQueryRow | None:
    """Renew the lease that ends at `until` before the request is sent; None if another process has taken it."""
    return replace(row, next_try_at=now + LEASE) if row.next_try_at == until else due(row, now=now)


def leaving(row: CodeQueryRow, *, now: datetime) -> CodeQueryRow:
    """Store when the codes were sent, to find them in DIMO's history."""
    return replace(row, details=replace(row.details, sent_at=now))


def hurried(row: CodeQueryRow, *, now: datetime) -> CodeQueryRow:
    """Make the next attempt due now, if the row waits for one."""
    return _because(None, replace(row, next_try_at=now)) if is_waiting(row) and row.details.reason else row


def failed(row: CodeQueryRow, *, reason: Reason, now: datetime) -> CodeQueryRow:
    """End an attempt that did not reach DIMO; the pause before the next one is longer each time."""
    return _because(reason, replace(row, next_try_at=_next_try(row, now)))


def refused(row: CodeQueryRow) -> CodeQueryRow:
    """Store that DIMO refused the codes; a waiting clearing then counts as done, as DIMO has nothing to clear."""
    clear_state = Delivery.DELIVERED if row.clear_state == Delivery.WAITING else row.clear_state
    return _rested(_because(Reason.CODES_NOT_TAKEN, replace(row, state=Delivery.REFUSED, clear_state=clear_state)))


def explained(row: CodeQueryRow, *, answer: Sequence[ErrorCode]) -> CodeQueryRow:
    """Store DIMO's explanations; DIMO has the codes now."""
    return _rested(_explained(replace(row, state=Delivery.DELIVERED), answer))


def clearing_ended(row: CodeQueryRow, *, how: Delivery, reason: Reason | None) -> CodeQueryRow:
    """Store the result of sending a clearing to DIMO."""
    return _rested(_because(reason, replace(row, clear_state=how)))


def merged(row: CodeQueryRow, theirs: ErrorCodeQuery) -> CodeQueryRow:
    """Merge the same query of DIMO's history into a row; if somebody waits for it, it is due to be shown."""
    is_cleared = row.clear_state == Delivery.WAITING and theirs.cleared_at is not None
    return _rested(
        replace(
            _explained(row, theirs.codes),
            state=Delivery.DELIVERED,
            dimo_at=theirs.requested_at,
            next_try_at=row.asked_at if row.state == Delivery.WAITING else row.next_try_at,
            cleared_at=row.cleared_at or theirs.cleared_at,
            clear_state=Delivery.DELIVERED if is_cleared else row.clear_state,
        )
    )


def _next_try(row: CodeQueryRow, now: datetime) -> datetime | None:
    tries = max(row.tries, 1)
    return now + _PAUSES[tries - 1] if tries <= len(_PAUSES) else None


def _because(reason: Reason | None, row: CodeQueryRow) -> CodeQueryRow:
    return replace(row, details=replace(row.details, reason=reason))


def _rested(row: CodeQueryRow) -> CodeQueryRow:
    """Take a row out of the queue if there is nothing left to send and no message that should show the result."""
    if is_waiting(row):
        return row
    if Delivery.REFUSED not in {row.state, row.clear_state}:
        row = _because(None, row)
    return replace(row, tries=0, next_try_at=None if row.shown_chat_id is None else row.next_try_at)


def _explained(row: CodeQueryRow, answer: Sequence[ErrorCode]) -> CodeQueryRow:
    """Add explanations to the entries of a row; DIMO's language model may leave codes out, or rewrite them."""
    entries = row.details.entries
    said = {known_as(one.code): one.description for one in answer if one.description.strip()}
    if len(entries) == len(answer) == len(said) == 1 and isinstance(read_code(answer[0].code), BadWord):
        said = {known_as(entries[0].code): answer[0].description}
    entries = tuple(replace(entry, description=_description(entry, said)) for entry in entries)
    return replace(row, details=replace(row.details, entries=entries))


def _description(entry: CodeEntry, said: Mapping[str, str]) -> str | None:
    exact = said.get(known_as(entry.code))
    return exact or entry.description or said.get(base_of(entry.code), entry.description)


def shown_in(row: CodeQueryRow, *, spot: Spot) -> CodeQueryRow:
    """Remember the message that shows a row."""
    return replace(row, shown_chat_id=spot.chat, message_id=spot.message, thread_id=spot.place.thread)


def unshown(row: CodeQueryRow) -> CodeQueryRow:
    """Remember that the result is not shown anywhere, unless a message shows the row."""
    return row if row.message_id is not None else _rested(replace(row, shown_chat_id=None))


def shown(row: CodeQueryRow, *, before: CodeQueryRow, became: Shown, now: datetime) -> CodeQueryRow:
    """Store that a row was shown as it was `before`; a result that was shown is not due any more."""
    if (row.shown_chat_id, row.message_id) != (before.shown_chat_id, before.message_id):
        return row  # another message shows it by now
    row = replace(row, message_id=became.message, shown_chat_id=became.chat or row.shown_chat_id)
    if is_waiting(row) or row.next_try_at is None or progress(row) != progress(before):
        return row
    if became.reach is Reach.LATER:
        return replace(row, next_try_at=_next_try(row, now))
    return replace(row, tries=0, next_try_at=None)


def query_of(row: CodeQueryRow, earlier: Mapping[str, str]) -> CodeQuery:
    """Read a row to show it; `earlier` has explanations of its codes from other queries."""
    said = row.details
    return CodeQuery(
        id=CodeQueryId(row.id),
        entries=tuple(_entry(entry, earlier.get(entry.code)) for entry in said.entries),
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


def _entry(entry: CodeEntry, earlier: str | None) -> Entry:
    if entry.description and entry.description.strip():
        return Entry(entry.code, entry.description)
    return Entry(entry.code, earlier, is_from_before=earlier is not None)
