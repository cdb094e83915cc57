"""A process that dies: from then on it no longer reaches the database, Telegram or DIMO."""

from collections.abc import Callable
from typing import TypeVar

import httpx
from telegram import Message

from storage import Database, Tx
from storage.engine.engines import engines_for
from tests.support.use_cases import PaperBot, Town

T = TypeVar("T")


class Dead(BaseException):
    """The process is dead; no code of the bot runs after this."""


class Fate:
    """Counts what a process does to the outside world, and kills it after this many acts; None never kills it.

    The last act is done, and the process does not get its answer; work inside the process does not count.
    """

    def __init__(self, acts: int | None = None) -> None:
        self.acts = 0
        self._last = acts

    def go_on(self) -> None:
        """Raise Dead if the process is dead."""
        if self._last is not None and self.acts >= self._last:
            raise Dead

    def act(self) -> None:
        """Count an act that was just done, which may have been the last one."""
        self.acts += 1
        self.go_on()


class MortalDatabase(Database):
    """The town's database, for a process that may die."""

    def __init__(self, town: Town, fate: Fate) -> None:
        super().__init__(engines_for(town.url), town.vault)
        self.fate = fate

    async def run(self, work: Callable[[Tx], T]) -> T:
        self.fate.go_on()
        done = await super().run(work)
        self.fate.act()
        return done

    async def read(self, work: Callable[[Tx], T]) -> T:
        self.fate.go_on()
        return await super().read(work)


class MortalPaper(PaperBot):
    """The chats, for a process that may die."""

    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self.fate = fate

    async def send_message(self, chat: int, text: str, **more: object) -> Message:
        self.fate.go_on()
        sent = await super().send_message(chat, text, **more)
        self.fate.act()
        return sent

    async def edit_message_text(self, text: str, *, message_id: int, **more: object) -> bool:
        self.fate.go_on()
        edited = await super().edit_message_text(text, message_id=message_id, **more)
        self.fate.act()
        return edited


class MortalTransport(httpx.ASGITransport):
    """The connection to the town's DIMO, for a process that may die."""

    def __init__(self, town: Town, fate: Fate) -> None:
        super().__init__(town.dimo.app)
        self.fate = fate

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.fate.go_on()
        response = await super().handle_async_request(request)
        self.fate.act()
        return response
