"""The bot's own record of a car's error codes, and how DIMO's history comes into it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.dimo.error_codes import ErrorCodeQuery
from bot.dimo.errors import DimoError
from bot.domain.code_history import CodesView, Delivery
from bot.domain.code_matching import Kept, Told, found_in
from bot.domain.ids import CarId, ChatId, CodeQueryId
from bot.domain.refusals import Reason
from bot.domain.roles import Ability, Access, may
from bot.service.account.expiry import Expiry
from bot.service.alarm import Alarm
from bot.service.codes.dimo_gateway import CodesGateway
from bot.service.codes.state import Key, hurried, imported, is_waiting, joined, query_of
from bot.service.declined import Declined
from bot.service.dimo_mapping import codes_reason_for
from bot.service.ports import Clock
from bot.service.single_flight import SingleFlight
from storage import Car, Database, Tx
from storage import CodeQuery as CodeQueryRow
from storage.engine import locks
from storage.repositories import cars, code_queries

_MOST_JOINED = 200
"""How much of DIMO's history is taken over, the newest first."""

_MOST_SEARCHED = 50
"""How many queries are searched for an earlier explanation of a code."""

_NEWEST_SEARCHED = 5
"""How many queries are looked at for the newest that opens."""

_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
"""A query from before is one without a time, as Go writes it."""

_FRESH = timedelta(seconds=30)
"""How long DIMO is not asked again for the history of a car."""


class CodeRecord:
    """Keeps what was asked about a car's codes; DIMO's history is joined into it whenever DIMO answers."""

    def __init__(self, *, db: Database, clock: Clock, at_dimo: CodesGateway, ends: Expiry) -> None:
        self._db = db
        self._clock = clock
        self._at_dimo = at_dimo
        self._ends = ends
        self.alarm = Alarm(clock, name="bringing error codes later", is_shared=True)
        self._refreshed: dict[tuple[ChatId, CarId], datetime] = {}
        self._refreshes: SingleFlight[list[ErrorCodeQuery]] = SingleFlight()

    def is_fresh(self, home: ChatId, car: CarId) -> bool:
        """Tell whether DIMO's history was joined just now."""
        at = self._refreshed.get((home, car))
        return at is not None and at <= self._clock.now() < at + _FRESH

    async def refresh(self, home: ChatId, car: CarId) -> list[ErrorCodeQuery]:
        """Join DIMO's history into the record and return it as it is from now on; raises DimoError and Declined.

        What somebody else asked DIMO a moment ago may lack what has reached it since.
        """
        return await self._refresh(home, car)

    async def refresh_or_why(self, home: ChatId, car: CarId) -> Reason | None:
        """Do the same because a person looks, or say why it can't be done; what waits for DIMO is tried at once then."""
        try:
            await self._refreshes.fly((home, car), partial(self._refresh, home, car))
        except DimoError as error:
            return codes_reason_for(error)
        except Declined as no:
            return no.reason
        if await self._db.run(lambda tx: _hurry(tx, home, car, now=self._clock.now())):
            self.alarm.ring()
        return None

    def forget(self, home: ChatId) -> None:
        """Ask DIMO anew about the cars of a chat that has changed."""
        self._at_dimo.forget(home)
        for key in [key for key in self._refreshed if key[0] == home]:
            del self._refreshed[key]

    async def get(self, key: Key) -> CodeQueryRow | None:
        """Return a row as it stands."""
        return await self._db.read(lambda tx: code_queries.get(tx, key.home, key.car, key.id))

    async def change(self, key: Key, change: Callable[[CodeQueryRow], CodeQueryRow | None]) -> CodeQueryRow | None:
        """Change a row as it stands at that moment; None if it is gone or `change` gives None."""

        def commit(tx: Tx) -> CodeQueryRow | None:
            row = code_queries.get_for_update(tx, key.home, key.car, key.id)
            changed = None if row is None else change(row)
            if changed is not None and changed != row:
                code_queries.put(tx, changed)
            return changed

        return await self._db.run(commit)

    async def view(
        self,
        home: ChatId,
        car: Car,
        access: Access,
        query: CodeQueryId | None = None,
        *,
        looked_at_in: ChatId | None = None,
    ) -> CodesView:
        """Show one query, the newest if none is named; raises Declined if it is gone.

        Whoever only looks at it in some chat does not take it out of the chat where it was asked.
        """
        now = self._clock.now()

        def read(tx: Tx) -> CodesView:
            return view_in(tx, home, car, access, query, now=now, looked_at_in=looked_at_in)

        view = await self._db.read(read)
        ended = await self._ends.ended(home, view.car)
        return replace(view, ended=ended)

    async def _refresh(self, home: ChatId, car: CarId) -> list[ErrorCodeQuery]:
        history = await self._at_dimo.queries(home, car)
        known = [query for query in history[:_MOST_JOINED] if query.requested_at >= _FIRST]
        # Most often there is nothing new, and what is read here does not stand in the writers' way.
        if await self._db.read(lambda tx: _joins(tx, home, car, known)):
            await self._db.run(lambda tx: _join(tx, home, car, known))
        self._refreshed[home, car] = self._clock.now()
        self.alarm.ring()  # what was found is to be shown
        return history


