"""Calls that send or edit messages wait here for Telegram's limits; what can't wait overtakes what can.

python-telegram-bot's AIORateLimiter was considered: it sends in the order of asking, so that an outcome stands behind
every note before it; an edit that a newer one has overtaken takes its turn all the same; and after one refusal it stops
every chat.
"""

import asyncio
import itertools
from bisect import insort
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.ids import ChatId
from bot.service.ports import Clock
from bot.telegram.transport.errors import Crowded
from bot.telegram.transport.limits import Limits, Usage

_A_LITTLE = 0.001
_MOST = 50
"""How many calls wait for one chat at most, so that a long wait does not fill the memory."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that is to be sent."""

    can_wait: bool = False
    """Whether answers and outcomes overtake it."""
    until: datetime | None = None
    """When it is given up, if it has not been sent."""
    is_overtaken: Callable[[], bool] = _never
    """Returns whether it need not be sent any more."""


@dataclass(slots=True, eq=False)
class _Waiting:
    chat: ChatId
    call: Call
    number: int
    turn: asyncio.Future[bool]
    """Whether the call counts, once its turn has come."""


@dataclass(slots=True)
class Pacing:
    """Lets calls begin as Telegram's limits allow; without limits all of them at once."""

    clock: Clock
    limits: Limits | None
    began: Callable[[], None]
    """Called when calls to a chat begin to wait."""
    _usage: Usage = field(init=False)
    _waiting: list[_Waiting] = field(default_factory=list, init=False)
    """In the order in which they go."""
    _in_chat: Counter[ChatId] = field(default_factory=Counter, init=False)
    _timer: asyncio.Task[None] | None = field(default=None, init=False)
    _numbers: Iterator[int] = field(default_factory=itertools.count, init=False)

    def __post_init__(self) -> None:
        """Begin with nothing sent."""
        self._usage = Usage(self.limits or Limits())

    def use(self, part: float) -> None:
        """Use this part of the limits from now on."""
        if self.limits is not None:
            self._usage.limits = self.limits.share(part)
            self._look()

    def is_waiting(self, chat: ChatId) -> bool:
        """Return whether a call to a chat waits."""
        return chat in self._in_chat

    @asynccontextmanager
    async def turn(self, chat: ChatId, call: Call) -> AsyncIterator[None]:
        """Wait until a call may be sent; raises Crowded if it may not in time, or if too many wait for the chat."""
        if self.limits is None or not await self._begin(chat, call):
            yield
            return
        try:
            yield
        finally:
            self._end(chat)

    async def _begin(self, chat: ChatId, call: Call) -> bool:
        """Wait for the turn of a call; returns whether it counts."""
        one = _Waiting(chat, call, next(self._numbers), asyncio.get_running_loop().create_future())
        insort(self._waiting, one, key=_rank)
        self._look()
        if one.turn.done():
            return one.turn.result()
        self._in_chat[chat] += 1
        try:
            if self._in_chat[chat] == 1:
                self.began()
            elif self._in_chat[chat] > _MOST:
                self._give_up_oldest(chat)
            return await one.turn
        except asyncio.CancelledError:
            self._abandon(one)
            raise
        finally:
            self._in_chat[chat] -= 1
            if not self._in_chat[chat]:
                del self._in_chat[chat]

    def _give_up_oldest(self, chat: ChatId) -> None:
        here = (one for one in self._waiting if one.chat == chat)
        oldest = min(here, key=lambda one: (not one.call.can_wait, one.number))
        oldest.turn.set_exception(Crowded())
        self._waiting.remove(oldest)

    def _abandon(self, one: _Waiting) -> None:
        """Forget a call that was cancelled, perhaps in the moment in which its turn came."""
        if one in self._waiting:
            self._waiting.remove(one)
            self._look()
        elif one.turn.done() and not one.turn.cancelled() and one.turn.exception() is None and one.turn.result():
            self._end(one.chat)

    def _end(self, chat: ChatId) -> None:
        self._usage.end(chat, self._now())
        self._look()

    def _look(self) -> None:
        """Let begin whatever may, and look again when something changes."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._waiting:
            return
        now = self._now()
        self._waiting = [one for one in self._waiting if not _is_settled(one, now)]
        moments = [one.call.until.timestamp() for one in self._waiting if one.call.until is not None]
        moments += self._let_begin(now)
        if self._waiting and moments:
            self._timer = asyncio.create_task(self._look_in(min(moments) - now + _A_LITTLE), name="pacing")

    def _let_begin(self, now: float) -> Iterator[float]:
        """Let begin whatever may; yields the moments at which more may."""
        for one in list(self._waiting):
            can_wait = one.call.can_wait
            overall = self._usage.free_at(now, can_wait=can_wait)
            here = self._usage.free_in_chat_at(one.chat, now, can_wait=can_wait) if overall == now else None
            if overall == here == now:
                self._usage.begin(one.chat)
                self._waiting.remove(one)
                one.turn.set_result(True)
            elif overall == now and here is not None:
                yield here
            elif overall != now:
                if overall is not None:
                    yield overall
                return  # those behind it can't begin, either

    async def _look_in(self, seconds: float) -> None:
        await self.clock.sleep(seconds)
        self._timer = None
        self._look()

    def _now(self) -> float:
        return self.clock.now().timestamp()


def _rank(one: _Waiting) -> tuple[bool, int]:
    return one.call.can_wait, one.number


def _is_settled(one: _Waiting, now: float) -> bool:
    """Return whether a call waits no more, without being sent; its task learns it."""
    if one.turn.done():  # cancelled
        return True
    if one.call.is_overtaken():
        one.turn.set_result(False)
    elif one.call.until is not None and one.call.until.timestamp() <= now:
        one.turn.set_exception(Crowded())
    return one.turn.done()
