"""What a person can send besides text."""

from enum import StrEnum


class Attached(StrEnum):
    """The kinds of content other than text; each has its own answer."""

    VOICE = "voice"
    PICTURE = "picture"
    STICKER = "sticker"
    PLACE = "place"
    CONTACT = "contact"
    POLL = "poll"
    TEXT_FILE = "text_file"
    """A file that was read; its text counts as if it had been written."""
    UNREAD_FILE = "unread_file"
    """A text file that is too long, or that Telegram did not hand out. It may hold a secret."""
    FILE = "file"
    OTHER = "other"
