"""Chats that have moved: a group that becomes a supergroup goes on under another number."""

import asyncio

from bot.domain.ids import ChatId
from bot.service.ports import Clock
from storage import Database, Tx
from storage.repositories import key_values, shared_chats

_GROUPS = range(-(10**12) + 1, 0)
"""Numbers of simple groups, the only chats that move: private chats are above, supergroups and channels below."""


class ChatMigration:
    """Remembers where chats have gone: buttons of the old one stay on people's screens for good."""

    def __init__(self, *, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._known: dict[ChatId, ChatId] = {}
        self._moving = asyncio.Lock()

    async def note(self, old: ChatId, new: ChatId) -> None:
        """Keep everything of a group that became a supergroup. Is idempotent."""

        def move(tx: Tx) -> None:
            shared_chats.move(tx, old, new)
            key_values.put(tx, _name(old), str(int(new)), now=self._clock.now())

        async with self._moving:
            if old != new and self._known.get(old) != new:
                await self._db.run(move)
                self._known[old] = new

    async def current(self, chat: ChatId) -> ChatId:
        """Return the number under which a chat goes on, its own if it has not moved; waits for a move under way."""
        if chat > 0:
            return chat
        async with self._moving:
            if chat not in _GROUPS:
                return chat
            if chat not in self._known:
                moved = await self._db.read(lambda tx: key_values.get(tx, _name(chat)))
                self._known[chat] = chat if moved is None else ChatId(int(moved))
            return self._known[chat]


def _name(chat: ChatId) -> str:
    return f"moved:{chat}"
