"""Messages to Telegram: sent, edited, and repeated if that is safe; a refusal by Telegram raises nothing."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from dataclasses import InitVar, dataclass, field, replace
from datetime import datetime
from typing import BinaryIO, TypeVar

from telegram import Bot, BotCommand, BotCommandScope, InputFile, Message
from telegram.constants import ChatAction, ParseMode
from telegram.error import ChatMigrated, RetryAfter, TelegramError

from bot.domain.ids import ChatId, MessageId, ThreadId
from bot.domain.pictures import Picture
from bot.domain.places import Place
from bot.service.chat_migration import ChatMigration
from bot.service.ports import Clock, Reach, Shown
from bot.telegram.transport.edits import IsOvertaken, MessageEdits, Written
from bot.telegram.transport.errors import Fault, fault_of
from bot.telegram.transport.floods import Floods
from bot.telegram.transport.limits import Limits
from bot.telegram.transport.pacing import Call
from bot.telegram.transport.writing import Writer
from bot.telegram.ui.screen import Screen

_log = logging.getLogger(__name__)
T = TypeVar("T")

_PAUSES = (0.5, 2.0, 5.0)
ANSWER_SECONDS = 5.0
"""How long Telegram may take for our answer to a tap, before the tap is handled without it."""

_NO_CHAT = ChatId(0)
"""The key of calls that are not about one chat."""

_TAP_PAUSE = 4.0
TEMPORARY = {Fault.TOO_FAST, Fault.NETWORK}
_CLOSED = {Fault.CANNOT_WRITE, Fault.CHAT_GONE}
_NOT_IN_IT = {Fault.MESSAGE_GONE, Fault.IS_PHOTO}
_WORDS_MAY_DO = {Fault.CANNOT_WRITE, Fault.OTHER}
"""Why a photo or a pin is not shown where a text may be."""
_MOST_CLOSED = 1000


def _where_anew(fault: Fault, place: Place, message: MessageId | None) -> Place | None:
    """Return where something is sent anew because its message, or its topic, is gone, or its message is a photo."""
    if fault in _NOT_IN_IT and message is not None:
        return place
    return replace(place, thread=None) if fault is Fault.TOPIC_GONE and place.thread is not None else None


def _as_it_is(screen: Screen) -> Screen:
    return screen


@dataclass(frozen=True, slots=True)
class Posted:
    """A screen in its message, numbered by the moment at which the message began to show it."""

    place: Place
    message: MessageId
    number: int

    @property
    def chat(self) -> ChatId:
        """The chat that has the message."""
        return self.place.chat


@dataclass(kw_only=True, slots=True)
class Chat:
    """Writes into the chats. Nothing here raises because Telegram refuses something."""

    bot: Bot
    clock: Clock
    migration: ChatMigration
    draw: Callable[[Picture], bytes]
    answer_seconds: float = ANSWER_SECONDS
    instead_of: Callable[[Screen], Screen] = _as_it_is
    """What is shown in a private chat of a screen that can't be written in a group."""
    limits: InitVar[Limits | None] = None
    floods: Floods = field(init=False)
    _edits: MessageEdits = field(default_factory=MessageEdits, init=False)
    _writer: Writer = field(init=False)
    _elsewhere: dict[Written, ChatId] = field(default_factory=dict, init=False)
    """The present chat of messages that were sent to a chat by its old id."""

    _closed: dict[tuple[ChatId, ThreadId | None], None] = field(default_factory=dict, init=False)
    """Where the bot could not write the last time it tried."""

    _is_away: bool = field(default=False, init=False)
    """Whether Telegram took no message the last time that one was sent."""

    def __post_init__(self, limits: Limits | None) -> None:
        """Begin with chats that nothing was sent to."""
        self.floods = Floods(self.clock, limits)
        self._writer = Writer(bot=self.bot, edits=self._edits, draw=self.draw)

    def is_closed(self, place: Place) -> bool:
        """Return whether the bot could not write there the last time, and writes to a private chat instead."""
        return (place.chat, place.thread) in self._closed

    @property
    def private_address(self) -> str:
        """The address that opens the private chat with the bot."""
        return f"https://t.me/{self.bot.username}"

    def is_own(self, message: Message | None) -> bool:
        """Return whether the bot sent a message."""
        return message is not None and message.from_user is not None and message.from_user.id == self.bot.id

    @property
    def group_address(self) -> str:
        """The address that lets a person choose a group to add the bot to."""
        return f"https://t.me/{self.bot.username}?startgroup=share"

    async def current(self, chat: ChatId) -> ChatId:
        """Return the present id of a chat."""
        return await self.migration.current(chat)

    async def acknowledge(self, query_id: str, text: str | None = None) -> Fault | None:
        """Answer a tap; returns why that failed. A tap that Telegram calls too old must do nothing."""
        try:
            await self.bot.answer_callback_query(
                query_id,
                text=text,
                show_alert=bool(text) or None,
                read_timeout=self.answer_seconds,
                connect_timeout=self.answer_seconds,
            )
        except TelegramError as error:
            fault = fault_of(error)
            if fault is not Fault.TAP_TOO_OLD:
                _log.info("A tap could not be answered (%s)", fault)
            return fault
        return None

    async def acknowledge_later(self, query_id: str, text: str | None = None) -> None:
        """Answer a tap once more, while Telegram still takes the answer: until then its button seems to be busy."""
        await self.clock.sleep(_TAP_PAUSE)
        await self.acknowledge(query_id, text)

    async def say(self, place: Place, screen: Screen) -> MessageId | None:
        """Send a new message; returns None if the chat can't be reached."""
        return await self.show(place, None, screen)

    async def show(self, place: Place, message: MessageId | None, screen: Screen) -> MessageId | None:
        """Show a screen in a message, or in a new one; returns the message, or None if the chat can't be reached."""
        posted = await self.post(place, message, screen)
        return None if posted is None else posted.message

    async def post(
        self, place: Place, message: MessageId | None, screen: Screen, *, after: Posted | None = None
    ) -> Posted | None:
        """Show a screen that others follow in its message; None also if the message no longer shows `after`.

        A late answer must not replace what a person has turned the message to meanwhile.
        """
        if after is not None and not self.shows(after):
            return None
        number = self._edits.turn(None if message is None else self._written(place.chat, message))
        shown = await self.deliver(place, message, screen)
        there = place if shown.chat is None else Place(shown.chat)
        return None if shown.message is None else Posted(there, shown.message, number)

    def turn(self, place: Place, message: MessageId) -> Posted:
        """Note that a message is about to show something else, which replaces whatever was to follow in it."""
        return Posted(place, message, self._edits.turn(self._written(place.chat, message)))

    def shows(self, posted: Posted) -> bool:
        """Return whether a message still shows what was posted, or what followed it."""
        return not self._edits.has_turned(self._written(posted.chat, posted.message), posted.number)

    async def deliver(
        self,
        place: Place,
        message: MessageId | None,
        screen: Screen,
        *,
        mode: ParseMode | None = ParseMode.HTML,
        until: datetime | None = None,
        only_edits: bool = False,
    ) -> Shown:
        """Show the present state of the same thing in its message, or in a new one unless it `only_edits`.

        It waits for as long as Telegram wants us to leave the chat alone, unless that is later than `until`.
        """
        try:
            shown = Shown(Reach.SHOWN, await self._put(place, message, screen, mode, until))
            self._is_away = False
            return shown  # noqa: TRY300 - the errors below are those of the message
        except ChatMigrated as moved:
            return await self._deliver_after(place, message, screen, moved)
        except TelegramError as error:
            fault = fault_of(error)
        if fault is Fault.BAD_MARKUP and mode is not None:
            # The server does not know a tag: people get plain text rather than nothing.
            return await self.deliver(
                place, message, screen.without_markup(), mode=None, until=until, only_edits=only_edits
            )
        if not screen.is_words and fault in _WORDS_MAY_DO:
            words = screen.in_words()
            return await self.deliver(place, message, words, mode=mode, until=until, only_edits=only_edits)
        if not only_edits and (anew := _where_anew(fault, place, message)) is not None:
            return await self.deliver(anew, None, screen, mode=mode, until=until)
        if fault is Fault.NOT_MODIFIED:
            return Shown(Reach.SHOWN, message)
        self._log_unshown(fault)
        if fault in _CLOSED and place.instead:
            return await self._deliver_instead(place, screen, mode, until)
        return Shown(Reach.LATER if fault in TEMPORARY else Reach.NEVER, message)

    def _log_unshown(self, fault: Fault) -> None:
        """Log that a message could not be shown; while Telegram is away, only that of the first one."""
        if fault is Fault.NETWORK:
            level = logging.DEBUG if self._is_away else logging.WARNING
            self._is_away = True
        else:
            # A person who never wrote to the bot, or blocked it, can't be reached: there is nothing to repair.
            level = logging.INFO if fault in {*_CLOSED, Fault.TOO_FAST} else logging.WARNING
        _log.log(level, "A message could not be shown (%s)", fault)

    async def _deliver_instead(
        self, place: Place, screen: Screen, mode: ParseMode | None, until: datetime | None
    ) -> Shown:
        """Show in a private chat what can't be written in a group; a question is only asked where it can be answered."""
        self._closed[place.chat, place.thread] = None
        if len(self._closed) > _MOST_CLOSED:
            del self._closed[next(iter(self._closed))]
        there = Place(place.instead[0], instead=place.instead[1:])
        shown = await self.deliver(
            there, None, self.instead_of(screen) if place.chat < 0 else screen, mode=mode, until=until
        )
        if screen.prompt is not None:
            return Shown(Reach.NEVER, None)
        return shown if shown.chat is not None else replace(shown, chat=there.chat)

    async def _deliver_after(
        self, place: Place, message: MessageId | None, screen: Screen, moved: ChatMigrated
    ) -> Shown:
        """Show a screen in the supergroup that the group has become, where messages of the group can't be edited."""
        chat = place.chat
        left = await self.migration.current(chat) if message is None else self._written(chat, message)[0]
        await self.migration.note(left, ChatId(moved.new_chat_id))
        if await self.migration.current(chat) == left:
            return Shown(Reach.NEVER, message)
        return await self.deliver(place, None, screen)

    def _written(self, chat: ChatId, message: MessageId) -> Written:
        return self._elsewhere.get((chat, message), chat), message

    async def _put(
        self, place: Place, message: MessageId | None, screen: Screen, mode: ParseMode | None, until: datetime | None
    ) -> MessageId:
        if message is None:
            here = replace(place, chat=await self.migration.current(place.chat))
            call = Call(can_wait=screen.can_wait, until=until)
            sending = await self._persist(here.chat, lambda: self._writer.send(here, screen, mode), call)
            sent = MessageId(sending.message_id)
            self._closed.pop((place.chat, place.thread), None)
            if here.chat != place.chat:
                self._elsewhere[place.chat, sent] = here.chat
            return sent
        written = self._written(place.chat, message)
        await self._edits.make(written, lambda is_overtaken: self._edit(written, screen, mode, is_overtaken, until))
        return message

    async def _edit(
        self,
        written: Written,
        screen: Screen,
        mode: ParseMode | None,
        is_overtaken: IsOvertaken,
        until: datetime | None,
    ) -> bool:
        """Edit a message until Telegram accepts the edit or it is overtaken; returns whether it may have been sent."""
        may_be_out = False

        async def edit() -> None:
            nonlocal may_be_out
            if is_overtaken():
                return
            was_out, may_be_out = may_be_out, True
            try:
                await self._writer.edit(written, screen, mode)
            except RetryAfter:
                may_be_out = was_out
                raise

        try:
            call = Call(can_wait=screen.can_wait, until=until, is_overtaken=is_overtaken)
            await self._persist(written[0], edit, call)
        except TelegramError as error:
            if fault_of(error) is not Fault.NETWORK or not is_overtaken():
                raise
        return may_be_out

    async def seek_place(self, chat: ChatId) -> None:
        """Show for some seconds that a place is being looked for."""
        try:
            async with self.floods.turn(chat, self.floods.ticket(), Call(can_wait=True, until=self.clock.now())):
                await self.bot.send_chat_action(chat, ChatAction.FIND_LOCATION)
        except TelegramError as error:
            _log.info("It could not be shown that a place is sought (%s)", fault_of(error))

    async def pin(self, chat: ChatId, message: MessageId) -> bool:
        """Pin a message without a sound; returns whether it is pinned."""
        return await self._is_done(chat, lambda: self.bot.pin_chat_message(chat, message, disable_notification=True))

    async def set_menu(self, scope: BotCommandScope, commands: Sequence[tuple[str, str]]) -> bool:
        """Set the commands, with their descriptions, of a scope, or leave it without its own; whether that was done."""
        try:
            if commands:
                await self.bot.set_my_commands([BotCommand(*one) for one in commands], scope=scope)
            else:
                await self.bot.delete_my_commands(scope=scope)
        except TelegramError as error:
            _log.info("A menu could not be set (%s)", fault_of(error))
            return False
        return True

    async def send_document(self, place: Place, name: str, content: BinaryIO, *, caption: str) -> bool:
        """Send a file, piece by piece; returns whether it has arrived."""
        chat, thread = place.chat, place.thread
        file = InputFile(content, filename=name, read_file_handle=False)
        return await self._is_done(
            chat,
            lambda: self.bot.send_document(
                chat, file, caption=caption, message_thread_id=thread, disable_notification=True
            ),
        )

    async def fetch(self, file_id: str, *, most: int) -> bytes | None:
        """Fetch a file that somebody sent; None if it is longer than this, or if Telegram does not hand it out."""
        try:
            file = await self._persist(_NO_CHAT, lambda: self.bot.get_file(file_id))
            if file.file_size is None or file.file_size > most:
                return None
            return bytes(await self._persist(_NO_CHAT, file.download_as_bytearray))
        except TelegramError as error:
            _log.warning("A file could not be fetched (%s)", fault_of(error))
            return None

    async def delete(self, chat: ChatId, message: MessageId) -> bool:
        """Delete a message; returns whether it is gone. It may hold a secret, so it is tried once without waiting."""
        return await self._is_done(chat, lambda: self.bot.delete_message(chat, message), at_once=True)

    async def _is_done(self, chat: ChatId, call: Callable[[], Awaitable[object]], *, at_once: bool = False) -> bool:
        try:
            await self._persist(chat, call, None if at_once else Call(), at_once=at_once)
        except TelegramError as error:
            _log.warning("A file could not be sent, or a message not be deleted or pinned (%s)", fault_of(error))
            return False
        return True

    async def _persist(
        self,
        chat: ChatId,
        call: Callable[[], Awaitable[T]],
        sends: Call | None = None,
        *,
        at_once: bool = False,
    ) -> T:
        """Repeat a call if Telegram is slow or at its flood limit; two messages are better than none.

        `sends` says how a call that sends or edits something waits for Telegram's limits.
        """
        ticket, pauses = self.floods.ticket(can_wait=sends is not None and sends.can_wait), list(_PAUSES)
        while True:
            turn = nullcontext() if at_once else self.floods.turn(chat, ticket, sends)
            at_once = False
            try:
                async with turn:
                    return await call()
            except RetryAfter as error:
                self.floods.note(chat, error)
            except TelegramError as error:
                if fault_of(error) is not Fault.NETWORK or not pauses:
                    raise
                await self.clock.sleep(pauses.pop(0))
