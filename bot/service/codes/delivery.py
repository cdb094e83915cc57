"""Brings what people entered and cleared to DIMO: now if DIMO answers, else when it does."""

import asyncio
import logging
from collections import defaultdict
from datetime import datetime
from functools import partial

from bot.dimo.errors import AlreadyCleared, DimoError, NothingToClear
from bot.domain.code_history import CodeQuery, CodesView, Delivery
from bot.domain.ids import CarId, ChatId
from bot.domain.refusals import Reason
from bot.service.background import Background
from bot.service.codes import state as rows
from bot.service.codes.dimo_gateway import CodesGateway, CodesRefused
from bot.service.codes.messages import CodeMessages
from bot.service.codes.record import CodeRecord
from bot.service.codes.state import Key, key_of
from bot.service.declined import Declined
from bot.service.dimo_mapping import codes_reason_for
from bot.service.ports import Clock, Spot
from storage import CodeQuery as CodeQueryRow
from storage import Database
from storage.repositories import code_queries

_log = logging.getLogger(__name__)

_WAITING = Delivery.WAITING.value
_DELIVERED = Delivery.DELIVERED.value


class CodeDelivery:
    """Carries queries to DIMO, each with one request at a time; what does not arrive waits in the record."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        at_dimo: CodesGateway,
        record: CodeRecord,
        showing: CodeMessages,
        background: Background,
    ) -> None:
        self._db = db
        self._clock = clock
        self._at_dimo = at_dimo
        self._record = record
        self._showing = showing
        self._background = background
        self._running: set[Key] = set()
        self._again: set[Key] = set()
        self._turns: defaultdict[tuple[ChatId, CarId], asyncio.Lock] = defaultdict(asyncio.Lock)

    def begin(self, key: Key, *, is_left_over: bool = False) -> None:
        """Carry a query whose try has just begun, in the background.

        One that was left over is shown in a new message if it has none: nobody else is about to show it.
        """
        if key in self._running:
            self._again.add(key)
            return
        self._running.add(key)
        work = self._carry(key, began=self._clock.now(), is_left_over=is_left_over)
        self._background.start(work, name="bringing error codes to DIMO")

    async def shown(self, view: CodesView, query: CodeQuery, spot: Spot) -> None:
        """Remember the message that shows a query, so that what comes of it is shown there; at once if it has come."""
        key = Key(view.home, view.car, query.id)
        before = await self._record.get(key)
        row = await self._record.change(key, partial(rows.shown_in, spot=spot))
        if row is not None and before is not None:
            await self._showing.leave(before, row)
        if row is not None and key not in self._running and not rows.query_of(row, {}).stands_as(query):
            await self._showing.show(key)

    def left(self, was: CodeQueryRow, now_is: CodeQueryRow) -> None:
        """Say in the background where a query is shown from now on, as another message took it over."""
        self._background.start(self._showing.leave(was, now_is), name="leaving a message about error codes")

    async def show(self, key: Key) -> None:
        """Show a query in its message, or in a new one if it has none."""
        await self._showing.show(key, anew=True)

    async def unshown(self, key: Key) -> None:
        """Remember that no message shows a query, nor should one, unless another one does."""
        await self._record.change(key, rows.unshown)
        self._record.alarm.ring()  # it may have been due to be shown

    async def keep_delivering(self) -> None:
        """Try again what did not reach DIMO, for as long as the bot runs; also what a dead process left."""
        while True:
            self._record.alarm.clear()
            now = self._clock.now()
            for row in await self._db.read(partial(code_queries.due, now=now)):
                await self._take(key_of(row))
            await self._record.alarm.until(await self._db.read(partial(code_queries.next_due, after=now)))

    async def _take(self, key: Key) -> None:
        """Begin what is due, unless another process has begun it."""
        now = self._clock.now()
        is_under_way = key in self._running or self._showing.is_showing(key)
        if not is_under_way and await self._record.change(key, partial(rows.due, now=now)):
            self.begin(key, is_left_over=True)

    async def _carry(self, key: Key, *, began: datetime, is_left_over: bool) -> None:
        try:
            # One request about a car at a time: DIMO clears whatever is newest when it hears of a clearing.
            async with self._turns[key.home, key.car]:
                await self._bring(key, began)
        finally:
            self._running.discard(key)
            self._record.alarm.ring()
        if key in self._again:
            self._again.discard(key)
            self.begin(key, is_left_over=is_left_over)
        await self._showing.show(key, anew=is_left_over)
        self._record.alarm.ring()

    async def _bring(self, key: Key, began: datetime) -> None:
        """Tell DIMO what it does not know of a query; whatever breaks here counts as a try that failed."""
        now = self._clock.now()
        row = await self._record.change(key, partial(rows.leased, began=began, now=now))
        try:
            if row is not None and row.state == _WAITING:
                row = await self._submit(key, row)
            if row is not None and row.state == _DELIVERED and row.clear_state == _WAITING:
                await self._clear(key)
        except Exception:  # noqa: BLE001 - whatever broke, the person must learn that it waits
            _log.exception("Error codes could not be brought to DIMO")
            await self._end_try(key, Reason.FAILED_HERE)

    async def _submit(self, key: Key, row: CodeQueryRow) -> CodeQueryRow | None:
        codes = [entry.code for entry in row.details.entries]
        try:
            if row.tries > 1:
                # An earlier request may have arrived although its answer did not: DIMO's history tells.
                await self._record.refresh(key.home, key.car)
                found = await self._record.get(key)
                if found is None or found.state != _WAITING:
                    return found
            now = self._clock.now()
            await self._record.change(key, lambda row: rows.leaving(row, now=now))
            answer = await self._at_dimo.submit(key.home, key.car, codes)
        except CodesRefused:
            return await self._record.change(key, lambda row: rows.refused(row, Reason.CODES_NOT_TAKEN))
        except (DimoError, Declined) as no:
            return await self._fail(key, no)
        return await self._record.change(key, lambda row: rows.explained(row, answer))

    async def _clear(self, key: Key) -> CodeQueryRow | None:
        """Have DIMO mark the query, which it does only for its newest: it must not mark one that nobody asked about."""
        try:
            history = await self._record.refresh(key.home, key.car)
            found = await self._record.get(key)
            if found is None or found.clear_state != _WAITING:
                return found
            if found.dimo_at is None:
                return await self._end_clearing(key, Delivery.REFUSED, Reason.CODES_NOT_AT_DIMO)
            if not history or history[0].requested_at != found.dimo_at:
                return await self._end_clearing(key, Delivery.REFUSED, Reason.NEWER_CODES_AT_DIMO)
            await self._at_dimo.clear(key.home, key.car)
        except (AlreadyCleared, NothingToClear):
            pass  # so it is what was wanted
        except (DimoError, Declined) as no:
            return await self._fail(key, no)
        return await self._end_clearing(key, Delivery.DELIVERED)

    async def _end_clearing(self, key: Key, how: Delivery, why: Reason | None = None) -> CodeQueryRow | None:
        return await self._record.change(key, lambda row: rows.clearing_ended(row, how, why))

    async def _fail(self, key: Key, no: DimoError | Declined) -> CodeQueryRow | None:
        return await self._end_try(key, no.reason if isinstance(no, Declined) else codes_reason_for(no))

    async def _end_try(self, key: Key, why: Reason) -> CodeQueryRow | None:
        now = self._clock.now()
        return await self._record.change(key, lambda row: rows.failed(row, why, now=now))
