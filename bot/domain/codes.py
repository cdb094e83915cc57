"""Error codes of cars as SAE J2012 writes them: read from what people type and from what cars send."""

import json
import re
import string
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby

MOST_AT_ONCE = 100
"""How many codes DIMO takes in one request."""


_NORMAL = re.compile(r"[PCBU][0-3][0-9A-F]{3}(?:-[0-9A-F]{2})?")


@dataclass(frozen=True, slots=True, order=True)
class TroubleCode:
    """One code in its normal form; raises ValueError for any other text."""

    text: str = field(repr=False)
    """Upper case: "P0106", or "U0100-87" with a failure type byte; 5 or 8 characters."""

    def __post_init__(self) -> None:
        if not _NORMAL.fullmatch(self.text):
            raise ValueError("a trouble code is P, C, B or U, then 0 to 3, then three hex digits")

    @property
    def base(self) -> str:
        """The code without its failure type: "U0100"."""
        return self.text[:5]

    @property
    def failure_type(self) -> str | None:
        """The failure type byte, two hex digits, where the code has one."""
        return self.text[6:] or None

    @property
    def is_standard(self) -> bool:
        """Whether ISO and SAE say what it means, the same in every car; if not, the car's maker does."""
        if self.text[0] == "P":
            return self.text[1] in "02" or "P34" <= self.text[:3] <= "P3F"
        return self.text[1] in "03"


class Flaw(StrEnum):
    """What is wrong with a word that is no code."""

    FIRST_LETTER = "first_letter"
    SECOND_CHARACTER = "second_character"
    NOT_HEX = "not_hex"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    FAILURE_TYPE = "failure_type"
    LETTER_FOR_DIGIT = "letter_for_digit"
    """The letter O in place of a zero, or I or l in place of a one."""
    OTHER_ALPHABET = "other_alphabet"
    """Letters of another alphabet, or of another width, that look like the right ones."""


@dataclass(frozen=True, slots=True)
class BadWord:
    """A word that is no code, why, and the code that was probably meant."""

    word: str = field(repr=False)
    flaw: Flaw
    meant: TroubleCode | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed: at most MOST_AT_ONCE codes, each once, in the order typed."""

    codes: tuple[TroubleCode, ...]
    bad: tuple[BadWord, ...]
    left_out: tuple[TroubleCode, ...]
    """Codes beyond MOST_AT_ONCE."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The codes that a car sent, each once and in order, and the parts that are no codes, unchanged."""

    codes: tuple[TroubleCode, ...]
    other: tuple[str, ...] = field(repr=False)


_WORD = re.compile(r"([PCBU][0-3][0-9A-F]{3})(?:[-:\u2010-\u2015\u2212]?([0-9A-F]{2}))?", re.ASCII | re.IGNORECASE)
_BETWEEN_TYPED = re.compile(r"[\s,;/|،؛、，；]+")
_BETWEEN_LISTED = re.compile(r"[,;\r\n]+")
_UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
_AROUND = "[](){}<>\"'`“”„‘’«».,;:!?…*_#-" + string.whitespace + _UNSEEN
_LIKELY = 12
"""A longer word is not searched for the code that was meant."""

_DIGITS = str.maketrans("OoIiLl", "001111")
_ALIKE = str.maketrans("РрСсВвАаЕеОоІіΡρΒβΑαΕεΟοΙι", "PpCcBbAaEe0011PpBbAaEe0011")


def read_code(word: str) -> TroubleCode | BadWord:
    """Read one word in upper or lower case, with or without punctuation."""
    core = word.strip().strip(_AROUND) or word.strip()
    return _read(core) or _judge(core)


def _read(word: str) -> TroubleCode | None:
    found = _WORD.fullmatch(word)
    return TroubleCode("-".join(part.upper() for part in found.groups() if part)) if found else None


