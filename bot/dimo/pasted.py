"""Undoes what happens to a text between a browser and a chat: encodings, line breaks, invisible characters."""

import re
from urllib.parse import unquote

from bot import lengths

_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"))
_AROUND = "<>()[]{}\"'`“”„«».,;*_~"
_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,20}://|www\.|(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}(?:[/?#:]|$))", re.IGNORECASE
)
_AMPERSAND = re.compile(r"&(?:amp|#38|#x26);|\\u0026", re.IGNORECASE)
_MOST_ENCODINGS = 3


def forms(text: str) -> list[str]:
    """Return a text as it is, and each time percent-decoded once more; without invisible characters."""
    found = [text[: lengths.PASTED].translate(_UNSEEN)]
    for _ in range(_MOST_ENCODINGS):
        before = unquote(_AMPERSAND.sub("&", found[-1]))
        if before == found[-1]:
            break
        found.append(before)
    return found


def names_address(text: str) -> bool:
    """Return whether a text holds the address of a page, with or without its scheme."""
    return any(_ADDRESS.match(word.strip(_AROUND)) for word in text[: lengths.PASTED].split())


def together(text: str) -> str:
    """Return a text without its line breaks and spaces."""
    return "".join(text.split())
