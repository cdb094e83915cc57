"""Long contents in short messages: lays blocks of any length out on pages that Telegram accepts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

ROOM = 3000
"""UTF-16 units of a page for blocks. A message holds 4,096, and the text around the blocks needs the rest."""

MOST_BLOCKS = 25
"""Blocks on a page. Telegram formats at most a hundred places in a message, and a block has up to three."""

_FOLDED_FROM = 240
"""A longer body is folded."""

_LONGEST_NAME = 40
_LONGEST_HEAD = 160
_AROUND = 5
"""UTF-16 units of a block that are neither name nor words nor body."""

_LONGEST_PIECE = (ROOM - 2 * (_LONGEST_NAME + _LONGEST_HEAD) - _AROUND) // 2
"""Characters of a body that fit on a page of their own; one takes one UTF-16 unit, or two."""


@dataclass(frozen=True, slots=True)
class Block:
    """A name of up to 40 characters, a few words beside it, and a body of any length, all in plain text."""

    name: str
    words: str = ""
    body: str = ""


def pages(blocks: Iterable[Block]) -> list[str]:
    """Lay blocks out on pages of Telegram's HTML; every character of every body is on one of them."""
    done: list[list[str]] = []
    used = 0
    for block in blocks:
        for number, body in enumerate(_pieces(block.body)):
            html, size = _piece(block.name, "(continued)" if number else block.words, body)
            if not done or used + size > ROOM or len(done[-1]) == MOST_BLOCKS:
                done.append([])
                used = 0
            done[-1].append(html)
            used += size
    return ["\n".join(page) for page in done]


def _piece(name: str, words: str, body: str) -> tuple[str, int]:
    words = words if len(words) <= _LONGEST_HEAD else words[: _LONGEST_HEAD - 1] + "…"
    head = f"<b>{escape(name)}</b>" + (f" – {escape(words)}" if words else "")
    fold = " expandable" if len(body) > _FOLDED_FROM else ""
    html = f"{head}\n<blockquote{fold}>{escape(body)}</blockquote>" if body else head
    return html, utf16_length(name) + utf16_length(words) + utf16_length(body) + _AROUND


def _pieces(body: str) -> Iterator[str]:
    """Cut a body at white space, or anywhere if it has none."""
    half = _LONGEST_PIECE // 2
    while len(body) > _LONGEST_PIECE:
        cut = max(body.rfind(space, half, _LONGEST_PIECE) for space in " \n") + 1 or _LONGEST_PIECE
        yield body[:cut].rstrip()
        body = body[cut:].lstrip()
    yield body


def utf16_length(text: str) -> int:
    """Return the length of a text as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2
