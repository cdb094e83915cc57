"""The bot's own record of a car's error codes, into which DIMO's history is merged."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.dimo.error_codes import ErrorCodeQuery
from bot.dimo.errors import DimoError
from bot.domain.code_history import CodesView, Delivery
from bot.domain.code_matching import Asked, found_in
from bot.domain.ids import CarId, ChatId, CodeQueryId
from bot.domain.refusals import Reason
from bot.domain.roles import Ability, Access, may
from bot.service.background import Alarm
from bot.service.codes import state
from bot.service.codes.dimo_gateway import CodesGateway
from bot.service.codes.state import Key
from bot.service.declined import Declined
from bot.service.dimo_mapping import codes_reason_for
from bot.service.ports import Clock
from bot.service.single_flight import SingleFlight
from storage import Car, Database, Tx
from storage import CodeQuery as CodeQueryRow
from storage.engine import locks
from storage.repositories import cars, code_queries

_MOST_MERGED = 200  # queries of DIMO's history, the newest first
_MOST_SEARCHED = 50  # queries that may have an earlier explanation of a code
_NEWEST_SEARCHED = 5  # queries that are searched for the newest that can be decrypted
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)  # Go writes an earlier time for a query that has none
_FRESH = timedelta(seconds=30)  # how long DIMO is not asked again for the history of a car


@dataclass(kw_only=True, slots=True)
class CodeRecord:
    """Keeps the queries about a car's codes; DIMO's history is merged into it whenever DIMO answers."""

    db: Database
    clock: Clock
    gateway: CodesGateway
    alarm: Alarm = field(init=False)
    _refreshed: defaultdict[ChatId, dict[CarId, datetime]] = field(
        init=False, default_factory=lambda: defaultdict(dict)
    )
    _refreshes: SingleFlight[list[ErrorCodeQuery]] = field(init=False, default_factory=SingleFlight)

    def __post_init__(self) -> None:
        self.alarm = Alarm(self.clock, name="bringing error codes later")

    def is_fresh(self, home: ChatId, car: CarId) -> bool:
        """Return whether DIMO's history was merged just now."""
        at = self._refreshed[home].get(car)
        return at is not None and at <= self.clock.now() < at + _FRESH

    async def refresh(self, home: ChatId, car: CarId) -> list[ErrorCodeQuery]:
        """Ask DIMO for its history, merge it into the record, and return it; raises DimoError and Declined."""
        history = await self.gateway.queries(home, car)
        known = [query for query in history[:_MOST_MERGED] if query.requested_at >= _FIRST]
        # Most often there is nothing new, and reading does not keep writers waiting.
        told = [Asked(one.requested_at, tuple(code.code for code in one.codes), one.requested_at) for one in known]
        if await self.db.read(lambda tx: _news(tx, home, car, known, told)):
            await self.db.run(lambda tx: _merge(tx, home, car, known, told))
        self._refreshed[home][car] = self.clock.now()
        self.alarm.ring()  # what was found is to be shown
        return history

    async def refresh_or_why(self, home: ChatId, car: CarId) -> Reason | None:
        """Refresh because a person looks, and try at once what waits for DIMO; returns why, if that is not possible."""
        try:
            await self._refreshes.fly((home, car), partial(self.refresh, home, car))
        except (DimoError, Declined) as error:
            return codes_reason_for(error)
        if await self.db.run(lambda tx: _hurry(tx, home, car, now=self.clock.now())):
            self.alarm.ring()
        return None

    def forget(self, home: ChatId) -> None:
        """Drop everything of a home from memory."""
        self.gateway.forget(home)
        self._refreshed.pop(home, None)

    async def get(self, key: Key) -> CodeQueryRow | None:
        """Return a row, or None if it is gone."""
        return await self.db.read(lambda tx: code_queries.get(tx, key.home, key.car, key.id))

    async def change(self, key: Key, change: Callable[[CodeQueryRow], CodeQueryRow | None]) -> CodeQueryRow | None:
        """Change a row in one transaction and return it; None if it is gone or `change` returns None."""

        def commit(tx: Tx) -> CodeQueryRow | None:
            row = code_queries.get_for_update(tx, key.home, key.car, key.id)
            changed = None if row is None else change(row)
            if changed is not None and changed != row:
                code_queries.put(tx, changed)
            return changed

        return await self.db.run(commit)

    async def view(
        self, car: Car, access: Access, query: CodeQueryId | None = None, *, chat: ChatId | None = None
    ) -> CodesView:
        """Return one query, or the newest, to be shown; raises Declined if it is gone.

        With `chat`, the view says whether another chat waits for the result: looking does not move it here.
        """
        now = self.clock.now()
        return await self.db.read(lambda tx: view_in(tx, car, access, query, now=now, chat=chat))


