"""Error codes of cars as SAE J2012 writes them: read from what people type and paste, and from what cars send."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from bot import lengths
from bot.domain import code_words
from bot.domain.code_words import NORMAL, BadWord, Flaw, TroubleCode, read_code, read_one

__all__ = [
    "MOST_AT_ONCE",
    "BadWord",
    "Flaw",
    "Listed",
    "TroubleCode",
    "Typed",
    "base_of",
    "known_as",
    "read_code",
    "read_listed",
    "read_typed",
]

MOST_AT_ONCE = 100
"""How many codes DIMO takes in one request."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed or pasted: at most MOST_AT_ONCE codes, each once, in their order."""

    codes: tuple[TroubleCode, ...]
    bad: tuple[BadWord, ...]
    """Words that were probably meant as codes: in a list all that look like it, in other texts those with a guess."""
    left_out: tuple[TroubleCode, ...]
    """Codes beyond MOST_AT_ONCE."""
    is_list: bool = True
    """Whether the text has nothing but codes, numbers and words that were probably meant as codes."""

    @property
    def guessed(self) -> tuple[TroubleCode, ...]:
        """The codes that were probably meant, besides those that are there; a person has to confirm them."""
        meant = dict.fromkeys(one.meant for one in self.bad if one.meant is not None)
        return tuple(one for one in meant if one not in self.codes)[: MOST_AT_ONCE - len(self.codes)]

    @property
    def found(self) -> tuple[TroubleCode, ...]:
        """The codes that are there, and those that were probably meant."""
        return self.codes + self.guessed

    @property
    def is_sure(self) -> bool:
        """Whether the codes that are there are all that was meant."""
        return not (self.guessed or self.left_out or (self.is_list and self.bad))


@dataclass(frozen=True, slots=True)
class Listed:
    """The codes that a car sent, each once and in order, and the parts that are not codes, unchanged."""

    codes: tuple[TroubleCode, ...]
    other: tuple[str, ...] = field(repr=False)


_LESS_SURE = {Flaw.APART, Flaw.FAILURE_TYPE}


def read_typed(text: str) -> Typed:
    """Find the codes in any text: a list, a sentence, a table, or what a scan tool or an app exports.

    A look-alike is never taken for a code. A less certain code counts only in a list, or if no other is found.
    """
    text = code_words.visible(text[: lengths.PASTED])
    codes, rest = code_words.codes_in(text), code_words.without_codes(text)
    guesses = code_words.guesses_in(rest)
    attempts, is_list = code_words.attempts_in(code_words.without(rest, guesses))
    if not is_list:
        typed = {one.base for one in codes if one.failure_type}
        codes = dict.fromkeys(one for one in codes if one.failure_type or one.base not in typed)
        guesses = {at: one for at, one in guesses.items() if not codes or one.flaw not in _LESS_SURE}
    bad = guesses | (attempts if is_list else {})
    found = tuple(codes)
    words = dict.fromkeys(bad[at] for at in sorted(bad))
    return Typed(found[:MOST_AT_ONCE], tuple(words), found[MOST_AT_ONCE:], is_list)


_BETWEEN_LISTED = re.compile(r"[,;\r\n]+")
_SAYS_NOTHING = {"none", "null", "[]", "{}"}
_NAMES_OF_CODES = {"code", "codes", "dtc", "dtcs", "dtccode", "errorcode", "errorcodes"}


def read_listed(text: str | None) -> Listed:
    """Read a car's own list (the signal obdDTCList), whose form DIMO does not promise.

    Takes codes between commas, semicolons or white space, and JSON: strings, or objects with a code, of
    which only the code is read. Neighbouring words that are not codes stay together.
    """
    text = (text or "")[: lengths.CODE_LIST]
    try:
        found = list(_found(json.loads(text) if text.lstrip().startswith(("[", "{", '"')) else text))
    except (ValueError, RecursionError):
        found = list(_found_in_text(text))
    codes = dict.fromkeys(one for one in found if isinstance(one, TroubleCode))
    # JSON can express lone surrogates, which UTF-8 can't.
    other = dict.fromkeys(one.encode("utf-8", "replace").decode() for one in found if isinstance(one, str))
    return Listed(tuple(codes), tuple(other))


def _found(value: object) -> Iterator[TroubleCode | str]:
    left = [value]
    while left:
        value = left.pop()
        if isinstance(value, str):
            yield from _found_in_text(value)
        elif isinstance(value, list):
            left += reversed(value)
        elif isinstance(value, dict):
            named = [item for key, item in value.items() if key.casefold() in _NAMES_OF_CODES]
            if any(named):
                left += reversed(named)
            elif any(value.values()):
                yield json.dumps(value, ensure_ascii=False)
        elif value is not None:
            yield json.dumps(value)


def _found_in_text(text: str) -> Iterator[TroubleCode | str]:
    for piece in map(str.strip, _BETWEEN_LISTED.split(text)):
        if piece.casefold() in _SAYS_NOTHING:
            continue
        for code, words in groupby(piece.split(), key=read_one):
            yield code or " ".join(words)


def known_as(text: str) -> str:
    """Return the only code in a text, in its normal form; the text itself if there is no code, or more than one."""
    code = read_one(text)
    if code is None:
        codes = read_listed(text).codes
        code = codes[0] if len(codes) == 1 else None
    return code.text if code else text.strip()


def base_of(text: str) -> str:
    """Return what `known_as` returns, without the failure type, which DIMO's language model may leave out."""
    known = known_as(text)
    return TroubleCode(known).base if NORMAL.fullmatch(known) else known
