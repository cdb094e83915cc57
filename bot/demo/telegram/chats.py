"""Chats, and their messages with everything that these have shown."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from bot.demo.telegram.attachments import Document, Photo, Venue
from bot.demo.telegram.text import Entity
from bot.demo.telegram.users import Json, User
from bot.demo.watchers import Watchers

What: TypeAlias = "str | Callable[[Message], object]"
"""Selects a message: a part of its text, or a function that returns something true for it."""


@dataclass(frozen=True, slots=True)
class Button:
    """One button under a message."""

    text: str
    callback_data: str | None = None
    url: str | None = None
    style: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """The content of a message between two edits; the text beside a photo is its caption."""

    text: str
    entities: Sequence[Entity] = ()
    html: str | None = None
    markup: Mapping[str, Any] | None = None
    edited_at: datetime | None = None
    photo: Photo | None = None

    def shows_the_same(self, other: "Version") -> bool:
        """Return whether both look the same to people."""
        return (
            self.text == other.text
            and list(self.entities) == list(other.entities)
            and (self.markup or None) == (other.markup or None)
            and self.photo is other.photo
        )


@dataclass(eq=False)
class Message:
    """A message; the last of its `versions` is what people see."""

    id: int
    chat: "Chat"
    sender: User
    date: datetime
    versions: list[Version]
    reply_to: "Message | None" = None
    asks_reply: bool = False
    placeholder: str = ""
    sounds: bool = True
    """Whether the phones of the people in the chat made a sound."""
    document: Document | None = None
    venue: Venue | None = None
    reactions: Sequence[str] = ()
    deleted: bool = False
    extra: Json = field(default_factory=dict)
    update: Json = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<message {self.id} of {self.sender.first_name}: {self.text!r} {self.labels}>"

    @property
    def text(self) -> str:
        """The plain text, without marks."""
        return self.versions[-1].text

    @property
    def photo(self) -> Photo | None:
        """The photo that the message shows, if it shows any."""
        return self.versions[-1].photo

    @property
    def html(self) -> str | None:
        """The HTML that the bot sent, if it sent any."""
        return self.versions[-1].html

    @property
    def entities(self) -> Sequence[Entity]:
        """Which parts of the text are bold, a command, a link and so on."""
        return self.versions[-1].entities

    @property
    def edits(self) -> int:
        """How often the message was edited."""
        return len(self.versions) - 1

    @property
    def texts(self) -> list[str]:
        """All texts that the message has shown, the oldest first."""
        return [version.text for version in self.versions]

    @property
    def keyboard(self) -> list[list[Button]]:
        """The rows of buttons under the message."""
        rows = (self.versions[-1].markup or {}).get("inline_keyboard", [])
        return [[_button(button) for button in row] for row in rows]

    @property
    def buttons(self) -> list[Button]:
        """All buttons, row by row."""
        return list(itertools.chain.from_iterable(self.keyboard))

    @property
    def labels(self) -> list[str]:
        """The texts of the buttons."""
        return [button.text for button in self.buttons]

    async def becomes(self, what: What, *, within: float = 10) -> "Message":
        """Wait until the message shows this text; return the message."""
        return await self.chat.watchers.until(
            lambda: self if not self.deleted and _matches(self, what) else None,
            within=within,
            instead=lambda: f"Message {self.id} never became {what!r}. It showed: {self.texts}",
        )

    async def disappears(self, *, within: float = 10) -> None:
        """Wait until the message is deleted."""
        await self.chat.watchers.until(lambda: self.deleted, within=within, instead=lambda: f"Still there: {self!r}")

    def show(self, version: Version) -> None:
        """Edit the message."""
        self.versions.append(version)
        self.chat.watchers.changed()

    def react(self, reactions: Sequence[str]) -> None:
        """Replace the bot's reactions to the message."""
        self.reactions = reactions
        self.chat.watchers.changed()

    def delete(self) -> None:
        """Delete the message for everybody."""
        self.deleted = True
        self.chat.watchers.changed()

    def message_json(self, *, with_reply: bool = True) -> Json:
        """Return the Bot API's Message."""
        shown = self.versions[-1]
        message: Json = {
            "message_id": self.id,
            "from": self.sender.user_json(),
            "chat": self.chat.chat_json(),
            "date": int(self.date.timestamp()),
        }
        if shown.edited_at is not None:
            message["edit_date"] = int(shown.edited_at.timestamp())
        if self.reply_to is not None and with_reply:
            message["reply_to_message"] = self.reply_to.message_json(with_reply=False)
        message |= self._media_json()
        has_caption = self.document is not None or self.photo is not None
        if shown.text:
            message["caption" if has_caption else "text"] = shown.text
        if shown.entities:
            message["caption_entities" if has_caption else "entities"] = list(shown.entities)
        if shown.markup:
            message["reply_markup"] = shown.markup
        return message | self.extra

    def _media_json(self) -> Json:
        if self.document is not None:
            return {"document": self.document.document_json(self.id)}
        if self.venue is not None:
            venue = self.venue.venue_json()
            return {"venue": venue, "location": venue["location"]}
        return {} if self.photo is None else {"photo": self.photo.sizes_json(self.id, self.edits)}


