"""Screens as a person reads them, checked against Telegram's limits."""

import unicodedata

from bot.demo.telegram.http.html import parse_html
from bot.demo.telegram.http.markup import check_markup
from bot.demo.telegram.text import utf16_length
from bot.telegram.ui.screen import Screen

LONGEST = 4096
NASTY = "<b>&\"</i>'{car}%s\u202e\n/unlock"
"""A name that contains markup, format fields, a command, and a mark that reverses the writing direction."""


def read_text(html: str) -> str:
    """Return the text as people see it; fails if Telegram would refuse it."""
    shown, _ = parse_html(html)
    assert 0 < utf16_length(shown) <= LONGEST
    return shown


def read_screen(screen: Screen) -> str:
    """Return the text of a screen; fails if Telegram would refuse it or its buttons."""
    if screen.keyboard is not None:
        check_markup(screen.keyboard.to_dict(), is_private=True)
    return read_text(screen.text)


def labels(screen: Screen) -> list[str]:
    """Return the labels of all buttons, row by row."""
    return [button.label for row in screen.rows for button in row]


def marked(html: str, kind: str) -> list[str]:
    """Return the parts of a text that have this markup; all kinds of quotes are "blockquote"."""
    shown, entities = parse_html(html)
    units = shown.encode("utf-16-le")
    places = [(2 * one["offset"], 2 * one["length"]) for one in entities if kind in one["type"]]
    return [units[begin : begin + length].decode("utf-16-le") for begin, length in places]


def visible(text: str) -> str:
    """Return the visible characters: no white space, no control and format characters, no half characters."""
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
