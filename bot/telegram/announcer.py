"""Shows what the use cases announce."""

from bot.domain.ids import CarId, ChatId
from bot.domain.notices import Notice
from bot.domain.outcomes import Outcome
from bot.domain.prompts import Prompt
from bot.service.ports import Clock, Reach, Shown, Spot
from bot.telegram import screens
from bot.telegram.chat import Chat


class TelegramAnnouncer:
    """The `Announcer` of the use cases, in Telegram."""

    def __init__(self, *, chat: Chat, clock: Clock) -> None:
        self._chat = chat
        self._clock = clock

    async def outcome(self, spot: Spot, outcome: Outcome, *, car: CarId) -> Shown:
        """Show an outcome in its message, or in a new one."""
        screen = screens.outcome(outcome, car=car, now=self._clock.now())
        return await self._chat.deliver(spot.chat, spot.message, screen)

    async def prompt_expired(self, prompt: Prompt) -> None:
        """Show that a question was not answered in time and that nothing was sent."""
        if prompt.message is not None:
            await self._chat.show(prompt.chat, prompt.message, screens.question_expired(prompt))

    async def notice(self, chat: ChatId, notice: Notice) -> Reach:
        """Tell a chat something by itself."""
        return (await self._chat.deliver(chat, None, screens.notice(notice, now=self._clock.now()))).reach
