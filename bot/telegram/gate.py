"""Who asks, from where, and how old it is: settled before any handler runs."""

import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from telegram import CallbackQuery, Message, Update, User
from telegram.ext import CallbackContext

from bot.domain.ids import ChatId, MessageId, PersonId
from bot.domain.limits import is_too_old
from bot.domain.refusals import Reason
from bot.service.declined import Declined
from bot.service.ports import Ask, Clock, Person
from bot.telegram import pages, screens, texts
from bot.telegram.chat import Chat
from bot.telegram.screen import Screen
from bot.telegram.taps import BadTap, Tap, read

_log = logging.getLogger(__name__)

Handler = Callable[[Update, CallbackContext[Any, Any, Any, Any]], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Said:
    """A message from a person: a command with what follows it, or free text."""

    ask: Ask
    text: str
    message: MessageId
    secret_remains: bool = False
    """It held a secret and could not be deleted."""


@dataclass(frozen=True, slots=True)
class Tapped:
    """A tap by a person, answered; `message` is where the button was, as far as Telegram still says."""

    ask: Ask
    tap: Tap
    message: MessageId | None


class Gate:
    """Turns Telegram's updates into typed requests by people; everything else stays outside."""

    def __init__(self, *, chat: Chat, clock: Clock, holds_secret: Callable[[str], bool]) -> None:
        self._chat = chat
        self._clock = clock
        self._holds_secret = holds_secret

    def command(self, handle: Callable[[Said], Awaitable[None]]) -> Handler:
        """Let a person's command through to a handler, with what follows it as its text."""

        async def gated(update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
            if update.message is not None:
                await self._let_through(update.message, _argument(update.message), handle, is_quiet=False)

        return gated

    def free_text(self, handle: Callable[[Said], Awaitable[None]]) -> Handler:
        """Let a person's text through to a handler; what people say to each other in a group is left alone."""

        async def gated(update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
            message = update.message
            if message is not None:
                is_quiet = message.chat.type != "private"
                await self._let_through(message, _text(message), handle, is_quiet=is_quiet)

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
        ask = Ask(key=f"message:{chat}:{number}", person=_person(message.from_user), chat=chat)
        await self._answering(handle(Said(ask, text, number, secret_remains)), chat)

    def _refused(self, message: Message, sender: User) -> Screen | None:
        if sender.is_bot or message.sender_chat is not None:
            return screens.refusal(Reason.NOT_A_PERSON)
        if message.forward_origin is not None:
            return screens.refusal(Reason.FORWARDED)
        if message.chat.type != "private":
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
            if query.from_user.is_bot or chat is None or chat.type != "private":
                reason = Reason.NOT_A_PERSON if query.from_user.is_bot else Reason.PRIVATE_CHAT_ONLY
                await self._chat.acknowledge(query.id, texts.refusal(reason))
                return
            if not await self._chat.acknowledge(query.id):
                return
            ask = Ask(key=f"tap:{query.id}", person=_person(query.from_user), chat=ChatId(chat.id))
            await self._answering(self._read_and_handle(query, ask, handle), ask.chat)

        return gated

    async def _read_and_handle(
        self, query: CallbackQuery, ask: Ask, handle: Callable[[Tapped], Awaitable[None]]
    ) -> None:
        message = MessageId(query.message.message_id) if query.message else None
        try:
            tap = read(query.data or "")
        except BadTap:
            raise Declined(Reason.BUTTON_OUT_OF_DATE) from None
        await handle(Tapped(ask=ask, tap=tap, message=message))

    async def _answering(self, work: Awaitable[None], chat: ChatId) -> None:
        """Await a handler; a no is shown with its reason, a fault of ours without any detail."""
        try:
            await work
        except Declined as no:
            await self._chat.say(chat, screens.refusal(no.reason, car=no.car_name))
        except Exception:  # noqa: BLE001 - whatever broke, the person must learn that it failed
            _log.exception("A handler failed")
            await self._chat.say(chat, Screen(pages.FAILED))


def _person(user: User) -> Person:
    return Person(PersonId(user.id), user.first_name)


def _argument(message: Message) -> str:
    """Return what follows the command."""
    return "".join(_text(message).split(maxsplit=1)[1:]).strip()


def _text(message: Message) -> str:
    return message.text or message.caption or ""
