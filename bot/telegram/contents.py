"""What is in a message: its words, the addresses behind them, and what is not text."""

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath

from telegram import Document, Message

from bot import lengths
from bot.service.account.linking import contains_secret
from bot.telegram.transport.chat import Chat
from bot.telegram.ui.attached import Attached

_TEXT_FILES = frozenset(
    {
        *(".txt", ".text", ".log", ".csv", ".tsv", ".md", ".rtf", ".ini"),
        *(".json", ".xml", ".html", ".htm", ".url", ".webloc"),
    }
)
_FIELDS: Mapping[Attached, tuple[str, ...]] = {
    Attached.VOICE: ("voice", "audio", "video_note"),
    Attached.PICTURE: ("photo", "video", "animation"),
    Attached.STICKER: ("sticker", "dice"),
    Attached.PLACE: ("location", "venue"),
    Attached.CONTACT: ("contact",),
    Attached.POLL: ("poll",),
    Attached.FILE: ("document",),
}
"""The fields of a message by what they hold; an animation is a document, too."""
_OF_OTHERS = frozenset(
    {
        *("from", "chat", "sender_chat", "via_bot", "forward_origin"),
        *("reply_to_message", "external_reply", "pinned_message", "reply_markup"),
    }
)
_COMMAND = re.compile(r"[/／]\s{0,3}([^\s@/]{1,64})")
_ENCODINGS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True, slots=True, repr=False)
class Content:
    """The content of a message."""

    text: str
    """What people see, and the text of a file."""
    behind: str
    """Everything else that is written in it: addresses under words or of a preview, names of files, a contact."""
    attached: Attached | None

    @property
    def is_secret(self) -> bool:
        """Whether it may hold a secret."""
        return self.attached is Attached.UNREAD_FILE or contains_secret(f"{self.text}\n{self.behind}")

    @property
    def command(self) -> str:
        """The name of the command with which it begins, as it was typed; empty without one."""
        found = _COMMAND.match(self.text)
        return found[1] if found else ""


def content_of(message: Message) -> Content:
    """Read a message, except the content of a file."""
    text = message.text or message.caption or ""
    return Content(text, "" if _is_plain(message) else "\n".join(_written(message.to_dict())), _attached(message))


async def with_file(content: Content, message: Message, chat: Chat) -> Content:
    """Add the text of a text file."""
    document = message.document
    if content.attached is not Attached.FILE or document is None or not _is_text_file(document):
        return content
    is_small = (document.file_size or 0) <= lengths.FILE
    found = await chat.fetch(document.file_id, most=lengths.FILE) if is_small else None
    if found is None:
        return replace(content, attached=Attached.UNREAD_FILE)
    return replace(content, text=f"{content.text}\n{_decoded(found)}".strip(), attached=Attached.TEXT_FILE)


def _is_plain(message: Message) -> bool:
    """Return whether a message has nothing but its text, as nearly all do."""
    has_more = message.link_preview_options or message.quote or message.api_kwargs
    return bool(message.text) and not has_more and not any(entity.url for entity in message.entities)


def _attached(message: Message) -> Attached | None:
    if message.text:
        return None
    fits = (kind for kind, names in _FIELDS.items() if any(getattr(message, name) for name in names))
    return next(fits, Attached.OTHER)


def _written(value: object, name: str = "") -> Iterator[str]:
    """Find every text in Telegram's JSON of a message, except ids and what other people wrote."""
    if isinstance(value, str):
        if not name.endswith("id"):
            yield value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            if key not in _OF_OTHERS:
                yield from _written(one, key)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _written(one, name)


def _is_text_file(document: Document) -> bool:
    is_named_so = PurePath((document.file_name or "").lower()).suffix in _TEXT_FILES
    return is_named_so or (document.mime_type or "").startswith("text/")


def _decoded(content: bytes) -> str:
    """Read UTF-8 or UTF-16, with or without a byte order mark."""
    for mark, encoding in _ENCODINGS.items():
        if content.startswith(mark):
            return content.removeprefix(mark).decode(encoding, "replace")
    if b"\0" in content[:2]:
        return content.decode("utf-16-be" if content.startswith(b"\0") else "utf-16-le", "replace")
    return content.decode("utf-8", "replace")
