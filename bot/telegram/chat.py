"""Speaking to Telegram: sends, edits in place, answers taps, and copes with what Telegram refuses."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from telegram import Bot, LinkPreviewOptions, Message
from telegram.constants import ParseMode
from telegram.error import RetryAfter, TelegramError

from bot.domain.ids import ChatId, MessageId
from bot.service.ports import Clock
from bot.telegram.faults import Fault, fault_of, seconds_to_wait
from bot.telegram.screen import Screen

_log = logging.getLogger(__name__)
T = TypeVar("T")

_PAUSES = (0.5, 2.0, 5.0)
_LONGEST_WAIT = 60.0
_ANSWER_SECONDS = 5.0
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class Chat:
    """The chats, as the bot writes into them. Nothing here raises for what Telegram refuses."""

    def __init__(self, *, bot: Bot, clock: Clock) -> None:
        self._bot = bot
        self._clock = clock

    @property
    def private_address(self) -> str:
        """The address that opens the private chat with the bot."""
        return f"https://t.me/{self._bot.username}"

    async def acknowledge(self, query_id: str, text: str | None = None) -> bool:
        """Answer a tap. False only when Telegram says that it is too old: then it must do nothing."""
        try:
            await self._bot.answer_callback_query(
                query_id,
                text=text,
                show_alert=bool(text) or None,
                read_timeout=_ANSWER_SECONDS,
                connect_timeout=_ANSWER_SECONDS,
            )
        except TelegramError as error:
            fault = fault_of(error)
            if fault is not Fault.TAP_TOO_OLD:
                _log.info("A tap could not be answered (%s)", fault)
            return fault is not Fault.TAP_TOO_OLD
        return True

    async def say(self, chat: ChatId, screen: Screen) -> MessageId | None:
        """Send a new message; returns None where the chat can't be reached."""

        async def send() -> Message:
            return await self._bot.send_message(
                chat,
                screen.text,
                parse_mode=ParseMode.HTML,
                reply_markup=screen.keyboard,
                link_preview_options=_NO_PREVIEW,
            )

        try:
            message = await self._persist(send)
        except TelegramError as error:
            _log.warning("A message could not be sent (%s)", fault_of(error))
            return None
        return MessageId(message.message_id)

    async def show(self, chat: ChatId, message: MessageId | None, screen: Screen) -> MessageId | None:
        """Edit a message in place, or send a new one where there is none to edit; returns the one that holds it."""
        if message is None:
            return await self.say(chat, screen)

        async def edit() -> Message | bool:
            return await self._bot.edit_message_text(
                screen.text,
                chat_id=chat,
                message_id=message,
                parse_mode=ParseMode.HTML,
                reply_markup=screen.keyboard,
                link_preview_options=_NO_PREVIEW,
            )

        try:
            await self._persist(edit)
        except TelegramError as error:
            fault = fault_of(error)
            if fault is Fault.MESSAGE_GONE:
                return await self.say(chat, screen)
            if fault is not Fault.NOT_MODIFIED:
                _log.warning("A message could not be edited (%s)", fault)
        return message

    async def delete(self, chat: ChatId, message: MessageId) -> bool:
        """Delete a message; returns whether it is gone."""
        try:
            await self._persist(lambda: self._bot.delete_message(chat, message))
        except TelegramError as error:
            _log.warning("A message could not be deleted (%s)", fault_of(error))
            return False
        return True

    async def _persist(self, call: Callable[[], Awaitable[T]]) -> T:
        """Try again where Telegram is slow or wants us to slow down; a message sent twice beats none."""
        for pause in _PAUSES:
            try:
                return await call()
            except RetryAfter as error:
                await self._clock.sleep(min(seconds_to_wait(error), _LONGEST_WAIT))
            except TelegramError as error:
                if fault_of(error) is not Fault.NETWORK:
                    raise
                await self._clock.sleep(pause)
        return await call()
