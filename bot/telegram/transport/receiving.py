"""Receiving updates: each is handled, or stored, before Telegram may forget it."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from telegram import Bot, Update
from telegram.error import TelegramError

from bot.domain.limits import is_too_old
from bot.service.background import Background
from bot.service.inbox import Inbox, Left, Received
from bot.service.ports import Clock
from bot.telegram.transport.dispatcher import Dispatcher, Handling

_log = logging.getLogger(__name__)

_PATIENCE = 0.05
"""Seconds; most updates are decided sooner, and need not be stored then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Hands updates to the dispatcher, and returns when Telegram may forget them."""

    bot: Bot
    dispatcher: Dispatcher
    inbox: Inbox
    background: Background
    clock: Clock
    settle: Callable[[], Awaitable[None]]
    """Makes sure of the time."""

    async def take(self, updates: Sequence[Update]) -> None:
        """Begin to handle updates; returns once each has been decided or is stored."""
        handled = {update.update_id: self.dispatcher.accept(update) for update in updates}
        try:
            async with asyncio.timeout(_PATIENCE):
                await _all_decided(handled.values())
        except TimeoutError:
            slow = [_received(one) for one in updates if not handled[one.update_id].decided.is_set()]
            await self._keep(slow, handled)

    async def _keep(self, slow: Sequence[Received], handled: Mapping[int, Handling]) -> None:
        """Store updates until they are handled; while the database is away, wait for them instead."""
        if not await self.inbox.keep(slow):
            await _all_decided(handled.values())
            return
        for one in slow:
            handled[one.number].task.add_done_callback(partial(self._over, number=one.number))

    async def knows_the_time(self) -> bool:
        """Return whether Telegram has just said what time it is; the machine may have been paused."""
        try:
            await self.bot.get_me()
        except TelegramError:
            return False
        await self.settle()
        return True

    async def take_again(self, waiting: Left) -> None:
        """Handle an update that a process which died had stored; a tap that is too old by now does nothing."""
        update, number = Update.de_json(json.loads(waiting.text), self.bot), waiting.number
        if update.callback_query and is_too_old(waiting.received_at, now=self.clock.now()):
            _log.warning("A tap from before the last stop is too old and does nothing")
            await self.inbox.done([number])
            return
        handling = self.dispatcher.accept(update)
        handling.task.add_done_callback(partial(self._over, number=number))

    def _over(self, task: asyncio.Task[None], *, number: int) -> None:
        """Forget an update that was handled; one that was cancelled by a stop is left to the next start."""
        if not task.cancelled():
            self.background.start(self.inbox.done([number]), name="emptying the inbox")


def _received(update: Update) -> Received:
    person = update.effective_user
    return Received(update.update_id, person.id if person else 0, update.to_json())


async def _all_decided(handled: Iterable[Handling]) -> None:
    for one in handled:
        await one.decided.wait()