def view_in(
    tx: Tx,
    home: ChatId,
    car: Car,
    access: Access,
    query: CodeQueryId | None,
    *,
    now: datetime,
    looked_at_in: ChatId | None = None,
) -> CodesView:
    """Read one query for showing it, the newest if none is named; raises Declined if it is gone."""
    car_id = CarId(car.car_id)
    row = _row(tx, home, car_id, query)
    view = CodesView(
        home=home,
        car=car_id,
        car_name=car.details.name,
        query=None,
        may_write=may(access, Ability.WRITE_CODES, now=now),
        may_watch=may(access, Ability.WATCH_CODES, now=now),
    )
    if row is None:
        return view
    older, newer = code_queries.neighbours(tx, row)
    return replace(
        view,
        query=query_of(row, _earlier(tx, row)),
        older=None if older is None else CodeQueryId(older),
        newer=None if newer is None else CodeQueryId(newer),
        is_elsewhere=looked_at_in is not None and is_waiting(row) and row.shown_chat_id not in {None, looked_at_in},
    )


def newest_in(tx: Tx, home: ChatId, car: CarId) -> CodeQueryRow | None:
    """Return a car's newest query that opens: one that does not must not take the whole history away."""
    return next(iter(code_queries.list_for(tx, home, car, limit=_NEWEST_SEARCHED)), None)


def _row(tx: Tx, home: ChatId, car: CarId, query: CodeQueryId | None) -> CodeQueryRow | None:
    if query is None:
        return newest_in(tx, home, car)
    row = code_queries.get(tx, home, car, query)
    if row is None or row.state == Delivery.DRAFT.value:
        raise Declined(Reason.CODES_GONE)
    return row


def _earlier(tx: Tx, row: CodeQueryRow) -> dict[str, str]:
    """Find explanations of the row's unexplained codes in other queries of the car, the newest for each."""
    missing = {entry.code for entry in row.details.entries if not entry.description}
    found: dict[str, str] = {}
    if not missing:
        return found
    for other in code_queries.list_for(tx, row.chat_id, row.car_id, limit=_MOST_SEARCHED):
        for entry in other.details.entries:
            if entry.code in missing and entry.description:
                found.setdefault(entry.code, entry.description)
    return found


def _matched(
    rows: Sequence[CodeQueryRow], history: Sequence[ErrorCodeQuery]
) -> list[tuple[ErrorCodeQuery, CodeQueryId | None]]:
    told = [Told(query.requested_at, tuple(one.code for one in query.codes)) for query in history]
    return list(zip(history, found_in(told, [_kept(row) for row in rows]), strict=True))


def _joins(tx: Tx, home: ChatId, car: CarId, history: Sequence[ErrorCodeQuery]) -> bool:
    """Tell whether DIMO's history holds anything that the record does not."""
    rows = code_queries.list_for(tx, home, car, limit=2 * _MOST_JOINED)
    by_id = {row.id: row for row in rows}
    return any(ours is None or joined(by_id[ours], query) != by_id[ours] for query, ours in _matched(rows, history))


def _join(tx: Tx, home: ChatId, car: CarId, history: Sequence[ErrorCodeQuery]) -> None:
    locks.hold(tx, f"codes:{home}:{car}")
    if cars.get(tx, home, car) is None:
        return  # the chat was unlinked while DIMO was asked: nothing of it is kept
    rows = code_queries.list_for(tx, home, car, limit=2 * _MOST_JOINED)
    at_once = Counter[datetime]()
    for query, ours in _matched(rows, history):
        row = None if ours is None else code_queries.get_for_update(tx, home, car, ours)
        if row is None:
            number = at_once[query.requested_at]
            at_once[query.requested_at] += 1
            code_queries.add_new(tx, imported(home, car, query, number=number))
        elif (changed := joined(row, query)) != row:
            code_queries.put(tx, changed)


def _hurry(tx: Tx, home: ChatId, car: CarId, *, now: datetime) -> bool:
    """Let what is held up be tried now; True if there is anything."""
    locks.hold(tx, f"codes:{home}:{car}")
    is_any = False
    for listed in code_queries.list_for(tx, home, car, limit=_MOST_SEARCHED):
        row = code_queries.get_for_update(tx, home, car, listed.id) if is_waiting(listed) else None
        if row is not None and (changed := hurried(row, now=now)) != row:
            code_queries.put(tx, changed)
            is_any = True
    return is_any


def _kept(row: CodeQueryRow) -> Kept:
    codes = tuple(entry.code for entry in row.details.entries)
    return Kept(CodeQueryId(row.id), codes, row.details.sent_at or row.asked_at, row.dimo_at)
