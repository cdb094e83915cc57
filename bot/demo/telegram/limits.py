"""Telegram's limits on messages, as its documentation names them; Telegram itself is sometimes more patient."""

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.demo.telegram.errors import ApiError, flood

_SENDING = ("send", "edit", "copy", "forward", "pin")
_FREE = frozenset({"sendChatAction"})
_ALL = 0
_SECOND = timedelta(seconds=1)
_OVERALL = (30, timedelta(seconds=1))
_BURST = 30
"""A private chat takes one a second; short bursts may go over that, how far is not documented."""
_GROUP = (20, timedelta(minutes=1))


@dataclass(slots=True)
class MessageLimits:
    """Counts the calls of one bot that send or edit messages. A refused one does not count."""

    now: Callable[[], datetime]
    _taken: dict[int, deque[datetime]] = field(default_factory=dict, init=False)
    _bursts: dict[int, datetime] = field(default_factory=dict, init=False)
    """When a private chat takes a whole burst again."""

    def take(self, method: str, params: Mapping[str, Any]) -> ApiError | None:
        """Count a call; returns the refusal of one too many."""
        if not method.startswith(_SENDING) or method in _FREE:
            return None
        chat, now = params.get("chat_id", _ALL), self.now()
        windows = list(self._windows(chat))
        full_at = max(self._bursts.get(chat, now), now) + _SECOND
        waits = [full_at - now - _BURST * _SECOND] if chat > 0 else []
        waits += [window[-most] + period - now for window, most, period in windows if len(window) >= most]
        if waits and (wait := max(waits)) > timedelta():
            return flood(math.ceil(wait.total_seconds()))
        self._bursts[chat] = full_at
        for window, _, _ in windows:
            window.append(now)
        return None

    def _windows(self, chat: int) -> Iterator[tuple[deque[datetime], int, timedelta]]:
        for key, (most, period) in ({_ALL: _OVERALL, chat: _GROUP} if chat < 0 else {_ALL: _OVERALL}).items():
            yield self._taken.setdefault(key, deque(maxlen=most)), most, period