def view_in(
    tx: Tx, car: Car, access: Access, query: CodeQueryId | None, *, now: datetime, chat: ChatId | None = None
) -> CodesView:
    """Do the same in a transaction, without the end of the link."""
    row = newest_in(tx, car) if query is None else code_queries.get(tx, car.chat_id, car.car_id, query)
    if query is not None and (row is None or row.state == Delivery.DRAFT):
        raise Declined(Reason.CODES_GONE)
    view = CodesView(
        home=ChatId(car.chat_id),
        car=CarId(car.car_id),
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
        query=state.query_of(row, _earlier_explanations(tx, row)),
        older=None if older is None else CodeQueryId(older),
        newer=None if newer is None else CodeQueryId(newer),
        is_elsewhere=chat is not None and state.is_waiting(row) and row.shown_chat_id not in {None, chat},
    )


def newest_in(tx: Tx, car: Car) -> CodeQueryRow | None:
    """Return a car's newest query that can be decrypted: one that can't must not hide the whole history."""
    return next(iter(code_queries.list_for(tx, car.chat_id, car.car_id, limit=_NEWEST_SEARCHED)), None)


def _earlier_explanations(tx: Tx, row: CodeQueryRow) -> dict[str, str]:
    """Find the newest explanations that other queries of the car have for the row's unexplained codes."""
    missing = {entry.code for entry in row.details.entries if not entry.description}
    found: dict[str, str] = {}
    if missing:
        for other in code_queries.list_for(tx, row.chat_id, row.car_id, limit=_MOST_SEARCHED):
            for entry in other.details.entries:
                if entry.code in missing and entry.description:
                    found.setdefault(entry.code, entry.description)
    return found


def _merge(tx: Tx, home: ChatId, car: CarId, history: Sequence[ErrorCodeQuery], told: Sequence[Asked]) -> None:
    locks.hold(tx, f"codes:{home}:{car}")
    if cars.get(tx, home, car) is None:
        return  # the chat was unlinked while DIMO was asked: nothing is stored
    for write, row in _news(tx, home, car, history, told, for_update=True):
        write(tx, row)


def _news(
    tx: Tx,
    home: ChatId,
    car: CarId,
    history: Sequence[ErrorCodeQuery],
    told: Sequence[Asked],
    *,
    for_update: bool = False,
) -> list[tuple[Callable[[Tx, CodeQueryRow], object], CodeQueryRow]]:
    """Return the rows that DIMO's history changes or adds, each with the function that writes it.

    `told` is the same history as it is matched: its codes are read once, before anything is written.
    """
    listed = code_queries.list_for(tx, home, car, limit=2 * _MOST_MERGED, for_update=for_update)
    rows = {row.id: row for row in listed}
    at_once = Counter[datetime]()
    news: list[tuple[Callable[[Tx, CodeQueryRow], object], CodeQueryRow]] = []
    for query, match in zip(history, found_in(told, map(_asked, listed)), strict=True):
        if match is None:
            number = at_once[query.requested_at]
            news.append((code_queries.add_new, state.imported(home, car, query, number=number)))
            at_once[query.requested_at] += 1
        elif (row := state.merged(rows[match], query)) != rows[match]:
            news.append((code_queries.put, row))
    return news


def _asked(row: CodeQueryRow) -> Asked:
    codes = tuple(entry.code for entry in row.details.entries)
    return Asked(row.details.sent_at or row.asked_at, codes, row.dimo_at, CodeQueryId(row.id))


def _hurry(tx: Tx, home: ChatId, car: CarId, *, now: datetime) -> bool:
    """Make everything that waits for its next attempt due now; returns whether there is anything."""
    rows = code_queries.list_for(tx, home, car, limit=_MOST_SEARCHED, for_update=True)
    hurried = [changed for row in rows if (changed := state.hurried(row, now=now)) != row]
    for row in hurried:
        code_queries.put(tx, row)
    return bool(hurried)
