"""A screen: the text and the buttons of one message, before Telegram."""

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from html import unescape

from telegram import ForceReply, InlineKeyboardButton, InlineKeyboardMarkup

from bot.domain.ids import PromptId
from bot.domain.pictures import Picture
from bot.telegram.ui.callback_data import Tap, pack


class Style(StrEnum):
    """The Bot API's button styles; older apps show plain buttons, so labels carry the meaning."""

    DANGER = "danger"
    SUCCESS = "success"
    PRIMARY = "primary"


@dataclass(frozen=True, slots=True)
class Button:
    """A button: its label, and the tap or the address behind it."""

    label: str
    does: Tap | str
    style: Style | None = None


@dataclass(frozen=True, slots=True)
class MapPin:
    """A pin on a map, in degrees, with two plain lines."""

    latitude: float = field(repr=False)
    longitude: float = field(repr=False)
    title: str = field(repr=False)
    address: str = field(repr=False)


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """The text of a message, in Telegram's HTML, and its rows of buttons."""

    text: str
    rows: Rows = ()
    asks_reply: str | None = None
    """The words in the empty field of a reply that Telegram opens. Such a message can't be edited.

    In a group the reply opens only for people whom the text mentions.
    """
    prompt: PromptId | None = None
    """The question that the screen shows: the bot remembers which message shows it."""
    is_separate: bool = False
    """Whether the message with the tapped button stays as it is."""

    picture: Picture | None = None
    """What is shown above the text, which says everything by itself."""
    pin: MapPin | None = None
    """What is shown in place of the text, which says everything by itself. Such a message can't be edited."""

    sounds: bool = False
    """Whether a new message makes a sound on the phones of the chat."""
    can_wait: bool = False
    """Whether answers and outcomes are sent before it, where Telegram's limits make something wait."""

    @property
    def is_words(self) -> bool:
        """Whether the screen has neither picture nor pin."""
        return self.picture is None and self.pin is None

    @property
    def is_new_message(self) -> bool:
        """Whether the screen never replaces another one, because it is a question or asks for a reply."""
        return self.is_separate or self.prompt is not None or self.asks_reply is not None

    def without_markup(self) -> "Screen":
        """Return the same screen without markup, for a server that does not accept it."""
        return replace(self, text=unescape(_TAG.sub("", self.text)))

    def in_words(self) -> "Screen":
        """Return the same screen without its picture or pin."""
        return replace(self, picture=None, pin=None)

    def reply(self, *, in_group: bool) -> ForceReply | None:
        """Return the markup that opens a reply, if any."""
        words = self.asks_reply
        return None if words is None else ForceReply(selective=in_group, input_field_placeholder=words)

    @property
    def keyboard(self) -> InlineKeyboardMarkup | None:
        """The inline keyboard, or None without buttons."""
        rows = [[_button(button) for button in row] for row in self.rows if row]
        return InlineKeyboardMarkup(rows) if rows else None


_TAG = re.compile(r"<[^<>]*>")


def _button(button: Button) -> InlineKeyboardButton:
    if isinstance(button.does, str):
        return InlineKeyboardButton(button.label, url=button.does, style=button.style)
    return InlineKeyboardButton(button.label, callback_data=pack(button.does), style=button.style)