def _judge(word: str) -> BadWord:
    latin = unicodedata.normalize("NFKC", word).translate(_ALIKE) if len(word) <= _LIKELY else word
    meant = _read(latin[:1] + latin[1:].translate(_DIGITS))
    if meant is not None:
        return BadWord(word, Flaw.LETTER_FOR_DIGIT if word.isascii() else Flaw.OTHER_ALPHABET, meant)
    return BadWord(word, _flaw(latin))


def _flaw(word: str) -> Flaw:
    if not word:
        return Flaw.TOO_SHORT
    if word[0] not in "PCBUpcbu":
        return Flaw.FIRST_LETTER
    if word[1:2] not in {"", "0", "1", "2", "3"}:
        return Flaw.SECOND_CHARACTER
    if not re.fullmatch(r"[0-9A-Fa-f]*", word[2:5]):
        return Flaw.NOT_HEX
    if len(word) < 5:
        return Flaw.TOO_SHORT
    return Flaw.TOO_LONG if word[5].isalnum() and len(word) != 7 else Flaw.FAILURE_TYPE


def read_typed(text: str) -> Typed:
    """Read codes as people type them: between commas, semicolons, slashes or white space; takes any text."""
    read = [read_code(word) for word in _BETWEEN_TYPED.split(text) if word.strip(_AROUND)]
    codes = tuple(dict.fromkeys(one for one in read if isinstance(one, TroubleCode)))
    bad = tuple(dict.fromkeys(one for one in read if isinstance(one, BadWord)))
    return Typed(codes[:MOST_AT_ONCE], bad, codes[MOST_AT_ONCE:])


_SAYS_NOTHING = {"none", "null", "[]", "{}"}
_NAMES_OF_CODES = {"code", "codes", "dtc", "dtcs", "dtccode", "errorcode", "errorcodes"}


def read_listed(text: str | None) -> Listed:
    """Read a car's own list (the signal obdDTCList), whose form DIMO does not promise.

    Takes codes between commas, semicolons or white space, and JSON: strings, or objects with a code, of
    which only the code is read. Neighbouring words that are no codes stay together.
    """
    text = text or ""
    try:
        found = list(_found(json.loads(text) if text.lstrip().startswith(("[", "{", '"')) else text))
    except (ValueError, RecursionError):
        found = list(_found_in_text(text))
    codes = dict.fromkeys(one for one in found if isinstance(one, TroubleCode))
    # JSON can express lone surrogates, which UTF-8 can't.
    other = dict.fromkeys(one.encode("utf-8", "replace").decode() for one in found if isinstance(one, str))
    return Listed(tuple(codes), tuple(other))


def _found(value: object) -> Iterator[TroubleCode | str]:
    if isinstance(value, str):
        yield from _found_in_text(value)
    elif isinstance(value, list):
        for item in value:
            yield from _found(item)
    elif isinstance(value, dict):
        named = [item for key, item in value.items() if key.casefold() in _NAMES_OF_CODES]
        if any(named):
            yield from _found(named)
        elif any(value.values()):
            yield json.dumps(value, ensure_ascii=False)
    elif value is not None:
        yield json.dumps(value)


def _found_in_text(text: str) -> Iterator[TroubleCode | str]:
    for piece in map(str.strip, _BETWEEN_LISTED.split(text)):
        if piece.casefold() in _SAYS_NOTHING:
            continue
        for code, words in groupby(piece.split(), key=_code_in):
            yield code or " ".join(words)


def _code_in(word: str) -> TroubleCode | None:
    return _read(word.strip(_AROUND))


def known_as(text: str) -> str:
    """Return the only code in a text, in its normal form; the text itself if there is no code, or more than one."""
    code = _code_in(text)
    if code is None:
        codes = read_listed(text).codes
        code = codes[0] if len(codes) == 1 else None
    return code.text if code else text.strip()


def base_of(text: str) -> str:
    """Return what `known_as` returns, without the failure type, which DIMO's language model may leave out."""
    known = known_as(text)
    return TroubleCode(known).base if _NORMAL.fullmatch(known) else known
