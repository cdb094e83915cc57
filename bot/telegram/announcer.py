"""Shows what the use cases announce."""

from collections.abc import Sequence

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


class TelegramAnnouncer:
    """The `Announcer` of the use cases, in Telegram."""

    def __init__(self, *, chat: Chat, clock: Clock) -> None:
        self._chat = chat
        self._clock = clock

    async def outcome(self, spot: Spot, outcome: Outcome, *, car: CarId) -> Shown:
        """Show an outcome in its message, or in a new one."""
        screen = screens.actions.outcome(outcome, car=car, now=self._clock.now())
        return await self._chat.deliver(spot.chat, spot.message, screen)

    async def prompt_closed(self, prompt: Prompt) -> None:
        """Show that a prompt was cancelled or has expired, so that nothing was sent."""
        if prompt.message is not None and prompt.subject not in WRITTEN:
            await self._chat.show(prompt.chat, prompt.message, screens.actions.question_closed(prompt))

    async def codes(self, spot: Spot, view: CodesView) -> Shown:
        """Show what became of codes that were asked about or cleared, in their message or in a new one."""
        screen = screens.codes.query(view, now=self._clock.now())
        return await self._chat.deliver(spot.chat, spot.message, screen)

    async def new_codes(self, chat: ChatId, news: NewCodes) -> Reach:
        """Tell a chat of codes that a watched car reports for the first time."""
        return (await self._chat.deliver(chat, None, screens.codes.new_codes(news, now=self._clock.now()))).reach

    async def news(self, home: ChatId, items: Sequence[NewsItem]) -> Reach:
        """Tell an owner what others did, and what became of the car."""
        screen = screens.notifications.news(items, now=self._clock.now())
        return (await self._chat.deliver(home, None, screen)).reach

    async def request(self, home: ChatId, request: Request) -> Reach:
        """Bring somebody's request for access to an owner."""
        return (await self._chat.deliver(home, None, screens.family.request(request))).reach

    async def access_ended(self, chat: ChatId, *, owner_name: str, person_name: str | None = None) -> Reach:
        """Tell somebody that their access has ended; in a group by their name."""
        screen = screens.notifications.access_ended(owner_name, person_name)
        return (await self._chat.deliver(chat, None, screen)).reach

    async def notice(self, chat: ChatId, notice: Notice) -> Reach:
        """Tell a chat something by itself."""
        return (await self._chat.deliver(chat, None, screens.linking.notice(notice))).reach
