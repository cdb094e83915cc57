"""People at Telegram: what they write, tap and see."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.demo.telegram.attachments import Document
from bot.demo.telegram.bots import Bot, PrivateChat, Tap, member_json
from bot.demo.telegram.chats import Button, Chat, Message, Version, What
from bot.demo.telegram.groups import ANONYMOUS_ADMIN, Group
from bot.demo.telegram.text import Entity, found_entities, utf16_length
from bot.demo.telegram.users import Json, User

_LONGEST_TEXT = 4096
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")


class NoSuchButton(LookupError):
    """There is no such button; the text lists the buttons that there are."""


class Person(User):
    """A person with a phone. Without `chat`, everything happens in the private chat with the first bot."""

    def __init__(self, number: int, first_name: str, *, first_bot: Callable[[], Bot], **more: Any) -> None:  # noqa: ANN401 - User's own arguments
        super().__init__(number, first_name, **more)
        self._first_bot = first_bot

    @property
    def private_chat(self) -> PrivateChat:
        """The person's chat with the first bot."""
        return self._first_bot().private_chat(self)

    def says(
        self,
        text: str,
        *,
        chat: Chat | None = None,
        date: datetime | None = None,
        reply_to: Message | None = None,
        anonymously: bool = False,
        forwarded_from: User | None = None,
        via_bot: User | None = None,
        links: Mapping[str, str] | None = None,
        topic: int | None = None,
    ) -> Message:
        """Write a message; a `date` in the past means that the message waited for the bot.

        `links` are addresses behind words of the text. `via_bot` is the bot whose words they are, in inline mode.
        """
        if not 0 < len(text) <= _LONGEST_TEXT:
            raise ValueError("Telegram's apps send texts of 1 to 4096 characters")
        chat = chat or self.private_chat
        date = date or _account(chat).now()
        extra: dict[str, Any] = chat.topic_json(topic) if isinstance(chat, Group) else {}
        if anonymously:
            extra["sender_chat"] = chat.chat_json()
        if forwarded_from is not None:
            origin = {
                "type": "user",
                "date": int(date.timestamp()),
                "sender_user": forwarded_from.user_json(),
            }
            extra["forward_origin"] = origin
        if via_bot is not None:
            extra["via_bot"] = via_bot.user_json()
        sender = ANONYMOUS_ADMIN if anonymously else self
        version = Version(text, _entities(text, links or {}))
        message = chat.add(sender, version, date, reply_to=reply_to, extra=extra)
        self._send(message)
        return message

    def sends(
        self, content: Json, *, caption: str = "", chat: Chat | None = None, reply_to: Message | None = None
    ) -> Message:
        """Send something other than text, written as in the Bot API's Message: `{"voice": {...}}`."""
        chat = chat or self.private_chat
        said: Json = {"caption": caption, "caption_entities": found_entities(caption)} if caption else {}
        message = chat.add(self, Version(""), _account(chat).now(), reply_to=reply_to, extra={**content, **said})
        self._send(message)
        return message

    def sends_file(
        self,
        name: str,
        content: bytes,
        *,
        kind: str = "text/plain",
        caption: str = "",
        chat: Chat | None = None,
        reply_to: Message | None = None,
    ) -> Message:
        """Send a file, which the bot can fetch."""
        chat, document = chat or self.private_chat, Document(name, kind, content)
        version = Version(caption, found_entities(caption))
        message = chat.add(self, version, _account(chat).now(), reply_to=reply_to, document=document)
        self._send(message)
        return message

    def edits(self, message: Message, text: str, *, links: Mapping[str, str] | None = None) -> None:
        """Edit an own message; the bot gets an `edited_message` with the old date."""
        account = _account(message.chat)
        message.show(Version(text, _entities(text, links or {}), edited_at=account.now()))
        account.send_message_update("edited_message", message)

    def deletes(self, message: Message) -> None:
        """Delete a message on both sides, as people may in private chats; the bot gets no update."""
        message.delete()

    def taps(self, message: Message, label: str | None = None, *, data: str | None = None) -> Tap:
        """Tap the button with this label, a part of it, or this data.

        A button with an address sends the bot nothing: the returned tap has its `url`.
        """
        button = _find_button(message, label, data)
        tap = Tap(self, message, data=button.callback_data, url=button.url)
        if tap.data is not None:
            _account(message.chat).send_tap_update(tap)
        return tap

    def opens(self, message: Message, label: str) -> str:
        """Tap a button with an address; return the address."""
        url = self.taps(message, label).url
        if url is None:
            raise NoSuchButton(f"{label!r} has no address")
        return url

    def sends_forged(self, data: str, message: Message) -> Tap:
        """Send data that no button has, or no longer has, as a modified app can."""
        tap = Tap(self, message, data=data)
        _account(message.chat).send_tap_update(tap)
        return tap

    def follows(self, link: str) -> Message:
        """Open a t.me link to the bot and tap Start."""
        address = urlsplit(link)
        bot = self._first_bot()
        payload = parse_qs(address.query).get("start", [""])[0]
        if address.hostname != "t.me" or address.path.strip("/") != bot.username:
            raise ValueError(f"{link} does not lead to @{bot.username}")
        if not _PAYLOAD.fullmatch(payload):
            raise ValueError("a payload has up to 64 characters of A-Z a-z 0-9 _ -")
        return self.says(f"/start {payload}".strip())

    def blocks(self) -> None:
        """Block the bot: it gets an update, and can no longer write here."""
        self._change_blocked(to="kicked", was="member")

    def unblocks(self) -> None:
        """Let the bot write again."""
        self._change_blocked(to="member", was="kicked")

    async def sees(
        self, what: What, *, chat: Chat | None = None, after: Message | None = None, within: float = 10
    ) -> Message:
        """Wait until a message of the bot fits."""
        return await (chat or self.private_chat).wait_for(what, after=after, within=within)

    def _change_blocked(self, *, to: str, was: str) -> None:
        chat = self.private_chat
        chat.blocked = to == "kicked"
        bot = _account(chat)
        bot.send_membership_update(chat, self, member_json(bot, was), member_json(bot, to))

    def _send(self, message: Message) -> None:
        chat = message.chat
        if isinstance(chat, PrivateChat):
            if chat.blocked:
                self.unblocks()
            chat.started = True
        account = _account(chat)
        if isinstance(chat, PrivateChat) or _is_delivered(account, message):
            account.send_message_update("message", message)


