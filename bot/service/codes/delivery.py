"""Sends codes and their clearing to DIMO: at once if DIMO answers, and otherwise later."""

import asyncio
import logging
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from bot.dimo.errors import CodesNotTaken, DimoError, NothingToClear
from bot.domain.code_history import Delivery
from bot.domain.ids import CarId, ChatId
from bot.domain.refusals import Reason
from bot.service.background import Background
from bot.service.codes import state
from bot.service.codes.dimo_gateway import CodesGateway
from bot.service.codes.messages import CodeMessages
from bot.service.codes.record import CodeRecord
from bot.service.codes.state import Key, key_of
from bot.service.declined import Declined
from bot.service.dimo_mapping import codes_reason_for
from bot.service.ports import Clock
from storage import CodeQuery as CodeQueryRow
from storage import Database
from storage.repositories import code_queries

_log = logging.getLogger(__name__)


@dataclass(kw_only=True, slots=True)
class CodeDelivery:
    """Sends queries to DIMO, one request at a time for each car; a query that does not arrive waits in the record."""

    db: Database
    clock: Clock
    gateway: CodesGateway
    record: CodeRecord
    messages: CodeMessages
    background: Background
    _under_way: Counter[Key] = field(init=False, default_factory=Counter)
    _turns: defaultdict[tuple[ChatId, CarId], asyncio.Lock] = field(
        init=False, default_factory=lambda: defaultdict(asyncio.Lock)
    )

    def begin(self, row: CodeQueryRow, *, is_left_over: bool = False) -> None:
        """Send in the background a query whose attempt has just begun, and show the result.

        A query that a dead process left gets a new message if it has none: nobody else is about to send it.
        """
        self._under_way[key_of(row)] += 1
        self.background.start(self._carry(row, is_left_over=is_left_over), name="bringing error codes to DIMO")

    async def keep_delivering(self) -> None:
        """Send again what did not reach DIMO, and what a dead process left, for as long as the bot runs."""
        while True:
            self.record.alarm.clear()
            await self.record.alarm.until(await self.begin_due())

    async def begin_due(self) -> datetime | None:
        """Begin every attempt that is due, unless another process has begun it; returns when the next one is due."""
        now = self.clock.now()
        for key in map(key_of, await self.db.read(partial(code_queries.due, now=now))):
            is_here = self._under_way[key] > 0
            if not is_here and (row := await self.record.change(key, partial(state.due, now=now))):
                self.begin(row, is_left_over=True)
        return await self.db.read(partial(code_queries.next_due, after=now))

    async def _carry(self, row: CodeQueryRow, *, is_left_over: bool) -> None:
        key = key_of(row)
        try:
            # One request for a car at a time, because DIMO clears the query that is newest when the request arrives.
            async with self._turns[key.home, key.car]:
                await self._bring(key, row.next_try_at)
            await self.messages.show(key, is_new=is_left_over)
        finally:
            self._under_way -= Counter([key])
            self.record.alarm.ring()

    async def _bring(self, key: Key, leased_until: datetime | None) -> None:
        """Send to DIMO the parts of a query that it does not have yet; any error counts as a failed attempt."""
        now = self.clock.now()
        row = await self.record.change(key, partial(state.leased, until=leased_until, now=now))
        try:
            if row is not None and row.state == Delivery.WAITING:
                row = await self._submit(key, row)
            if row is not None and row.state == Delivery.DELIVERED and row.clear_state == Delivery.WAITING:
                await self._clear(key)
        except (DimoError, Declined) as error:
            await self._fail(key, codes_reason_for(error))
        except Exception:  # noqa: BLE001 - the person must learn of any fault
            _log.exception("Error codes could not be sent to DIMO")
            await self._fail(key, Reason.FAILED_HERE)

    async def _fail(self, key: Key, reason: Reason) -> None:
        await self.record.change(key, partial(state.failed, reason=reason, now=self.clock.now()))

    async def _submit(self, key: Key, row: CodeQueryRow) -> CodeQueryRow | None:
        if row.tries > 1:
            # An earlier request may have arrived although its answer did not: DIMO's history shows it.
            await self.record.refresh(key.home, key.car)
            found = await self.record.get(key)
            if found is None or found.state != Delivery.WAITING:
                return found
        await self.record.change(key, partial(state.leaving, now=self.clock.now()))
        try:
            answer = await self.gateway.submit(key.home, key.car, [entry.code for entry in row.details.entries])
        except CodesNotTaken:
            return await self.record.change(key, state.refused)
        return await self.record.change(key, partial(state.explained, answer=answer))

    async def _clear(self, key: Key) -> None:
        """Have DIMO mark the query as cleared. DIMO marks its newest, so it must be this one."""
        history = await self.record.refresh(key.home, key.car)
        row = await self.record.get(key)
        if row is None or row.clear_state != Delivery.WAITING:
            return
        how, reason = Delivery.REFUSED, None
        if row.dimo_at is None:
            reason = Reason.CODES_NOT_AT_DIMO
        elif not history or history[0].requested_at != row.dimo_at:
            reason = Reason.NEWER_CODES_AT_DIMO
        else:
            how = Delivery.DELIVERED
            with suppress(NothingToClear):  # then the codes are cleared, as they should be
                await self.gateway.clear(key.home, key.car)
        await self.record.change(key, partial(state.clearing_ended, how=how, reason=reason))
