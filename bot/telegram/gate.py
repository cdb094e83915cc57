"""Checks who asks, from which chat, and how old the request is, before any handler runs."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from telegram import CallbackQuery, MaybeInaccessibleMessage, Message, User
from telegram import Chat as TelegramChat

from bot.domain.ids import ChatId, MessageId, PersonId, ThreadId
from bot.domain.limits import is_too_old
from bot.domain.refusals import Reason
from bot.service.background import Background
from bot.service.declined import Declined
from bot.service.ports import Ask, Clock, Person
from bot.service.quotas import Admission, Quotas
from bot.telegram.answers import Answers
from bot.telegram.contents import Content, content_of, with_file
from bot.telegram.menus import Menus
from bot.telegram.requests import Said, SaidHandler, TapHandler, Tapped
from bot.telegram.texts.help import CANNOT_WRITE_THERE
from bot.telegram.texts.refusals import refusal
from bot.telegram.transport.chat import TEMPORARY, Chat
from bot.telegram.transport.errors import Fault
from bot.telegram.ui.callback_data import BadTap, Tap, read
from bot.telegram.ui.screen import Screen

_GROUPS = (TelegramChat.GROUP, TelegramChat.SUPERGROUP)
_MOST_LATE = 1000
_WITH_PEOPLE = (TelegramChat.PRIVATE, *_GROUPS)


def why_not_heard(message: Message, sender: User, *, now: datetime) -> Reason | None:
    """Return why a message is not handled; None if a person has just sent it."""
    if sender.is_bot or message.sender_chat is not None:
        return Reason.NOT_A_PERSON
    if message.forward_origin is not None:
        return Reason.FORWARDED
    if message.via_bot is not None:
        return Reason.OF_ANOTHER_BOT
    if message.chat.type not in _WITH_PEOPLE:
        return Reason.PRIVATE_CHAT_ONLY
    return Reason.COMMAND_TOO_OLD if is_too_old(message.date, now=now) else None


def why_not_tapped(sender: User, chat: TelegramChat | None) -> Reason | None:
    """Return why a tap is not handled; None if a person made it in a private chat or a group."""
    if sender.is_bot:
        return Reason.NOT_A_PERSON
    return None if chat is not None and chat.type in _WITH_PEOPLE else Reason.PRIVATE_CHAT_ONLY


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Turns Telegram's messages and taps into typed requests by people, and keeps everything else out."""

    chat: Chat
    clock: Clock
    answers: Answers
    quotas: Quotas
    pop_up: Callable[[Ask, Tap], Awaitable[Reason | None]]
    """Returns why a tap does nothing, if others in the group need not read it."""
    menus: Menus
    background: Background
    _late: dict[ChatId, MessageId | None] = field(default_factory=dict, init=False)
    """The last answer in each chat that messages came late; None while it is under way."""

    async def command(self, handle: SaidHandler, message: Message, *, is_private: bool) -> None:
        """Hand a command to its handler, with the text that follows it; a private one only from a private chat."""
        reason = Reason.PRIVATE_CHAT_ONLY if is_private and message.chat.type in _GROUPS else None
        content = content_of(message)
        text = "".join(content.text.split(maxsplit=1)[1:]).strip()
        await self._let_in(handle, message, content, reason, text=text)

    async def message(self, handle: SaidHandler, message: Message) -> None:
        """Hand on whatever else a person sends; in a group only what replies to the bot."""
        content, is_group = content_of(message), message.chat.type in _GROUPS
        if not is_group or self.chat.is_own(message.reply_to_message):
            content = await with_file(content, message, self.chat)
            await self._let_in(handle, message, content, is_quiet=is_group)
        elif content.is_secret:
            await self._let_in(handle, message, content, Reason.PRIVATE_CHAT_ONLY)

    async def edited(self, message: Message) -> None:
        """Delete a message into which a secret was edited; otherwise an edited message does nothing."""
        content, is_group = content_of(message), message.chat.type in _GROUPS
        content = content if is_group else await with_file(content, message, self.chat)
        if content.is_secret:
            reason = Reason.PRIVATE_CHAT_ONLY if is_group else Reason.EDITED
            await self._let_in(_unheard, message, content, reason, is_edit=True)

    async def _let_in(
        self,
        handle: SaidHandler,
        message: Message,
        content: Content,
        reason: Reason | None = None,
        *,
        text: str | None = None,
        is_quiet: bool = False,
        is_edit: bool = False,
    ) -> None:
        """Delete a secret first, even one that is refused or came late; then hand the message on, or say the reason."""
        chat, number, sender = ChatId(message.chat_id), MessageId(message.message_id), message.from_user
        is_secret = content.is_secret
        remains = is_secret and not await self.chat.delete(chat, number)
        if sender is None:
            return
        # An edited message keeps its original date.
        reason = why_not_heard(message, sender, now=message.date if is_edit else self.clock.now()) or reason
        if reason is None or is_secret or not is_quiet:
            admission = await self.quotas.admit(PersonId(sender.id), chat)
            if admission is Admission.SILENT_NO:
                return
            reason = Reason.TOO_MUCH if admission is Admission.TOLD_NO else reason
            here = await self.chat.current(chat)
            ask = Ask(f"message:{chat}:{number}", _person(sender), here, _topic(message))
            said = Said(
                ask,
                content.text if text is None else text,
                title=message.chat.title or "",
                behind=content.behind,
                command=content.command,
                attached=content.attached,
            )
            if reason is Reason.COMMAND_TOO_OLD and not remains:
                await self._came_late(said, chat, number)
                return
            await self.answers.give(said, handle(said) if reason is None else _refused(reason), secret_remains=remains)
            if here == int(sender.id):
                self.menus.heard(ask.person.id, is_tap=False)

    async def _came_late(self, said: Said, chat: ChatId, number: MessageId) -> None:
        """Say that a message came late, unless an answer below it says so: after an outage, many are late."""
        answer = self._late.get(chat, MessageId(0))
        if answer is None or number < answer:
            return
        self._late[chat] = None
        if len(self._late) > _MOST_LATE:
            del self._late[next(iter(self._late))]
        self._late[chat] = await self.answers.give(said, _refused(Reason.COMMAND_TOO_OLD)) or MessageId(0)

    async def tapped(self, handlers: Mapping[type[Tap], TapHandler], query: CallbackQuery) -> None:
        """Answer a tap, then hand it to its handler; a tap that Telegram calls too old does nothing."""
        shown = query.message
        reason = why_not_tapped(query.from_user, shown.chat if shown else None)
        alert = None if reason is None else refusal(reason)
        if alert is None and shown is not None and self._is_closed(query, shown):
            alert = CANNOT_WRITE_THERE
        if shown is not None and reason is None:
            admission = await self.quotas.admit(PersonId(query.from_user.id), ChatId(shown.chat.id))
            if admission is Admission.SILENT_NO:
                return
            if admission is Admission.TOLD_NO:
                reason = Reason.TOO_MUCH
            elif shown.chat.type in _GROUPS:
                reason = await self._why_only_to(query, shown)
            alert = alert if reason is None else refusal(reason)
        is_fresh = await self._acknowledge(query.id, alert)
        if shown is None or reason is not None or not is_fresh:
            return
        here = await self.chat.current(ChatId(shown.chat.id))
        # A message id from the old group is meaningless in the supergroup.
        message = MessageId(shown.message_id) if shown.chat.id == here else None
        ask = Ask(f"tap:{query.id}", _person(query.from_user), here, _topic(shown))
        tapped = Tapped(ask, message, title=shown.chat.title or "")
        await self.answers.give(tapped, _handled(handlers, tapped, query.data or ""))
        if here == int(ask.person.id):
            self.menus.heard(ask.person.id, is_tap=True)

    async def _acknowledge(self, query_id: str, alert: str | None) -> bool:
        """Answer a tap, and once more if Telegram is away; returns False if Telegram says that it is too old."""
        fault = await self.chat.acknowledge(query_id, alert)
        if fault in TEMPORARY:
            self.background.start(self.chat.acknowledge_later(query_id, alert), name="answering a tap again")
        return fault is not Fault.TAP_TOO_OLD

    async def _why_only_to(self, query: CallbackQuery, shown: MaybeInaccessibleMessage) -> Reason | None:
        """Return why a tap in a group does nothing, if that concerns nobody but the person who made it."""
        here = await self.chat.current(ChatId(shown.chat.id))
        ask = Ask(f"tap:{query.id}", _person(query.from_user), here, _topic(shown))
        try:
            return await self.pop_up(ask, read(query.data or ""))
        except BadTap:
            return None

    def _is_closed(self, query: CallbackQuery, shown: MaybeInaccessibleMessage) -> bool:
        place = Ask("", _person(query.from_user), ChatId(shown.chat.id), _topic(shown)).place
        return self.chat.is_closed(place)


async def _handled(handlers: Mapping[type[Tap], TapHandler], tapped: Tapped, data: str) -> Screen | None:
    try:
        tap = read(data)
    except BadTap:
        raise Declined(Reason.BUTTON_OUT_OF_DATE) from None
    return await handlers[type(tap)](tapped, tap)


async def _unheard(_: Said) -> Screen | None:
    return None


async def _refused(reason: Reason) -> Screen | None:
    raise Declined(reason)


def _topic(message: MaybeInaccessibleMessage) -> ThreadId | None:
    """Return the topic that a message is in; a thread of replies has a number too, and is none."""
    if not isinstance(message, Message) or not message.is_topic_message or message.message_thread_id is None:
        return None
    return ThreadId(message.message_thread_id)


def _person(user: User) -> Person:
    return Person(PersonId(user.id), user.first_name)
