"""Chat migration: a group that becomes a supergroup gets another chat id."""

import asyncio
from dataclasses import dataclass, field

from bot.domain.ids import ChatId
from bot.service.ports import Clock
from storage import Database, Tx
from storage.repositories import key_values, shared_chats

_GROUPS = range(-(10**12) + 1, 0)
"""The ids of basic groups, the only chats that migrate: private chats are above, supergroups and channels below."""


@dataclass(kw_only=True, slots=True)
class ChatMigration:
    """Remembers the new id of each chat: buttons of the old chat can be tapped for ever."""

    db: Database
    clock: Clock
    _known: dict[ChatId, ChatId] = field(default_factory=dict, init=False)
    _moving: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def note(self, old: ChatId, new: ChatId) -> None:
        """Move all data of a group that became a supergroup to its new id. Idempotent."""

        def move(tx: Tx) -> None:
            shared_chats.move(tx, old, new)
            key_values.put(tx, _name(old), str(int(new)), now=self.clock.now())

        async with self._moving:
            if old != new and self._known.get(old) != new:
                await self.db.run(move)
                self._known[old] = new

    async def current(self, chat: ChatId) -> ChatId:
        """Return the present id of a chat, after a move that is under way."""
        if chat > 0:
            return chat
        async with self._moving:
            if chat not in _GROUPS:
                return chat
            if chat not in self._known:
                moved = await self.db.read(lambda tx: key_values.get(tx, _name(chat)))
                self._known[chat] = chat if moved is None else ChatId(int(moved))
            return self._known[chat]


def _name(chat: ChatId) -> str:
    return f"moved:{chat}"
