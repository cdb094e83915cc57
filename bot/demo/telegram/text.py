"""Text as Telegram treats it: lengths in UTF-16, trimming, and the entities that it finds by itself."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

Entity = dict[str, Any]
"""A MessageEntity of the Bot API; offsets and lengths in UTF-16 code units."""

_DOMAINS = "com|net|org|info|me|io|app|dev|example|co|uk|de|es|fr|pt|ua|ru|рф|xn--p1ai"
"""Of the top-level domains that Telegram knows some; an address without a scheme has to end in one."""
_FOUND = re.compile(
    r"(?P<url>(?i:(?:https?|tg|ton|tonsite)://[^\s<>\"]*[^\s<>\".,;:!?)]"
    r"|(?<![\w@.-])(?:[\w-]{1,63}\.)+(?:" + _DOMAINS + r")(?![\w-])(?:[:/?#][^\s<>\"]*[^\s<>\".,;:!?)])?"
    r"|(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\w)))"
    r"|(?P<email>[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})"
    r"|(?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w@/]))"
    r"|(?P<mention>(?<![\w@/])@[A-Za-z0-9_]{3,32}(?!\w))"
    r"|(?P<hashtag>(?<![\w#/])#\w*[^\W\d]\w*)"
    r"|(?P<cashtag>(?<![\w$])\$[A-Z]{1,8}(?!\w))"
)
_SIGNS = re.compile(r"[/@#$]|\w\.\w")
"""Every entity that is found contains one of them; most texts contain none."""
_OPAQUE = frozenset({"code", "pre", "text_link", "text_mention", "url", "email"})


def utf16_length(text: str) -> int:
    """Return the length in UTF-16 code units, the unit of entities."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def found_entities(text: str, marked: Sequence[Entity] = ()) -> list[Entity]:
    """Return the commands, addresses, mentions and hashtags of a text, outside of entities that exclude them."""
    if not _SIGNS.search(text):
        return []
    opaque = [(e["offset"], e["offset"] + e["length"]) for e in marked if e["type"] in _OPAQUE]
    found: list[Entity] = []
    for match in _FOUND.finditer(text):
        start = utf16_length(text[: match.start()])
        length = utf16_length(match.group())
        if not any(start < end and begin < start + length for begin, end in opaque):
            found.append({"type": match.lastgroup, "offset": start, "length": length})
    return found


def trimmed(text: str, entities: Sequence[Entity]) -> tuple[str, list[Entity]]:
    """Remove white space at both ends, as the server does before it stores a text."""
    kept = text.lstrip()
    shift = utf16_length(text) - utf16_length(kept)
    kept = kept.rstrip()
    if len(kept) == len(text):
        return text, list(entities)
    total = utf16_length(kept)
    moved = []
    for entity in entities:
        start = max(entity["offset"] - shift, 0)
        end = min(entity["offset"] - shift + entity["length"], total)
        if end > start:
            moved.append(entity | {"offset": start, "length": end - start})
    return kept, moved


def link_fault(link: str) -> str | None:
    """Return what is wrong with a link, in the words of TDLib's `LinkManager`; None if it is valid."""
    if link.lower().startswith("tg:"):
        return None
    parts = urlsplit(link if "://" in link else f"http://{link}")
    if parts.scheme.lower() not in {"http", "https"}:
        return "Unsupported URL protocol"
    try:
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "Wrong port number specified in the URL"
    if not host:
        return "URL host is empty"
    return "Wrong HTTP URL" if "." not in host and ":" not in host else None
