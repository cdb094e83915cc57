"""Shows what the use cases announce."""

from bot.domain.ids import CarId, ChatId, MessageId
from bot.domain.notices import Notice
from bot.domain.outcomes import Outcome
from bot.domain.prompts import Prompt
from bot.service.ports import Clock, Spot
from bot.telegram import screens
from bot.telegram.chat import Chat


class TelegramAnnouncer:
    """The `Announcer` of the use cases, in Telegram."""

    def __init__(self, *, chat: Chat, clock: Clock) -> None:
        self._chat = chat
        self._clock = clock

    async def outcome(self, spot: Spot, outcome: Outcome, *, car: CarId) -> MessageId | None:
        """Show an outcome in its message, or in a new one; returns the message that holds it, if any."""
        screen = screens.outcome(outcome, car=car, now=self._clock.now())
        return await self._chat.show(spot.chat, spot.message, screen)

    async def prompt_expired(self, prompt: Prompt) -> None:
        """Show that a question was not answered in time and that nothing was sent."""
        if prompt.message is not None:
            await self._chat.show(prompt.chat, prompt.message, screens.question_expired(prompt))

    async def notice(self, chat: ChatId, notice: Notice) -> bool:
        """Tell a chat something by itself; returns whether the chat was reached."""
        return await self._chat.say(chat, screens.notice(notice, now=self._clock.now())) is not None
