"""Shows what the use cases announce."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.code_history import CodesView, NewCodes
from bot.domain.expiry import Notice
from bot.domain.family import Request
from bot.domain.ids import CarId, ChatId
from bot.domain.notifications import NewsItem
from bot.domain.outcomes import Outcome
from bot.domain.prompts import WRITTEN, Prompt
from bot.service.ports import Clock, Reach, Shown, Spot
from bot.telegram import screens
from bot.telegram.transport.chat import Chat
from bot.telegram.ui.screen import Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramAnnouncer:
    """The `Announcer` of the use cases, in Telegram."""

    chat: Chat
    clock: Clock

    async def outcome(self, spot: Spot, outcome: Outcome, *, car: CarId) -> Shown:
        """Show an outcome in its message, or in a new one."""
        screen = screens.actions.outcome(outcome, car=car, now=self.clock.now())
        return await self.chat.deliver(spot.chat, spot.message, screen)

    async def prompt_closed(self, prompt: Prompt) -> None:
        """Show that a prompt was cancelled or has expired, so that nothing was sent."""
        if prompt.message is not None and prompt.subject not in WRITTEN:
            await self.chat.show(prompt.chat, prompt.message, screens.actions.question_closed(prompt))

    async def codes(self, spot: Spot, view: CodesView) -> Shown:
        """Show what became of codes that were asked about or cleared, in their message or in a new one."""
        screen = screens.codes.query(view, now=self.clock.now())
        return await self.chat.deliver(spot.chat, spot.message, screen)

    async def new_codes(self, chat: ChatId, news: NewCodes) -> Reach:
        """Announce codes that a watched car reports for the first time."""
        return await self._announce(chat, screens.codes.new_codes(news, now=self.clock.now()))

    async def news(self, home: ChatId, items: Sequence[NewsItem]) -> Reach:
        """Notify an owner of what others did, and what became of the car."""
        return await self._announce(home, screens.notifications.news(items, now=self.clock.now()))

    async def request(self, home: ChatId, request: Request) -> Reach:
        """Show an owner a person's request for access."""
        return await self._announce(home, screens.family.request(request))

    async def access_ended(self, chat: ChatId, *, owner_name: str, person_name: str | None = None) -> Reach:
        """Notify a person that their access has ended; in a group by their name."""
        return await self._announce(chat, screens.notifications.access_ended(owner_name, person_name))

    async def notice(self, chat: ChatId, notice: Notice) -> Reach:
        """Announce the end of a sign-in, a console token or a share."""
        return await self._announce(chat, screens.linking.notice(notice))

    async def _announce(self, chat: ChatId, screen: Screen) -> Reach:
        return (await self.chat.deliver(chat, None, screen)).reach
