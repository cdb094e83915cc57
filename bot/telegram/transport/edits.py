"""Edits of one message, several of which may be under way: what stands there in the end is the newest."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from telegram.error import TelegramError

from bot.domain.ids import ChatId, MessageId

IsOvertaken: TypeAlias = Callable[[], bool]
"""Tells whether a newer edit of the same message has begun."""

Edit: TypeAlias = Callable[[IsOvertaken], Awaitable[bool]]
"""Makes an edit, unless it is overtaken before it goes out; returns whether it may have gone out."""


@dataclass(slots=True)
class _Line:
    """The edits of one message that are under way."""

    edit: Edit
    """The newest."""
    newest: int = 0
    under_way: int = 0
    is_in_doubt: bool = False
    """Whether an older edit went out beside a newer one: either may be what Telegram shows."""


class MessageEdits:
    """Lets a newer edit pass an older one that waits, and shows it again if the older one may have come after it."""

    def __init__(self) -> None:
        self._lines: dict[tuple[ChatId, MessageId], _Line] = {}

    async def make(self, chat: ChatId, message: MessageId, edit: Edit) -> None:
        """Make an edit; raises what it raises."""
        line = self._lines.setdefault((chat, message), _Line(edit))
        line.edit = edit
        line.newest += 1
        line.under_way += 1
        mine = line.newest

        def is_overtaken() -> bool:
            return line.newest != mine

        try:
            went_out = await edit(is_overtaken)
            line.is_in_doubt |= went_out and is_overtaken()
        finally:
            line.under_way -= 1
            if not line.under_way:
                del self._lines[chat, message]
                if line.is_in_doubt:
                    with suppress(TelegramError):  # most often: it is what stands there already
                        await self.make(chat, message, line.edit)
