"""One word as an error code: in its normal form, in other usual forms, and what was probably meant as one."""

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

NORMAL = re.compile(r"[PCBU][0-3][0-9A-F]{3}(?:-[0-9A-F]{2})?")


@dataclass(frozen=True, slots=True, order=True)
class TroubleCode:
    """One code in its normal form; raises ValueError for any other text."""

    text: str = field(repr=False)
    """Upper case: "P0106", or "U0100-87" with a failure type byte; 5 or 8 characters."""

    def __post_init__(self) -> None:
        if not NORMAL.fullmatch(self.text):
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
    """What is wrong with a word that is not a code."""

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
    APART = "apart"
    """The letter and the digits are written apart."""


@dataclass(frozen=True, slots=True)
class BadWord:
    """A word that is not a code, why, and the code that was probably meant."""

    word: str = field(repr=False)
    flaw: Flaw
    meant: TroubleCode | None = None


_LETTER = "0-9A-Za-z\u00c0-\u052f"  # only scripts that put spaces between words; Chinese, for example, does not
_ALONE, _ENDS = rf"(?<![{_LETTER}])(?<![0-9]{{5}}-)", rf"(?![{_LETTER}])"
"""What may surround a code. After five digits and a hyphen it is more likely the rest of a part number."""
_TYPE = r"(?:[-:\u2010-\u2015\u2212]?([0-9A-F]{2}))?"
_CODE = re.compile(rf"{_ALONE}([PCBU][0-3][0-9A-F]{{3}}){_TYPE}{_ENDS}", re.ASCII | re.IGNORECASE)
_ALMOST = re.compile(
    rf"{_ALONE}(?!PID)([PCBU][ ._-]{{0,2}}[0-3OIL](?:[ .-]?[0-9A-FOIL]){{3}}){_TYPE}([A-Z]{{0,3}}){_ENDS}",
    re.ASCII | re.IGNORECASE,
)
"""What is probably meant as a code. PIDs are the readings of scan tools."""
_ATTEMPT = re.compile(r"(?!B[1-4]S[1-4])[A-Z][0-9][0-9A-Z:-]{1,9}", re.ASCII | re.IGNORECASE)
"""What is probably meant as a code in a list of codes. B1S1 is an oxygen sensor."""
_MOST_GUESSES = 200
_LEAST_DIGITS = 2
"""How many of the four characters after the letter must be digits: "Piece" is a word."""
_LONE, _WITH_TYPE, _LIKELY = 5, 7, 12
"""The length of a code, with a failure type, and of the longest word that was probably meant as one."""

_TYPED = re.compile(r"[^\s,;/|،؛、，；]+")
_BEHIND = re.compile(rf"({_CODE.pattern})[^\s,;/|]{{0,12}}", re.ASCII | re.IGNORECASE)
_UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
_AROUND = "[](){}<>\"'`“”„‘’«».,;:!?…*_#=-–—" + string.whitespace + _UNSEEN

_PREPOSITIONS = "ВвСсУу"
_WITHOUT_UNSEEN = dict.fromkeys(map(ord, _UNSEEN))
_DIGITS = str.maketrans("OoIiLl", "001111")
_TOGETHER = str.maketrans("", "", " ._-")
_ALIKE = str.maketrans(
    "РрПпСсВвБбУуАаЕеОоІіЗ" + "ΡρΠπΒβΥυΑαΕεΟοΙι" + "Øø",
    "PpPpCcBbBbUuAaEe00113" + "PpPpBbUuAaEe0011" + "00",
) | {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}


def read_code(word: str) -> TroubleCode | BadWord:
    """Read one word in upper or lower case, with or without punctuation and other signs behind the code."""
    return read_one(word) or _judge(word.strip().strip(_AROUND) or word.strip())


def read_one(word: str) -> TroubleCode | None:
    """Return the code with which a word begins if it is the only one, whatever signs surround it."""
    word = word.strip().strip(_AROUND)
    found = _CODE.match(word)
    return _code(found) if found and not _CODE.search(word, found.end()) else None


