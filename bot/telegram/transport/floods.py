"""Telegram's flood limits: they are kept, and where Telegram asks for more patience, a chat is left alone for as long."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import InitVar, dataclass, field
from datetime import datetime, timedelta
from typing import NewType

from telegram.error import RetryAfter

from bot.domain.ids import ChatId
from bot.service.background import within
from bot.service.ports import Clock
from bot.telegram.transport.errors import Crowded, seconds_to_wait
from bot.telegram.transport.limits import Limits
from bot.telegram.transport.pacing import Call, Pacing

Ticket = NewType("Ticket", tuple[bool, int])
"""The rank of a call: whether it can't wait, and its age. A greater number is newer."""

_MOST = 50
"""How many calls wait for one chat at most; the oldest is given up, so that a long wait does not fill the memory."""


@dataclass(slots=True)
class _Hold:
    """A chat that must be left alone, and the calls that wait for it, which are sent one by one, the newest first."""

    until: datetime
    waiting: set[Ticket] = field(default_factory=set)
    going: Ticket | None = None
    """The call that is under way."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def change(self) -> None:
        """Wake every waiting call, so that it checks again."""
        self.changed.set()
        self.changed = asyncio.Event()


@dataclass(slots=True)
class Floods:
    """Makes calls wait for Telegram's limits, and for the end of those that it has enforced."""

    clock: Clock
    limits: InitVar[Limits | None] = None
    pacing: Pacing = field(init=False)
    _holds: dict[ChatId, _Hold] = field(default_factory=dict, init=False)
    _began: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _numbers: Iterator[int] = field(default_factory=itertools.count, init=False)

    def __post_init__(self, limits: Limits | None) -> None:
        """Begin with chats that nothing was sent to; without limits only what Telegram refuses is waited for."""
        self.pacing = Pacing(self.clock, limits, self._waits_begin)

    def ticket(self, *, can_wait: bool = False) -> Ticket:
        """Return the rank of a new call, which it keeps when it is repeated."""
        return Ticket((not can_wait, next(self._numbers)))

    async def until_held(self, chat: ChatId) -> None:
        """Wait until something that is to be sent to a chat waits for a limit; returns at once if it does already."""
        while chat not in self._holds and not self.pacing.is_waiting(chat):
            await self._began.wait()

    def _waits_begin(self) -> None:
        self._began.set()
        self._began = asyncio.Event()

    def note(self, chat: ChatId, error: RetryAfter) -> None:
        """Send nothing to a chat for as long as Telegram says."""
        until = self.clock.now() + timedelta(seconds=seconds_to_wait(error))
        hold = self._holds.setdefault(chat, _Hold(until))
        hold.until = max(hold.until, until)
        self._waits_begin()

    @asynccontextmanager
    async def turn(self, chat: ChatId, ticket: Ticket, call: Call | None = None) -> AsyncIterator[None]:
        """Wait until a call to a chat may be sent; one that sends or edits nothing is None.

        Raises Crowded if it may not by the moment that it names, or if too many newer calls wait for the chat as well.
        """
        is_sent = False
        while not is_sent:
            hold = self._holds.get(chat)
            try:
                if hold is not None:
                    await self._wait(hold, ticket, call.until if call else None)
                async with self.pacing.turn(chat, call) if call else nullcontext():
                    # The chat may have to be left alone since the call began to wait for its turn.
                    is_sent = self._holds.get(chat) is hold
                    if is_sent:
                        yield
            except RetryAfter as error:
                self.note(chat, error)
                raise
            finally:
                if hold is not None:
                    self._leave(chat, hold, ticket)

    async def _wait(self, hold: _Hold, ticket: Ticket, until: datetime | None) -> None:
        hold.waiting.add(ticket)
        hold.change()
        while True:
            left = (hold.until - self.clock.now()).total_seconds()
            if (until is not None and hold.until > until) or (
                len(hold.waiting) > _MOST and ticket == min(hold.waiting)
            ):
                raise Crowded
            is_next = hold.going is None and ticket == max(hold.waiting)
            if is_next and left <= 0:
                hold.going = ticket
                return
            changed = hold.changed.wait()
            if is_next:
                await within(self.clock, left, changed)
            else:
                await changed

    def _leave(self, chat: ChatId, hold: _Hold, ticket: Ticket) -> None:
        """Release the next call; forget the hold after the last one."""
        if hold.going == ticket:
            hold.going = None
        hold.waiting.discard(ticket)
        hold.change()
        if not hold.waiting and hold.until <= self.clock.now() and self._holds.get(chat) is hold:
            del self._holds[chat]
