"""Telegram's limits on messages: how many may be sent and edited, in all and in each chat. Rules only, no waiting."""

from collections import deque
from dataclasses import dataclass, field

from bot.domain.ids import ChatId

_MOST_IDLE = 1000
"""How many chats are remembered before those are forgotten that could be written to at once."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many calls within any so many seconds."""

    most: int
    seconds: float

    def for_calls(self, *, can_wait: bool) -> int:
        """Return how many calls may use it; a quarter is kept for what can't wait."""
        return self.most - self.most // 4 if can_wait else self.most

    def share(self, part: float) -> "Rate":
        """Return a part of it, for one of several processes."""
        return Rate(max(1, int(self.most * part)), self.seconds)


@dataclass(frozen=True, slots=True)
class Limits:
    """What Telegram takes from one bot."""

    overall: Rate = Rate(30, 1.0)
    private: Rate = Rate(30, 30.0)
    """One a second, with bursts of thirty: an action and its outcome are a few calls at once."""
    group: Rate = Rate(20, 60.0)

    def of(self, chat: ChatId) -> Rate:
        """Return the limit of a chat."""
        return self.group if chat < 0 else self.private

    def share(self, part: float) -> "Limits":
        """Return a part of every limit, for one of several processes."""
        return Limits(self.overall.share(part), self.private.share(part), self.group.share(part))


TELEGRAM: Limits | None = Limits()
POLLING_SHARE, STANDING_BY_SHARE = 0.8, 0.2
"""Of two processes on one database the one that polls answers everybody; the other one only brings notes.

To share the limits exactly, each message would cost a commit before it.
"""


@dataclass(slots=True)
class Window:
    """The calls that count against one limit: those under way, and those that have ended a short while ago.

    A call counts from its end, as it may reach Telegram at any moment before: so the limit holds on Telegram's side,
    however slow the network and this process are.
    """

    under_way: int = 0
    ended: deque[float] = field(default_factory=deque)

    def free_at(self, rate: Rate, now: float, *, can_wait: bool) -> float | None:
        """Return the moment at which one more call may begin; None if that depends on the end of one under way."""
        self.forget(rate, now)
        too_many = self.under_way + len(self.ended) - rate.for_calls(can_wait=can_wait)
        if too_many < 0:
            return now
        return self.ended[too_many] + rate.seconds if too_many < len(self.ended) else None

    def is_idle(self, rate: Rate, now: float) -> bool:
        """Return whether nothing counts any more."""
        self.forget(rate, now)
        return not self.under_way and not self.ended

    def forget(self, rate: Rate, now: float) -> None:
        """Forget what no longer counts; a clock that was set back must not stretch the limit."""
        while self.ended and not now - rate.seconds < self.ended[0] <= now:
            self.ended.popleft()

    def end(self, now: float) -> None:
        """Note that a call has ended."""
        self.under_way -= 1
        self.ended.append(now)


@dataclass(slots=True)
class Bucket:
    """The calls to a private chat: a burst passes at once, and then they go evenly, so that nobody waits for long."""

    rate: Rate
    under_way: int = 0
    spent: float = 0.0
    """How much of a burst counts: it grows by one with each call, and gets less as time passes."""
    at: float = 0.0
    """When it was that much."""

    def free_at(self, rate: Rate, now: float, *, can_wait: bool) -> float | None:
        """Return the moment at which one more call may begin; None if that depends on the end of one under way."""
        self._drain(now)
        self.rate, most = rate, rate.for_calls(can_wait=can_wait)
        if self.under_way >= most:
            return None
        return now + max(0.0, self.spent + self.under_way + 1 - most) * rate.seconds / rate.most

    def is_idle(self, _: Rate, now: float) -> bool:
        """Return whether nothing counts any more."""
        self._drain(now)
        return not self.under_way and not self.spent

    def _drain(self, now: float) -> None:
        """Let time pass; a clock that was set back must not stretch the limit."""
        self.spent = max(0.0, self.spent - max(0.0, now - self.at) * self.rate.most / self.rate.seconds)
        self.at = now

    def end(self, now: float) -> None:
        """Note that a call has ended."""
        self._drain(now)
        self.under_way -= 1
        self.spent += 1


@dataclass(slots=True)
class Usage:
    """What was sent lately, and what may be sent now."""

    limits: Limits
    _overall: Window = field(default_factory=Window)
    _chats: dict[ChatId, Window | Bucket] = field(default_factory=dict)

    def free_at(self, now: float, *, can_wait: bool) -> float | None:
        """Return the moment at which a call to some chat may begin; None if that depends on the end of one under way."""
        return self._overall.free_at(self.limits.overall, now, can_wait=can_wait)

    def free_in_chat_at(self, chat: ChatId, now: float, *, can_wait: bool) -> float | None:
        """Return the same for one chat, whatever is sent to others."""
        window = self._chats.get(chat)
        return now if window is None else window.free_at(self.limits.of(chat), now, can_wait=can_wait)

    def begin(self, chat: ChatId) -> None:
        """Note that a call begins."""
        self._overall.under_way += 1
        if chat not in self._chats:
            self._chats[chat] = Window() if chat < 0 else Bucket(self.limits.private)
        self._chats[chat].under_way += 1

    def end(self, chat: ChatId, now: float) -> None:
        """Note that a call has ended."""
        self._overall.end(now)
        self._chats[chat].end(now)
        if len(self._chats) > _MOST_IDLE:
            self._forget_idle(now)

    def _forget_idle(self, now: float) -> None:
        for chat, window in list(self._chats.items()):
            if window.is_idle(self.limits.of(chat), now):
                del self._chats[chat]
