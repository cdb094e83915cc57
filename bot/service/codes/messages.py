"""One message a query of error codes: shows where it stands, and remembers that it was shown."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot.domain.code_history import CodesView
from bot.domain.ids import ChatId, MessageId, PersonId
from bot.domain.roles import Ability, Access, may
from bot.service.access import authorizations
from bot.service.codes import state as rows
from bot.service.codes.record import CodeRecord
from bot.service.codes.state import Key, key_of
from bot.service.declined import Declined
from bot.service.ports import Announcer, Clock, Reach, Shown, Spot
from storage import Car, Database, Tx
from storage import CodeQuery as CodeQueryRow
from storage.repositories import cars, homes

_MOST_TIMES = 5
"""How often something is shown that moves on while it is shown."""


class CodeMessages:
    """Shows queries in their messages. What Telegram did not take stays due, and is shown later."""

    def __init__(self, *, db: Database, clock: Clock, record: CodeRecord, announcer: Announcer) -> None:
        self._db = db
        self._clock = clock
        self._record = record
        self._announcer = announcer
        self._under_way = Counter[Key]()

    def is_showing(self, key: Key) -> bool:
        """Tell whether a query is being shown at this moment, for which Telegram may keep us waiting."""
        return key in self._under_way

    async def show(self, key: Key, *, anew: bool = False) -> None:
        """Show a query as it stands in its message; `anew`, in a new one where it has none.

        Again if it has moved on meanwhile: Telegram may have kept us waiting, and shows what was true before.
        """
        self._under_way[key] += 1
        try:
            await self._show(key, anew=anew)
        finally:
            self._under_way -= Counter([key])

    async def _show(self, key: Key, *, anew: bool) -> None:
        row = await self._record.get(key)
        for _ in range(_MOST_TIMES):
            spot = None if row is None else _spot(row)
            if row is None or spot is None or (spot.message is None and not anew):
                return
            became = await self._put(row, spot)
            note = partial(rows.shown, was=row, became=became, now=self._clock.now())
            was, row = row, await self._record.change(key, note)
            if row is not None and rows.stands_as(row, was):
                return

    async def leave(self, was: CodeQueryRow, now_is: CodeQueryRow) -> None:
        """Say in the message that showed a query so far that another one does from now on, or nobody would wait there."""
        left = _spot(was)
        if left is None or left.message is None or left == _spot(now_is):
            return
        is_elsewhere = now_is.shown_chat_id != was.shown_chat_id
        await self._put(was, left, lambda view: replace(view, is_continued=True, is_elsewhere=is_elsewhere))

    async def _put(
        self, row: CodeQueryRow, spot: Spot, change: Callable[[CodesView], CodesView] = lambda view: view
    ) -> Shown:
        key = key_of(row)
        now = self._clock.now()
        place = await self._db.read(lambda tx: _place(tx, row, spot.chat, now))
        if place is None:
            return Shown(Reach.NEVER, spot.message)
        try:
            view = await self._record.view(key.home, *place, key.id)
        except Declined:  # deleted meanwhile
            return Shown(Reach.NEVER, spot.message)
        return await self._announcer.codes(spot, change(view))


def _spot(row: CodeQueryRow) -> Spot | None:
    if row.shown_chat_id is None:
        return None
    return Spot(ChatId(row.shown_chat_id), None if row.message_id is None else MessageId(row.message_id))


def _place(tx: Tx, row: CodeQueryRow, chat: ChatId, now: datetime) -> tuple[Car, Access] | None:
    """Find with whose access the chat looks at the query: that of who cleared it, who asked, or the owner."""
    home, car = homes.get(tx, row.chat_id), cars.get(tx, row.chat_id, row.car_id)
    if home is None or car is None:
        return None
    people = [PersonId(one) for one in (row.details.cleared_by_id, row.person_id, home.owner_id) if one]
    found = [one for person in people for one in authorizations(tx, person, chat)]
    here = [one.access for one in found if one.home.chat_id == row.chat_id]
    access = next((one for one in here if may(one, Ability.READ_CODES, now=now)), None)
    return None if access is None else (car, access)
