"""One message a query of error codes: shows how far it has come, and remembers what was shown."""

from dataclasses import dataclass, replace
from functools import partial

from bot.domain.code_history import CodesView
from bot.domain.ids import ChatId, MessageId, PersonId
from bot.domain.places import place_of
from bot.domain.roles import Ability, Access, may
from bot.service.access import authorizations
from bot.service.car_names import named
from bot.service.codes import state
from bot.service.codes.record import CodeRecord
from bot.service.codes.state import Key
from bot.service.declined import Declined
from bot.service.ports import Announcer, Clock, Reach, Shown, Spot
from storage import Car, Database, Tx
from storage import CodeQuery as CodeQueryRow
from storage.repositories import cars, code_queries, homes


@dataclass(kw_only=True, slots=True)
class CodeMessages:
    """Decides which message shows a query. What Telegram did not accept stays due, and is shown later."""

    db: Database
    clock: Clock
    record: CodeRecord
    announcer: Announcer

    async def show(self, key: Key, *, is_new: bool = False) -> None:
        """Show a query in its message, and again if it changed meanwhile, because Telegram may be slow.

        With `is_new`, a query that has no message gets one.
        """
        row = await self.record.get(key)
        while row is not None and (spot := _spot(row)) is not None and (spot.message is not None or is_new):
            became = await self._put(row, spot)
            before, now = row, self.clock.now()
            row = await self.record.change(key, partial(state.shown, before=before, became=became, now=now))
            if row is not None and state.progress(row) == state.progress(before):
                return

    async def shown(self, view: CodesView, spot: Spot) -> None:
        """Remember the message that shows a waiting query: its result is shown there, at once if it is known."""
        query = view.query
        if query is None or view.is_elsewhere or not query.is_waiting:
            return
        key = Key(view.home, view.car, query.id)
        before = await self.record.get(key)
        row = await self.record.change(key, partial(state.shown_in, spot=spot))
        if row is not None and before is not None:
            await self.leave(before, row)
            if state.progress(row) != query.progress:
                await self.show(key)

    async def unshown(self, view: CodesView) -> None:
        """Remember that no message shows a query: its message was changed to another view before we knew its id."""
        if view.query is not None:
            await self.record.change(Key(view.home, view.car, view.query.id), state.unshown)
            self.record.alarm.ring()  # it may have been due to be shown

    async def turned(self, chat: ChatId, message: MessageId, view: CodesView | None) -> None:
        """Remember that a message shows this query now, or none: results of others must not replace it."""
        but = view.query.id if view and view.query else None
        await self.db.run(lambda tx: code_queries.forget_message(tx, shown_chat_id=chat, message_id=message, but=but))

    async def leave(self, before: CodeQueryRow, row: CodeQueryRow) -> None:
        """Say in the message that showed a query until now that another message shows it: somebody may be waiting."""
        left = _spot(before)
        if left is not None and left.message is not None and left != _spot(row):
            await self._put(before, left, is_continued=True, is_elsewhere=row.shown_chat_id != before.shown_chat_id)

    async def _put(
        self, row: CodeQueryRow, spot: Spot, *, is_continued: bool = False, is_elsewhere: bool = False
    ) -> Shown:
        seen = await self.db.read(lambda tx: self._seen_in(tx, row, spot.chat))
        try:
            view = seen and await self.record.view(*seen, state.key_of(row).id)
        except Declined:  # deleted meanwhile
            view = None
        if view is None:
            return Shown(Reach.NEVER, spot.message)
        return await self.announcer.show(spot, replace(view, is_continued=is_continued, is_elsewhere=is_elsewhere))

    def _seen_in(self, tx: Tx, row: CodeQueryRow, chat: ChatId) -> tuple[Car, Access] | None:
        """Return the car, and an access to it that somebody has in the chat: who cleared, who asked, or the owner."""
        home, car = homes.get(tx, row.chat_id), cars.get(tx, row.chat_id, row.car_id)
        if home is None or car is None:
            return None
        people = [PersonId(one) for one in (row.details.cleared_by_id, row.person_id, home.owner_id) if one]
        found = [one for person in people for one in authorizations(tx, person, chat) if one.home_id == row.chat_id]
        now = self.clock.now()
        car = named(tx, [car], chat, row.chat_id)[0]
        return next(((car, one.access) for one in found if may(one.access, Ability.READ_CODES, now=now)), None)


def _spot(row: CodeQueryRow) -> Spot | None:
    if row.shown_chat_id is None:
        return None
    place = place_of(row.shown_chat_id, row.thread_id, row.person_id or 0, row.chat_id)
    return Spot(place.chat, None if row.message_id is None else MessageId(row.message_id), place)
