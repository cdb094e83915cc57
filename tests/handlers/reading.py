"""Screens as a person reads them, held against what Telegram takes."""

from bot.demo.telegram_html import parse_html
from bot.demo.telegram_markup import check_markup
from bot.demo.telegram_text import utf16_length
from bot.telegram.screen import Screen

LONGEST = 4096
NASTY = "<b>&\"</i>'{car}%s\u202e\n/unlock"
"""A name that is markup, a format, a command, and written from right to left."""


def read_text(html: str) -> str:
    """Return the text as people see it; fails where Telegram would refuse it."""
    shown, _ = parse_html(html)
    assert 0 < utf16_length(shown) <= LONGEST
    return shown


def read_screen(screen: Screen) -> str:
    """Return the text of a whole screen; fails where Telegram would refuse it or its buttons."""
    if screen.keyboard is not None:
        check_markup(screen.keyboard.to_dict(), is_private=True)
    return read_text(screen.text)


def labels(screen: Screen) -> list[str]:
    """Return what stands on the buttons, row by row."""
    return [button.label for row in screen.rows for button in row]