def _is_delivered(bot: Bot, message: Message) -> bool:
    """Return whether a bot in a group gets a message: in privacy mode only commands and replies to it."""
    if isinstance(message.chat, Group) and message.chat.status_of(bot) in {"left", "kicked"}:
        return False
    if bot.flags["can_read_all_group_messages"] or (message.reply_to and message.reply_to.sender is bot):
        return True
    command = re.match(r"/\w+(?:@(\w+))?", message.text)
    if command is None:
        return False
    return command[1] is None or command[1].lower() == (bot.username or "").lower()


def _entities(text: str, links: Mapping[str, str]) -> list[Entity]:
    marked: list[Entity] = [
        {
            "type": "text_link",
            "offset": utf16_length(text[: text.index(words)]),
            "length": utf16_length(words),
            "url": url,
        }
        for words, url in links.items()
    ]
    return [*marked, *found_entities(text, marked)]


def _account(chat: Chat) -> Bot:
    if not isinstance(chat.bot, Bot):
        raise TypeError("the chat of a person belongs to a bot")
    return chat.bot


def _find_button(message: Message, label: str | None, data: str | None) -> Button:
    if message.deleted:
        raise NoSuchButton(f"The message is gone: {message!r}")
    if data is not None:
        found = [button for button in message.buttons if button.callback_data == data]
    else:
        found = _labelled(message.buttons, label or "")
    if len(found) != 1:
        what = "more than one button" if found else "no button"
        raise NoSuchButton(f"{what} {label or data!r} under {message.text!r}; there are: {message.labels}")
    return found[0]


def _labelled(buttons: list[Button], label: str) -> list[Button]:
    """Prefer the exact label, then the label beside an emoji, then any part of it."""
    spoken = re.compile(rf"\W*{re.escape(label)}\W*")
    for fits in (
        lambda text: text == label,
        lambda text: bool(spoken.fullmatch(text)),
        lambda text: label in text,
    ):
        if found := [button for button in buttons if fits(button.text)]:
            return found
    return []
