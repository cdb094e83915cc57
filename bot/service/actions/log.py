"""The log: who did what with a car, and whose access changed, for people who may see it."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from itertools import islice
from typing import BinaryIO, TypeAlias

from bot.domain.actions import Action
from bot.domain.ids import PersonId
from bot.domain.log import ANYBODY, AccessChange, AccessLine, AnyLine, LogFilter, LogLine, LookLine
from bot.domain.outcomes import State
from bot.domain.refusals import Reason
from bot.domain.roles import Ability, Role, may
from bot.service.access import authorizations, authorize
from bot.service.actions.messages import action_of
from bot.service.declined import Declined
from bot.service.ports import Ask, Clock
from bot.service.preferences import preferences_of
from storage import AccessChange as AccessChangeRow
from storage import ActionRow, Database, Home, LocationLook, Tx
from storage.repositories import access_changes, journal_pages, location_looks, members

PAGE = 10
"""Lines on a page."""

_CHUNK = 50


@dataclass(frozen=True, slots=True)
class LogPage:
    """One page of the log; 0 is the newest."""

    lines: tuple[AnyLine, ...]
    wanted: LogFilter
    person_name: str | None = field(repr=False)
    number: int
    has_older: bool


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file of all lines that match a filter, the newest first."""

    content: BinaryIO
    lines: int
    made_at: datetime
    zone: tzinfo


Write: TypeAlias = Callable[[Iterable[AnyLine], tzinfo], BinaryIO]
"""Writes lines to a file, with their times in this zone."""

_Row: TypeAlias = ActionRow | AccessChangeRow | LocationLook


@dataclass(frozen=True, slots=True)
class _Log:
    """The log of a home: all of it, or the person's own lines."""

    home: Home
    is_whole: bool


