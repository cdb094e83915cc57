"""Edits of one message in order: what is overtaken by something newer is not shown any more."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.domain.ids import ChatId, MessageId


@dataclass(slots=True)
class _Line:
    """Those who want to edit one message."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    newest: int = 0
    size: int = 0


class LatestEdits:
    """Lets one edit of a message go out at a time.

    Without it, an edit that waits until Telegram takes more (or whose answer is lost) could go out after a newer one,
    and people would read what is no longer true.
    """

    def __init__(self) -> None:
        self._lines: dict[tuple[ChatId, MessageId], _Line] = {}

    @asynccontextmanager
    async def turn(self, chat: ChatId, message: MessageId) -> AsyncIterator[Callable[[], bool]]:
        """Wait for the edits before this one; what it yields tells whether a newer one has come since."""
        line = self._lines.setdefault((chat, message), _Line())
        line.newest += 1
        mine = line.newest
        line.size += 1
        try:
            async with line.turn:
                yield lambda: line.newest != mine
        finally:
            line.size -= 1
            if not line.size:
                del self._lines[chat, message]
