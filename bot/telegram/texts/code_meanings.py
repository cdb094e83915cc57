"""All words that people read about one error code: a translation replaces this file and its two tables."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from bot.domain.codes import BadWord, Flaw, TroubleCode, read_code

_SYSTEMS: Mapping[str, str] = {"P": "Powertrain", "C": "Chassis", "B": "Body", "U": "Network"}
"""By the first letter of a code."""

_AREAS: Mapping[str, str] = {
    begin: words
    for begins, words in {
        "P00 P20 P21 P22 P2A P2B": "fuel, air or emission control",
        "P01": "fuel and air",
        "P02": "fuel and air, injectors",
        "P03 P23": "ignition or misfire",
        "P04 P24": "emission control",
        "P05": "speed, idling or other inputs",
        "P06 P26": "engine computer and its outputs",
        "P07 P08 P09 P27": "transmission",
        "P0A P0B P0C P0D P0E": "hybrid or electric drive",
        "P25": "other inputs",
        "P34": "cylinder deactivation",
        "U00": "wiring of the data network",
        "U01 U02": "lost communication",
        "U03": "software that does not fit together",
        "U04 U05": "invalid data received",
    }.items()
    for begin in begins.split()
}
"""By the first three characters of a code: the subsystems, as far as SAE J2012 divides a system."""


@cache
def _table(file: str) -> Mapping[str, str]:
    lines = (Path(__file__).parent / file).read_text(encoding="utf-8").splitlines()
    return {begin: words for begin, _, words in (line.partition("\t") for line in lines)}


def category(code: TroubleCode) -> str:
    """Return which part of the car a code is about, and whether the maker defines it."""
    system, area = _SYSTEMS[code.text[0]], _AREAS.get(code.text[:3])
    if not code.is_standard:
        return f"{system}, defined by the car's maker"
    return f"{system}, standard code: {area}" if area else f"{system}, standard code"


def meaning(text: str) -> str:
    """Return the meaning of a code in one line of plain text; "" for a text that is not a code."""
    code = read_code(text)
    if isinstance(code, BadWord):
        return ""
    words = _table("generic_codes.txt").get(code.base) or category(code)
    kind = _table("failure_types.txt").get(code.failure_type or "")
    return f"{words} ({kind})" if kind else words


def flaw(bad: BadWord) -> str:
    """Say what is wrong with a word that is not a code, not escaped; the word itself is not repeated."""
    first = bad.word[:1]
    if bad.flaw is Flaw.FIRST_LETTER and first.isalnum():
        return f"begins with {first}; codes begin with P, C, B or U"
    return _FLAWS[bad.flaw] if bad.meant is None else f"{_FLAWS[bad.flaw]}; did you mean {bad.meant.text}?"


_FLAWS: Mapping[Flaw, str] = {
    Flaw.FIRST_LETTER: "codes begin with P, C, B or U",
    Flaw.SECOND_CHARACTER: "the second character is 0, 1, 2 or 3 in every code",
    Flaw.NOT_HEX: "after its second character a code has three digits or letters A to F",
    Flaw.TOO_SHORT: "too short; a code has five characters, like P0106",
    Flaw.TOO_LONG: "too long; a code has five characters, like P0106",
    Flaw.FAILURE_TYPE: "what follows the code is not a failure type, like -1A",
    Flaw.LETTER_FOR_DIGIT: "has a letter where a digit belongs",
    Flaw.OTHER_ALPHABET: "has letters of another alphabet",
    Flaw.APART: "its letter and digits stand apart",
}