def _code(found: re.Match[str]) -> TroubleCode:
    return TroubleCode("-".join(part.upper() for part in found.groups() if part))


def _judge(word: str) -> BadWord:
    if len(word) > _LIKELY:
        return BadWord(word, _flaw(word))
    latin = word.translate(_ALIKE)
    almost = _ALMOST.fullmatch(latin)
    return (_guess(almost, word) if almost else None) or BadWord(word, _flaw(latin))


def _guess(almost: re.Match[str], word: str) -> BadWord | None:
    """Guess the code that was meant; None for a word that only happens to look like one."""
    written, kind, _ = almost.groups()
    code = written.translate(_TOGETHER)
    digits = code[1:].translate(_DIGITS)
    is_apart, has_letters = code != written, digits != code[1:]
    is_chance = is_apart and (has_letters or word[0] in _PREPOSITIONS)  # "CO2 12", or "в 2020", in 2020
    if is_chance or sum(one.isdigit() for one in code) < _LEAST_DIGITS:
        return None
    meant = TroubleCode("-".join(filter(None, (code[0] + digits, kind))).upper())
    if not word.isascii():
        return BadWord(word, Flaw.OTHER_ALPHABET, meant)
    if has_letters:
        return BadWord(word, Flaw.LETTER_FOR_DIGIT, meant)
    return BadWord(word, Flaw.APART if is_apart else Flaw.FAILURE_TYPE, meant)


def _flaw(word: str) -> Flaw:
    if not word:
        return Flaw.TOO_SHORT
    if word[0] not in "PCBUpcbu":
        return Flaw.FIRST_LETTER
    if word[1:2] not in {"", "0", "1", "2", "3"}:
        return Flaw.SECOND_CHARACTER
    if not re.fullmatch(r"[0-9A-Fa-f]*", word[2:_LONE]):
        return Flaw.NOT_HEX
    if len(word) < _LONE:
        return Flaw.TOO_SHORT
    return Flaw.FAILURE_TYPE if len(word) == _WITH_TYPE else Flaw.TOO_LONG


def visible(text: str) -> str:
    """Remove invisible characters from a text, and those that would split a code."""
    return text.translate(_WITHOUT_UNSEEN)


def codes_in(text: str) -> dict[TroubleCode, None]:
    """Return the codes of a text, each once and in order."""
    return dict.fromkeys(map(_code, _CODE.finditer(text)))


def without_codes(text: str) -> str:
    """Blank the codes of a text out, each with what is written right behind it."""
    return _BEHIND.sub(lambda found: " " * len(found[0]), text)


def guesses_in(text: str) -> dict[int, BadWord]:
    """Find what was probably meant as a code, by its place."""
    found: dict[int, BadWord] = {}
    for almost in islice(_ALMOST.finditer(text.translate(_ALIKE)), _MOST_GUESSES):
        guess = _guess(almost, text[almost.start() : almost.end()])
        if guess is not None:
            found[almost.start()] = guess
    return found


def without(text: str, words: Mapping[int, BadWord]) -> str:
    """Blank words out of a text, each at its place; the places come in order."""
    parts, end = [], 0
    for at, bad in words.items():
        parts += [text[end:at], " " * len(bad.word)]
        end = at + len(bad.word)
    return "".join((*parts, text[end:]))


def attempts_in(text: str) -> tuple[dict[int, BadWord], bool]:
    """Find words that look like wrong codes; also return whether everything else is numbers and signs."""
    found, is_list = dict[int, BadWord](), True
    for word in _TYPED.finditer(text):
        core = word[0].strip(_AROUND)
        if _ATTEMPT.fullmatch(core.translate(_ALIKE)):
            found[word.start()] = _judge(core)
        elif core and not core.isdigit():
            is_list = False
    return found, is_list
