"""What a chat holds: people, messages with all that they have shown, buttons, taps."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from bot.demo.telegram.text import Entity
from bot.demo.watchers import Watchers

Json: TypeAlias = dict[str, Any]
What: TypeAlias = "str | Callable[[Message], object]"
"""Which message is meant: a part of its text, or a question that is answered with something true."""


class User:
    """An account: a person's, or a bot's."""

    def __init__(
        self,
        number: int,
        first_name: str,
        *,
        username: str | None = None,
        is_bot: bool = False,
        language: str = "en",
    ) -> None:
        self.id = number
        self.first_name = first_name
        self.last_name: str | None = None
        self.username = username
        self.is_bot = is_bot
        self.language = language

    def __repr__(self) -> str:
        return f"<{self.first_name} {self.id}>"

    def user_json(self) -> Json:
        """Return the Bot API's User."""
        user: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        if self.last_name:
            user["last_name"] = self.last_name
        if self.username:
            user["username"] = self.username
        if not self.is_bot:
            user["language_code"] = self.language
        return user


@dataclass(frozen=True, slots=True)
class Button:
    """One button under a message."""

    text: str
    callback_data: str | None = None
    url: str | None = None
    style: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """What a message shows between two edits."""

    text: str
    entities: Sequence[Entity] = ()
    html: str | None = None
    markup: Mapping[str, Any] | None = None
    edited_at: datetime | None = None

    def shows_the_same(self, other: "Version") -> bool:
        """Whether people could not tell the two apart."""
        return (
            self.text == other.text
            and list(self.entities) == list(other.entities)
            and (self.markup or None) == (other.markup or None)
        )


@dataclass(frozen=True, slots=True)
class Document:
    """A file in a chat, as whoever opens it gets it; the message's text is its caption."""

    name: str
    kind: str
    content: bytes = field(repr=False)

    def document_json(self, number: int) -> Json:
        """Return the Bot API's Document."""
        ids = {"file_id": f"file-{number}", "file_unique_id": f"unique-{number}"}
        return {**ids, "file_name": self.name, "mime_type": self.kind, "file_size": len(self.content)}


@dataclass(eq=False)
class Message:
    """A message, as everybody in the chat sees it at this moment; `versions` tells what it showed before."""

    id: int
    chat: "Chat"
    sender: User
    date: datetime
    versions: list[Version]
    reply_to: "Message | None" = None
    asks_reply: bool = False
    placeholder: str = ""
    document: Document | None = None
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
    def html(self) -> str | None:
        """The HTML as the bot sent it, if it did."""
        return self.versions[-1].html

    @property
    def entities(self) -> Sequence[Entity]:
        """What is bold, a command or a link in the text."""
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
        """What stands on the buttons."""
        return [button.text for button in self.buttons]

    async def becomes(self, what: What, *, within: float = 10) -> "Message":
        """Wait until this message shows this text; returns itself."""
        return await self.chat.watchers.until(
            lambda: self if not self.deleted and _matches(self, what) else None,
            within=within,
            instead=lambda: f"Message {self.id} never became {what!r}. It showed: {self.texts}",
        )

    async def disappears(self, *, within: float = 10) -> None:
        """Wait until this message is deleted."""
        await self.chat.watchers.until(lambda: self.deleted, within=within, instead=lambda: f"Still there: {self!r}")

    def show(self, version: Version) -> None:
        """Edit the message."""
        self.versions.append(version)
        self.chat.watchers.changed()

    def react(self, reactions: Sequence[str]) -> None:
        """Show these emoji of the bot below the message, in place of those before."""
        self.reactions = reactions
        self.chat.watchers.changed()

    def delete(self) -> None:
        """Take the message out of everybody's sight."""
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
        if self.document is not None:
            message["document"] = self.document.document_json(self.id)
        prefix = "" if self.document is None else "caption_"
        if shown.text:
            message["text" if self.document is None else "caption"] = shown.text
        if shown.entities:
            message[f"{prefix}entities"] = list(shown.entities)
        if shown.markup:
            message["reply_markup"] = shown.markup
        return message | self.extra


class Chat:
    """One conversation of one bot, private or a group, with everything that was ever said in it."""

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
        self.watchers = Watchers(parent)
        self._numbers = numbers
        self._messages: dict[int, Message] = {}

    def __repr__(self) -> str:
        return f"<{self.kind} chat {self.id} {self.title!r}>"

    @property
    def messages(self) -> list[Message]:
        """What can be seen, the oldest first."""
        return [message for message in self._messages.values() if not message.deleted]

    @property
    def history(self) -> list[Message]:
        """Everything, with what was deleted."""
        return list(self._messages.values())

    @property
    def from_bot(self) -> list[Message]:
        """What the bot wrote and can still be seen."""
        return [message for message in self.messages if message.sender is self.bot]

    @property
    def last(self) -> Message:
        """The newest message of the bot."""
        if not self.from_bot:
            raise LookupError(f"The bot has written nothing that can be seen.\n{self.transcript()}")
        return self.from_bot[-1]

    def message(self, number: int) -> Message | None:
        """Return the message with this number, unless it was deleted."""
        found = self._messages.get(number)
        return None if found is None or found.deleted else found

    def add(self, sender: User, version: Version, date: datetime, **more: Any) -> Message:  # noqa: ANN401 - Message's own fields
        """Put a message at the end."""
        message = Message(next(self._numbers), self, sender, date, [version], **more)
        self._messages[message.id] = message
        self.watchers.changed()
        return message

    def find(self, what: What, *, after: Message | None = None) -> Message | None:
        """Return the bot's newest message that is meant."""
        for message in reversed(self._messages.values()):
            if after is not None and message.id <= after.id:
                return None
            if message.sender is self.bot and not message.deleted and _matches(message, what):
                return message
        return None

    async def wait_for(self, what: What, *, after: Message | None = None, within: float = 10) -> Message:
        """Wait until the bot shows this, in a message newer than `after` if that is given."""
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
        """Return the chat as a person would read it aloud."""
        lines = [f"{self!r}:"]
        for message in self._messages.values():
            state = " (deleted)" if message.deleted else f" (edited {message.edits})" if message.edits else ""
            buttons = f"  [{'] ['.join(message.labels)}]" if message.labels else ""
            lines.append(f"  {message.id} {message.sender.first_name}{state}: {message.text}{buttons}")
        return "\n".join(lines)

    def people(self) -> dict[int, User]:
        """Return the accounts in the chat by their numbers, the bot left out."""
        return {}

    def chat_json(self) -> Json:
        """Return the Bot API's Chat."""
        return {"id": self.id, "title": self.title, "type": self.kind}


def _button(button: Mapping[str, Any]) -> Button:
    return Button(button["text"], button.get("callback_data"), button.get("url"), button.get("style"))


def _matches(message: Message, what: What) -> bool:
    return what in message.text if isinstance(what, str) else bool(what(message))
