"""Long contents in short messages: lays blocks of any length out on pages that Telegram accepts."""

from collections.abc import Iterable, Iterator, Sequence
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


def pages(blocks: Sequence[Block]) -> list[str]:
    """Lay blocks out on pages of Telegram's HTML; every character of every body is on one of them."""
    done: list[str] = []
    page: list[str] = []
    used = 0
    for html, size in _laid_out(blocks):
        if page and (used + size > ROOM or len(page) == MOST_BLOCKS):
            done.append("\n".join(page))
            page, used = [], 0
        page.append(html)
        used += size
    return [*done, "\n".join(page)] if page else done


def _laid_out(blocks: Iterable[Block]) -> Iterator[tuple[str, int]]:
    for block in blocks:
        for number, piece in enumerate(_pieces(block.body)):
            yield _piece(block, piece, is_first=number == 0)


def _piece(block: Block, body: str, *, is_first: bool) -> tuple[str, int]:
    words = block.words if is_first else "(continued)"
    words = words if len(words) <= _LONGEST_HEAD else words[: _LONGEST_HEAD - 1] + "…"
    head = f"<b>{escape(block.name)}</b>" + (f" – {escape(words)}" if words else "")
    size = utf16_length(block.name) + utf16_length(words) + utf16_length(body) + _AROUND
    if not body:
        return head, size
    fold = " expandable" if len(body) > _FOLDED_FROM else ""
    return f"{head}\n<blockquote{fold}>{escape(body)}</blockquote>", size


def _pieces(body: str) -> Iterator[str]:
    """Cut a body at white space, or anywhere in a text without any."""
    half = _LONGEST_PIECE // 2
    while len(body) > _LONGEST_PIECE:
        cut = max(body.rfind(space, half, _LONGEST_PIECE) for space in " \n") + 1 or _LONGEST_PIECE
        yield body[:cut].rstrip()
        body = body[cut:].lstrip()
    yield body


def utf16_length(text: str) -> int:
    """Return the length of a text as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2
