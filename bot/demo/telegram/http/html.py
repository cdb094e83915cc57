"""Reads Telegram's HTML as strictly as `parse_html` in TDLib's `MessageEntity.cpp`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.demo.telegram.errors import Misuse
from bot.demo.telegram.text import Entity, link_fault, utf16_length

_PLAIN: Mapping[str, str] = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "u": "underline",
    "ins": "underline",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
_TAGS = frozenset(_PLAIN) | {"a", "tg-emoji", "tg-time", "pre", "code", "blockquote"}
_NAMED: Mapping[str, str] = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_LAST_CODE_POINT = 0x10FFFF
_LONGEST_NUMBER = 10

_SPECIAL = re.compile(r"[<&]")
_NAME = re.compile(r"[^\s>]*")
_SPACE = re.compile(r"\s*")
_ATTRIBUTE = re.compile(r"[^\s=>/\"']*")
_TOKEN = re.compile(r"[A-Za-z0-9.-]*")
_REFERENCE = re.compile(r"&(?:#x(?P<hex>[0-9A-Fa-f]*)|#(?P<dec>[0-9]*)|(?P<name>[A-Za-z]*))(?P<end>;?)")


@dataclass(slots=True)
class _Open:
    """A tag that is not closed yet."""

    tag: str
    attributes: Mapping[str, str]
    offset: int
    piece: int


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Return the text that people see, and its entities; raises Telegram's error for invalid HTML."""
    reader = _Reader(source)
    reader.read()
    return "".join(reader.pieces), sorted(reader.entities, key=lambda e: (e["offset"], -e["length"]))


def unescape(text: str) -> str:
    """Replace the character references that Telegram knows; others stay as they are."""
    return _REFERENCE.sub(lambda match: _referred(match) or match.group(), text)


