"""Writes a screen into a chat in one call: as a text, as a photo with a caption, or as a pin on a map."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from telegram import Bot, InputMediaPhoto, LinkPreviewOptions, Message
from telegram.constants import MessageLimit, ParseMode

from bot.domain.ids import MessageId
from bot.domain.pictures import Picture
from bot.domain.places import Place
from bot.service.background import log_failure
from bot.telegram.transport.edits import MessageEdits, Written
from bot.telegram.transport.errors import NoPicture
from bot.telegram.ui.screen import Screen

_log = logging.getLogger(__name__)
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Makes the calls that send and edit messages; raises what Telegram answers, and NoPicture."""

    bot: Bot
    edits: MessageEdits
    draw: Callable[[Picture], bytes]
    """Draws a picture as a PNG, in a worker thread."""

    async def send(self, place: Place, screen: Screen, mode: ParseMode | None) -> Message:
        """Send a screen in a new message."""
        markup = screen.keyboard or screen.reply(in_group=place.chat < 0)
        if (pin := screen.pin) is not None:
            return await self.bot.send_venue(
                place.chat,
                pin.latitude,
                pin.longitude,
                pin.title,
                pin.address,
                reply_markup=markup,
                message_thread_id=place.thread,
                disable_notification=not screen.sounds,
            )
        if screen.picture is None:
            return await self.bot.send_message(
                place.chat,
                screen.text,
                parse_mode=mode,
                reply_markup=markup,
                message_thread_id=place.thread,
                link_preview_options=_NO_PREVIEW,
                disable_notification=not screen.sounds,
            )
        sent = await self.bot.send_photo(
            place.chat,
            await self._drawn(screen),
            caption=screen.text,
            parse_mode=mode,
            reply_markup=markup,
            message_thread_id=place.thread,
            disable_notification=not screen.sounds,
        )
        self.edits.note_picture((place.chat, MessageId(sent.message_id)), screen.picture)
        return sent

    async def edit(self, written: Written, screen: Screen, mode: ParseMode | None) -> None:
        """Show a screen in a message; a picture that it shows already is not sent again."""
        chat, message = written
        if screen.picture is None:
            await self.bot.edit_message_text(
                screen.text,
                chat_id=chat,
                message_id=message,
                parse_mode=mode,
                reply_markup=screen.keyboard,
                link_preview_options=_NO_PREVIEW,
            )
            return
        photo = await self._drawn(screen)
        if screen.picture == self.edits.picture_in(written):
            await self.bot.edit_message_caption(
                chat, message, caption=screen.text, parse_mode=mode, reply_markup=screen.keyboard
            )
            return
        media = InputMediaPhoto(photo, caption=screen.text, parse_mode=mode)
        self.edits.note_picture(written, None)
        await self.bot.edit_message_media(media, chat, message, reply_markup=screen.keyboard)
        self.edits.note_picture(written, screen.picture)

    async def _drawn(self, screen: Screen) -> bytes:
        """Return the picture of a screen as a PNG; raises NoPicture."""
        if screen.picture is None or len(screen.without_markup().text) > MessageLimit.CAPTION_LENGTH:
            raise NoPicture
        try:
            return await asyncio.to_thread(self.draw, screen.picture)
        except Exception as error:  # whatever broke, the words say the same
            log_failure(_log, "A picture could not be drawn", error)
            raise NoPicture from error
