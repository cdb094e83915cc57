"""Who asks, from where, and how old it is: settled before any handler runs."""

import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from telegram import CallbackQuery, Message, Update, User
from telegram import Chat as TelegramChat
from telegram.ext import CallbackContext

from bot.domain.ids import ChatId, MessageId, PersonId
from bot.domain.limits import is_too_old
from bot.domain.refusals import Reason
from bot.service.declined import Declined
from bot.service.ports import Ask, Clock, Person
from bot.telegram.screens import actions as screens
from bot.telegram.texts import actions as texts
from bot.telegram.texts import help as pages
from bot.telegram.transport.chat import Chat
from bot.telegram.ui.callback_data import BadTap, read
from bot.telegram.ui.screen import Screen
from bot.telegram.ui.taps import Tap

_log = logging.getLogger(__name__)

Handler = Callable[[Update, CallbackContext[Any, Any, Any, Any]], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Said:
    """A message from a person: a command with what follows it, or free text."""

    ask: Ask
    text: str = field(repr=False)
    message: MessageId
    secret_remains: bool = False
    """It held a secret and could not be deleted."""
    title: str = field(default="", repr=False)
    """The name of the group that it was said in; empty in a private chat."""

    @property
    def is_in_group(self) -> bool:
        """Whether others read along: a private chat has its person's number."""
        return self.ask.chat != int(self.ask.person.id)


@dataclass(frozen=True, slots=True)
class Tapped:
    """A tap by a person, answered; `message` is where the button was, as far as Telegram still says."""

    ask: Ask
    tap: Tap
    message: MessageId | None
    title: str = field(default="", repr=False)
    """The name of the group that it was tapped in; empty in a private chat."""

    @property
    def is_in_group(self) -> bool:
        """Whether others see what comes of it."""
        return self.ask.chat != int(self.ask.person.id)


class Gate:
    """Turns Telegram's updates into typed requests by people; everything else stays outside."""

    def __init__(
        self,
        *,
        chat: Chat,
        clock: Clock,
        holds_secret: Callable[[str], bool],
        stranger: Callable[[Ask], Awaitable[None]],
    ) -> None:
        self._chat = chat
        self._clock = clock
        self._holds_secret = holds_secret
        self._stranger = stranger

    def command(self, handle: Callable[[Said], Awaitable[None]], *, in_groups: bool) -> Handler:
        """Let a person's command through to a handler, with what follows it as its text."""

        async def gated(update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
            message = update.message
            if message is None:
                return
            if _is_group(message.chat) and not in_groups:
                await self._let_through(message, "", self._point_to_private_chat, is_quiet=False)
            else:
                await self._let_through(message, _argument(message), handle, is_quiet=False)

        return gated

    async def _point_to_private_chat(self, said: Said) -> None:
        screen = screens.private_chat_only(self._chat.private_address)
        await self._chat.say(said.ask.chat, screens.secret_remains(screen) if said.secret_remains else screen)

    def free_text(self, handle: Callable[[Said], Awaitable[None]]) -> Handler:
        """Let a person's text through to a handler; of what is said in a group, only answers to the bot."""

        async def gated(update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
            message = update.message
            if message is None:
                return
            is_group = _is_group(message.chat)
            if not is_group or self._chat.is_own(message.reply_to_message):
                await self._let_through(message, _text(message), handle, is_quiet=is_group)
            elif self._holds_secret(_text(message)):
                await self._let_through(message, "", self._point_to_private_chat, is_quiet=False)

        return gated

    async def _let_through(
        self, message: Message, text: str, handle: Callable[[Said], Awaitable[None]], *, is_quiet: bool
    ) -> None:
        """Delete a secret, whoever sent it and however late; then refuse, or hand on."""
        chat, number = ChatId(message.chat_id), MessageId(message.message_id)
        is_secret = self._holds_secret(_text(message))
        secret_remains = is_secret and not await self._chat.delete(chat, number)
        if message.from_user is None:
            return
        refused = self._refused(message, message.from_user)
        if refused is not None:
            if is_secret or not is_quiet:
                await self._chat.say(chat, screens.secret_remains(refused) if secret_remains else refused)
            return
        here = await self._chat.current(chat)
        ask = Ask(key=f"message:{chat}:{number}", person=_person(message.from_user), chat=here)
        said = Said(ask, text, number, secret_remains, title=_title(message.chat))
        await self._answering(handle(said), ask, is_group=_is_group(message.chat))

    def _refused(self, message: Message, sender: User) -> Screen | None:
        if sender.is_bot or message.sender_chat is not None:
            return screens.refusal(Reason.NOT_A_PERSON)
        if message.forward_origin is not None:
            return screens.refusal(Reason.FORWARDED)
        if not _is_private(message.chat) and not _is_group(message.chat):
            return screens.private_chat_only(self._chat.private_address)
        if is_too_old(message.date, now=self._clock.now()):
            return screens.refusal(Reason.COMMAND_TOO_OLD)
        return None

    def tapped(self, handle: Callable[[Tapped], Awaitable[None]]) -> Handler:
        """Answer a tap, then let it through to a handler; a tap that is too old does nothing."""

        async def gated(update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
            query = update.callback_query
            if query is None:
                return
            chat = query.message.chat if query.message else None
            if query.from_user.is_bot or chat is None or not (_is_private(chat) or _is_group(chat)):
                reason = Reason.NOT_A_PERSON if query.from_user.is_bot else Reason.PRIVATE_CHAT_ONLY
                await self._chat.acknowledge(query.id, texts.refusal(reason))
                return
            if not await self._chat.acknowledge(query.id):
                return
            here = await self._chat.current(ChatId(chat.id))
            ask = Ask(key=f"tap:{query.id}", person=_person(query.from_user), chat=here)
            await self._answering(self._read_and_handle(query, ask, handle), ask, is_group=_is_group(chat))

        return gated

    async def _read_and_handle(
        self, query: CallbackQuery, ask: Ask, handle: Callable[[Tapped], Awaitable[None]]
    ) -> None:
        shown = query.message
        # The number of a message says nothing in the chat that a group has become.
        message = MessageId(shown.message_id) if shown and shown.chat.id == ask.chat else None
        try:
            tap = read(query.data or "")
        except BadTap:
            raise Declined(Reason.BUTTON_OUT_OF_DATE) from None
        title = _title(shown.chat) if shown else ""
        await handle(Tapped(ask=ask, tap=tap, message=message, title=title))

    async def _answering(self, work: Awaitable[None], ask: Ask, *, is_group: bool) -> None:
        """Await a handler; a no is shown with its reason, a fault of ours without any detail."""
        try:
            try:
                await work
            except Declined as no:
                if not is_group or no.reason not in _WITHOUT_ACCESS:
                    raise
                await self._stranger(ask)
        except Declined as no:
            await self._chat.say(ask.chat, self._refusal(no))
        except Exception:  # noqa: BLE001 - whatever broke, the person must learn that it failed
            _log.exception("A handler failed")
            await self._chat.say(ask.chat, Screen(pages.FAILED))

    def _refusal(self, no: Declined) -> Screen:
        if no.reason is Reason.PRIVATE_CHAT_ONLY:
            return screens.private_chat_only(self._chat.private_address)
        return screens.refusal(no.reason, car=no.car_name)


_WITHOUT_ACCESS = frozenset({Reason.NO_CAR_HERE, Reason.ACCESS_ENDED})


def _is_private(chat: TelegramChat) -> bool:
    return chat.type == TelegramChat.PRIVATE


def _is_group(chat: TelegramChat) -> bool:
    return chat.type in (TelegramChat.GROUP, TelegramChat.SUPERGROUP)


def _title(chat: TelegramChat) -> str:
    return chat.title or ""


def _person(user: User) -> Person:
    return Person(PersonId(user.id), user.first_name)


def _argument(message: Message) -> str:
    """Return what follows the command."""
    return "".join(_text(message).split(maxsplit=1)[1:]).strip()


def _text(message: Message) -> str:
    return message.text or message.caption or ""