def _referred(match: re.Match[str]) -> str | None:
    if match["name"] is not None:
        return _NAMED.get(match["name"])
    digits = match["hex"] if match["hex"] is not None else match["dec"]
    code = int(digits or "0", 16 if match["hex"] is not None else 10)
    length = match.end() - match.start() - len(match["end"])
    if not 0 < code < _LAST_CODE_POINT or length >= _LONGEST_NUMBER:
        return None
    return chr(code)


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.pieces: list[str] = []
        self.entities: list[Entity] = []
        self._offset = 0
        self._open: list[_Open] = []

    def read(self) -> None:
        at = 0
        while special := _SPECIAL.search(self.source, at):
            self._write(self.source[at : special.start()])
            at = self._tag(special.start()) if special.group() == "<" else self._reference(special.start())
        self._write(self.source[at:])
        if self._open:
            raise _fault(f'Can\'t find end tag corresponding to start tag "{self._open[-1].tag}"')

    def _write(self, text: str) -> None:
        if text:
            self.pieces.append(text)
            self._offset += utf16_length(text)

    def _reference(self, at: int) -> int:
        match = _REFERENCE.match(self.source, at)
        character = _referred(match) if match else None
        if match is None or character is None:
            self._write("&")
            return at + 1
        if "\ud800" <= character <= "\udfff":
            raise _fault(
                "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched "
                "surrogate code units"
            )
        self._write(character)
        return match.end()

    def _tag(self, begin: int) -> int:
        if self.source.startswith("</", begin):
            return self._end_tag(begin)
        return self._start_tag(begin)

    def _start_tag(self, begin: int) -> int:
        at = self._after(_NAME, begin + 1)
        if at == len(self.source):
            raise self._fault_at(begin, "Unclosed start tag")
        tag = self.source[begin + 1 : at].lower()
        if tag not in _TAGS:
            raise self._fault_at(begin, f'Unsupported start tag "{tag}"')
        attributes, at = self._attributes(tag, begin, at)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise self._fault_at(begin, 'Tag "span" must have class "tg-spoiler"')
        self._open.append(_Open(tag, attributes, self._offset, len(self.pieces)))
        return at

    def _attributes(self, tag: str, begin: int, at: int) -> tuple[Mapping[str, str], int]:
        """Return the attributes of a start tag and the position after its `>`."""
        attributes: dict[str, str] = {}
        while True:
            at = self._after(_SPACE, at)
            if self.source.startswith(">", at):
                return attributes, at + 1
            name_end = self._after(_ATTRIBUTE, at)
            name = self.source[at:name_end]
            if not name:
                raise self._fault_at(begin, f'Empty attribute name in the tag "{tag}"')
            at = self._after(_SPACE, name_end)
            if self.source.startswith("=", at):
                at = self._after(_SPACE, at + 1)
                self._expect_more(at, begin, f'Unclosed start tag "{tag}"')
                attributes[name], at = self._value(at)
                self._expect_more(at, begin, "Unclosed start tag")
            else:
                self._expect_more(at, begin, f'Unclosed start tag "{tag}"')
                attributes[name] = ""

    def _value(self, at: int) -> tuple[str, int]:
        """Return an attribute's value and the position after it."""
        quote = self.source[at]
        if quote in "\"'":
            end = self.source.find(quote, at + 1)
            if end < 0:
                return "", len(self.source)
            return unescape(self.source[at + 1 : end]), end + 1
        end = self._after(_TOKEN, at)
        if end < len(self.source) and not (self.source[end].isspace() or self.source[end] == ">"):
            raise self._fault_at(at, "Unexpected end of name token")
        return self.source[at:end].lower(), end

    def _end_tag(self, begin: int) -> int:
        if not self._open:
            raise self._fault_at(begin, "Unexpected end tag")
        name_end = self._after(_NAME, begin + 2)
        name = self.source[begin + 2 : name_end].lower()
        at = self._after(_SPACE, name_end)
        if not self.source.startswith(">", at):
            raise self._fault_at(begin, "Unclosed end tag")
        opened = self._open[-1]
        if name and name != opened.tag:
            place = f"Unmatched end tag at byte offset {self._byte(begin)}"
            raise _fault(f'{place}, expected "</{opened.tag}>", found "</{name}>"')
        self._open.pop()
        if self._offset > opened.offset:
            self._mark(opened)
        return at + 1

    def _mark(self, opened: _Open) -> None:
        """Add the entity of a tag that has just been closed."""
        place: Entity = {"type": "", "offset": opened.offset, "length": self._offset - opened.offset}
        if opened.tag in _PLAIN:
            self.entities.append(place | {"type": _PLAIN[opened.tag]})
        elif opened.tag == "a":
            self._mark_link(opened, place)
        elif opened.tag in {"pre", "code"}:
            self._mark_code(opened, place)
        else:
            self.entities.append(place | _RICH[opened.tag](opened.attributes))

    def _mark_link(self, opened: _Open, place: Entity) -> None:
        """Add a link; one that Telegram can't read is dropped silently, and its text stays."""
        url = opened.attributes.get("href") or "".join(self.pieces[opened.piece :])
        if user := re.fullmatch(r"tg://user\?id=(\d+)", url):
            mentioned = {"id": int(user[1]), "is_bot": False, "first_name": ""}
            self.entities.append(place | {"type": "text_mention", "user": mentioned})
        elif link_fault(url) is None:
            self.entities.append(place | {"type": "text_link", "url": url})

    def _mark_code(self, opened: _Open, place: Entity) -> None:
        """`<pre><code class="language-x">` is one block with a language."""
        last = self.entities[-1] if self.entities else None
        if last and last["type"] == "code" and opened.tag == "pre" and _same_place(last, place):
            last["type"] = "pre"
            return
        language = opened.attributes.get("class", "")
        known = {"language": language[9:]} if language.startswith("language-") else {}
        self.entities.append(place | {"type": opened.tag} | (known if opened.tag == "code" else {}))

    def _after(self, pattern: re.Pattern[str], at: int) -> int:
        match = pattern.match(self.source, at)
        return match.end() if match else at

    def _expect_more(self, at: int, begin: int, what: str) -> None:
        if at >= len(self.source):
            raise self._fault_at(begin, what)

    def _byte(self, at: int) -> int:
        return len(self.source[:at].encode())

    def _fault_at(self, at: int, what: str) -> Misuse:
        return _fault(f"{what} at byte offset {self._byte(at)}")


def _same_place(one: Entity, other: Entity) -> bool:
    return bool(one["offset"] == other["offset"] and one["length"] == other["length"])


def _quote(attributes: Mapping[str, str]) -> Entity:
    return {"type": "expandable_blockquote" if "expandable" in attributes else "blockquote"}


def _emoji(attributes: Mapping[str, str]) -> Entity:
    number = attributes.get("emoji-id", "")
    if not number.isdecimal() or not int(number):
        raise Misuse("can't parse entities: Invalid custom emoji identifier specified")
    return {"type": "custom_emoji", "custom_emoji_id": number}


def _time(attributes: Mapping[str, str]) -> Entity:
    unix = attributes.get("unix", "")
    if not unix.isdecimal():
        raise Misuse("can't parse entities: Invalid date specified")
    return {"type": "date_time", "unix_time": int(unix), "date_time_format": attributes.get("format", "")}


_RICH: Mapping[str, Callable[[Mapping[str, str]], Entity]] = {
    "blockquote": _quote,
    "tg-emoji": _emoji,
    "tg-time": _time,
}


def _fault(what: str) -> Misuse:
    return Misuse(f"can't parse entities: {what}")
