"""Handle updates concurrently, and those of one person in one chat in their order.

PTB's BaseUpdateProcessor was tried: the same speed (100 taps and 2,000 in rushes), and no fewer lines, as it ends
neither what hangs at a stop nor the coroutines of updates that still wait.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import NamedTuple

from telegram import Update

from bot.domain.ids import ChatId
from bot.service.confirmation import decided
from bot.service.ports import Clock
from bot.telegram.ui.callback_data import BadTap, read
from bot.telegram.ui.taps import Confirm

Key = tuple[int, int]

_PATIENCE = 2.0
"""Seconds for which an update waits for the one before it. By then the earlier one may only wait for Telegram; a Lock
must not wait for that."""


class Handling(NamedTuple):
    """An update that is being handled."""

    task: asyncio.Task[None]
    decided: asyncio.Event
    """Set once what the update does is committed, or it is handled."""
    yes: asyncio.Event | None
    """Set once the last yes to a question, in this update or one before it, has been decided."""


class Dispatcher:
    """Handles updates concurrently; those of one person in one chat begin in their order.

    Nothing overtakes a yes to a question before that is decided: a Lock that is sent after an Unlock must also be stored
    after it. That takes no longer than Telegram may take for the answer to the tap.
    """

    def __init__(
        self,
        process: Callable[[Update], Awaitable[None]],
        *,
        clock: Clock,
        held: Callable[[ChatId], Coroutine[object, object, None]],
    ) -> None:
        """Make a dispatcher; `held` waits until Telegram's flood limit stops a chat."""
        self._process = process
        self._held = held
        self._clock = clock
        self._last: dict[Key, Handling] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def accept(self, update: Update) -> Handling:
        """Handle an update after the earlier ones of the same person in the same chat."""
        person, chat = update.effective_user, update.effective_chat
        key = (person.id if person else 0, chat.id if chat else 0)
        before, this = self._last.get(key), asyncio.Event()
        task = asyncio.create_task(self._run(update, key, before, this), name="an update")
        handling = self._last[key] = Handling(task, this, this if _says_yes(update) else before and before.yes)
        self._tasks.add(task)
        task.add_done_callback(lambda ended: self._ended(key, ended))
        return handling

    async def _run(self, update: Update, key: Key, before: Handling | None, this: asyncio.Event) -> None:
        """Handle an update in its turn; `this` is set once it is decided what the update does."""
        if before is not None:
            await asyncio.gather(self._be_patient(before.task, ChatId(key[1])), _until(before.yes))
        decided.set(this.set)
        try:
            await self._process(update)
        finally:
            this.set()

    async def _be_patient(self, before: asyncio.Task[None], chat: ChatId) -> None:
        """Wait for an update for a while; while its chat has a flood limit, nothing waits for what is shown there."""
        patience = asyncio.create_task(self._sleep(), name="patience")
        held = asyncio.ensure_future(self._held(chat))
        try:
            await asyncio.wait({before, patience, held}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            patience.cancel()
            held.cancel()

    async def _sleep(self) -> None:
        await self._clock.sleep(_PATIENCE)

    def _ended(self, key: Key, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if key in self._last and self._last[key].task is task:
            del self._last[key]

    async def finish(self, seconds: float) -> None:
        """Wait for the updates that are being handled, and cancel them after this many seconds."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)
        for task in list(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def _says_yes(update: Update) -> bool:
    query = update.callback_query
    try:
        return query is not None and isinstance(read(query.data or ""), Confirm)
    except BadTap:
        return False


async def _until(event: asyncio.Event | None) -> None:
    if event is not None:
        await event.wait()