@dataclass(kw_only=True, slots=True)
class ActionLog:
    """Reads the log in private chats; every method raises Declined for a person who may see none of it.

    Owners see all lines of their home; members see their own lines of the homes that they belong to, and who looked
    where a car was, which may have been with them.
    """

    db: Database
    clock: Clock

    async def page(self, ask: Ask, wanted: LogFilter, number: int) -> LogPage:
        """Return a page, or the last one if there are fewer."""

        def find(tx: Tx) -> LogPage:
            found = self._logs(tx, ask)
            rows = list(islice(_rows(tx, ask, found, wanted), (number + 1) * PAGE + 1))
            last = max(min(number, (len(rows) - 1) // PAGE), 0)
            shown = rows[last * PAGE : (last + 1) * PAGE]
            return LogPage(
                lines=tuple(map(_line, shown)),
                wanted=wanted,
                person_name=None if wanted.person == ANYBODY else _people(tx, found).get(wanted.person),
                number=last,
                has_older=len(rows) > (last + 1) * PAGE,
            )

        return await self.db.read(find)

    async def file(self, ask: Ask, wanted: LogFilter, write: Write) -> LogFile:
        """Write every line that matches, one after the other: all of them are never in memory."""
        written = 0

        def lines(tx: Tx, found: list[_Log]) -> Iterator[AnyLine]:
            nonlocal written
            for written, row in enumerate(_rows(tx, ask, found, wanted), start=1):  # noqa: B007 - counted
                yield _line(row)

        def find(tx: Tx) -> LogFile:
            found = self._logs(tx, ask)
            zone = _zone(tx, found)
            content = write(lines(tx, found), zone)
            return LogFile(content, written, self.clock.now(), zone)

        return await self.db.read(find)

    async def people(self, ask: Ask) -> Mapping[PersonId, str]:
        """Return the names of the people whose lines the person may choose; empty if they see only their own."""
        return await self.db.read(lambda tx: _people(tx, self._logs(tx, ask)))

    def _logs(self, tx: Tx, ask: Ask) -> list[_Log]:
        """Return the homes whose log the person may see, their own home first; in a group everybody would read it."""
        if ask.chat != int(ask.person.id):
            raise Declined(Reason.PRIVATE_CHAT_ONLY)
        now = self.clock.now()
        authorize(tx, ask, Ability.READ_LOG, now=now)
        return [
            _Log(one.home, is_whole=may(one.access, Ability.READ_LOG_OF_OTHERS, now=now))
            for one in authorizations(tx, ask.person.id, ask.chat)
            if may(one.access, Ability.READ_LOG, now=now)
        ]


def _zone(tx: Tx, found: list[_Log]) -> tzinfo:
    """Return the time zone of the first home."""
    return preferences_of(tx, found[0].home.chat_id).zone


def _rows(tx: Tx, ask: Ask, found: list[_Log], wanted: LogFilter) -> Iterator[_Row]:
    """Yield the matching rows, newest first; those about people's access belong to no action."""
    whole = [one.home.chat_id for one in found if one.is_whole]
    own = [one.home.chat_id for one in found if not one.is_whole]
    parts = [(whole, None if wanted.person == ANYBODY else wanted.person)]
    if wanted.person in (ANYBODY, ask.person.id):
        parts.append((own, ask.person.id))
    rows: list[Iterable[_Row]] = [_part(tx, *part, wanted.action) for part in parts]
    if wanted.action is None:
        rows += [access_changes.of_homes(tx, homes, person_id=person) for homes, person in parts]
        rows += [_looks(tx, ask, one, wanted.person) for one in found]
    return heapq.merge(*rows, key=lambda row: (_moment(row), row.id), reverse=True)


def _looks(tx: Tx, ask: Ask, log: _Log, person: PersonId) -> list[LocationLook]:
    """Return who looked where a home's cars were; to a member, since they may use the cars."""
    home, by = log.home.chat_id, None if person == ANYBODY else int(person)
    if log.is_whole:
        return location_looks.of_home(tx, home, person_id=by)
    member = members.get(tx, home, int(ask.person.id))
    return [] if member is None else location_looks.of_home(tx, home, person_id=by, since=member.added_at)


def _moment(row: _Row) -> datetime:
    return row.requested_at if isinstance(row, ActionRow) else row.at


def _part(tx: Tx, homes: list[int], person: PersonId | None, action: Action | None) -> Iterator[ActionRow]:
    before: tuple[datetime, str] | None = None
    while homes:
        rows = journal_pages.page(tx, home_chat_ids=homes, person_id=person, action=action, before=before, limit=_CHUNK)
        yield from rows
        if len(rows) < _CHUNK:
            return
        before = rows[-1].requested_at, rows[-1].id


def _people(tx: Tx, found: list[_Log]) -> dict[PersonId, str]:
    """Return the name of everybody who has lines, or may have, in the homes whose whole log is seen."""
    return {person: name for one in found if one.is_whole for person, name in _people_of(tx, one.home).items()}


def _people_of(tx: Tx, home: Home) -> dict[PersonId, str]:
    """Return the names of the owner, the members, and former members by their last name."""
    named = {PersonId(home.owner_id): home.owner_name}
    named |= {PersonId(row.person_id): row.name for row in members.list_for(tx, home.chat_id)}
    for person in journal_pages.people(tx, home.chat_id):
        if person not in named:
            last = journal_pages.page(tx, home_chat_ids=[home.chat_id], person_id=person, limit=1)
            named |= {PersonId(person): row.details.person_name for row in last}
    return named


def _line(row: _Row) -> AnyLine:
    if isinstance(row, AccessChangeRow):
        role = None if row.role is None else Role(row.role)
        return AccessLine(row.at, row.name, AccessChange(row.kind), role, row.until)
    if isinstance(row, LocationLook):
        return LookLine(row.at, row.name, row.car_name)
    details = row.details
    return LogLine(
        at=row.requested_at,
        person_name=details.person_name,
        action=action_of(row),
        car_name=details.car_name,
        state=State(row.state),
        reason=Reason(details.reason) if details.reason else None,
        request_id=details.request_id,
        closes=row.details.closes,
    )
