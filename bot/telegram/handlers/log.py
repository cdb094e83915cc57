"""The log: its pages, a part of it, and a file of it."""

import asyncio

from bot.domain.log import Wanted
from bot.service.actions.log import ActionLog
from bot.service.ports import Ask
from bot.telegram.gate import Said, Tapped
from bot.telegram.screens import log as screens
from bot.telegram.texts import log as texts
from bot.telegram.transport.chat import Chat
from bot.telegram.ui.screen import Screen
from bot.telegram.ui.taps import ExportLog, FilterLog, TurnLog


class LogHandlers:
    """Who did what, in private chats only."""

    def __init__(self, *, chat: Chat, history: ActionLog) -> None:
        self._chat = chat
        self._history = history

    async def show(self, said: Said) -> None:
        """Show the newest page."""
        await self._chat.say(said.ask.chat, await self._page(said.ask, Wanted(), 0))

    async def turn(self, tapped: Tapped, tap: TurnLog) -> None:
        """Show another page, or another part of the log, in place."""
        screen = await self._page(tapped.ask, Wanted(tap.person, tap.action), tap.page)
        await self._chat.show(tapped.ask.chat, tapped.message, screen)

    async def _page(self, ask: Ask, wanted: Wanted, number: int) -> Screen:
        return screens.page(await self._history.page(ask, wanted, number))

    async def choose(self, tapped: Tapped, tap: FilterLog) -> None:
        """Show which parts of the log there are, in place."""
        people = await self._history.people(tapped.ask)
        screen = screens.choice(people, Wanted(tap.person, tap.action))
        await self._chat.show(tapped.ask.chat, tapped.message, screen)

    async def export(self, tapped: Tapped, tap: ExportLog) -> None:
        """Send what is shown, with all its pages, as a file."""
        file = await self._history.file(tapped.ask, Wanted(tap.person, tap.action))
        content = await asyncio.to_thread(texts.table, file)  # a year of lines takes a moment
        is_sent = await self._chat.send_document(
            tapped.ask.chat, texts.file_name(file), content, caption=texts.caption(file)
        )
        if not is_sent:
            await self._chat.say(tapped.ask.chat, Screen(texts.NOT_SENT))
