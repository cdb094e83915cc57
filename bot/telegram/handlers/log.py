"""The log: its pages, a part of it, and a file of it."""

from dataclasses import dataclass

from bot.domain.log import LogFilter
from bot.service.actions.log import ActionLog
from bot.service.ports import Clock
from bot.telegram import screens, texts
from bot.telegram.requests import Request, Tapped
from bot.telegram.transport.chat import Chat
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHandlers:
    """Who did what, in private chats only."""

    chat: Chat
    log: ActionLog
    clock: Clock

    async def show(self, request: Request, tap: taps.TurnLog) -> Screen:
        """Show a page of the log, or of a part of it."""
        found = await self.log.page(request.ask, LogFilter(tap.person, tap.action), tap.page)
        return screens.log.page(found, now=self.clock.now())

    async def choose(self, tapped: Tapped, tap: taps.FilterLog) -> Screen:
        """Show the people and actions by which the log can be filtered."""
        return screens.log.choice(await self.log.people(tapped.ask), LogFilter(tap.person, tap.action))

    async def export(self, tapped: Tapped, tap: taps.ExportLog) -> None:
        """Send all pages of what is shown as a file."""
        file = await self.log.file(tapped.ask, LogFilter(tap.person, tap.action), texts.log.table)
        place, name = tapped.ask.place, texts.log.file_name(file)
        if not await self.chat.send_document(place, name, file.content, caption=texts.log.caption(file)):
            await self.chat.say(place, Screen(texts.log.NOT_SENT))