class Chat:
    """One chat of one bot, private or a group, with all messages since its beginning."""

    def __init__(
        self,
        number: int,
        bot: User,
        *,
        kind: str,
        title: str,
        numbers: Iterator[int],
        parent: Watchers | None,
    ) -> None:
        self.id = number
        self.bot = bot
        self.kind = kind
        self.title = title
        self.actions: list[str] = []
        self.pinned: list[Message] = []
        self.watchers = Watchers(parent)
        self._numbers = numbers
        self._messages: dict[int, Message] = {}

    def __repr__(self) -> str:
        return f"<{self.kind} chat {self.id} {self.title!r}>"

    @property
    def messages(self) -> list[Message]:
        """The messages that are not deleted, oldest first."""
        return [message for message in self._messages.values() if not message.deleted]

    @property
    def history(self) -> list[Message]:
        """All messages, deleted ones included."""
        return list(self._messages.values())

    @property
    def from_bot(self) -> list[Message]:
        """The bot's messages that are not deleted."""
        return [message for message in self.messages if message.sender is self.bot]

    @property
    def last(self) -> Message:
        """The bot's newest message that is not deleted."""
        if not self.from_bot:
            raise LookupError(f"The bot has no message here.\n{self.transcript()}")
        return self.from_bot[-1]

    def message(self, number: int) -> Message | None:
        """Return the message with this number, unless it was deleted."""
        found = self._messages.get(number)
        return None if found is None or found.deleted else found

    def add(self, sender: User, version: Version, date: datetime, **more: Any) -> Message:  # noqa: ANN401 - Message's own fields
        """Append a message."""
        message = Message(next(self._numbers), self, sender, date, [version], **more)
        self._messages[message.id] = message
        self.watchers.changed()
        return message

    def find(self, what: What, *, after: Message | None = None) -> Message | None:
        """Return the bot's newest message that fits, newer than `after` if that is given."""
        for message in reversed(self._messages.values()):
            if after is not None and message.id <= after.id:
                return None
            if message.sender is self.bot and not message.deleted and _matches(message, what):
                return message
        return None

    async def wait_for(self, what: What, *, after: Message | None = None, within: float = 10) -> Message:
        """Wait until a message of the bot fits, newer than `after` if that is given."""
        return await self.watchers.until(
            lambda: self.find(what, after=after),
            within=within,
            instead=lambda: f"Nobody saw {what!r} in {within} s.\n{self.transcript()}",
        )

    async def wait_until(self, check: Callable[[], object], *, within: float = 10) -> None:
        """Wait until something about this chat is true."""
        await self.watchers.until(
            lambda: bool(check()), within=within, instead=lambda: f"Not in {within} s.\n{self.transcript()}"
        )

    def transcript(self) -> str:
        """Return the whole chat as text."""
        lines = [f"{self!r}:"]
        for message in self._messages.values():
            state = " (deleted)" if message.deleted else f" (edited {message.edits})" if message.edits else ""
            buttons = f"  [{'] ['.join(message.labels)}]" if message.labels else ""
            lines.append(f"  {message.id} {message.sender.first_name}{state}: {message.text}{buttons}")
        return "\n".join(lines)

    def people(self) -> dict[int, User]:
        """Return the accounts in the chat by their ids, without the bot."""
        return {}

    def chat_json(self) -> Json:
        """Return the Bot API's Chat."""
        return {"id": self.id, "title": self.title, "type": self.kind}


def _button(button: Mapping[str, Any]) -> Button:
    return Button(button["text"], button.get("callback_data"), button.get("url"), button.get("style"))


def _matches(message: Message, what: What) -> bool:
    return what in message.text if isinstance(what, str) else bool(what(message))
