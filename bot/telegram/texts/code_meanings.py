"""Every word that people read about one error code; a translation is this file and generic_codes.txt once more."""

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

_FAILURE_TYPES: Mapping[str, str] = {
    "01": "electrical fault",
    "02": "signal fault",
    "03": "fault of a pulsed signal",
    "04": "fault inside the system",
    "05": "programming fault",
    "06": "fault found by calculation",
    "07": "mechanical fault",
    "08": "fault in messages on the data network",
    "09": "fault of a part",
    "11": "circuit short to ground",
    "12": "circuit short to battery voltage",
    "13": "open circuit",
    "14": "open circuit or short to ground",
    "15": "open circuit or short to battery voltage",
    "16": "voltage too low",
    "17": "voltage too high",
    "18": "current too low",
    "19": "current too high",
    "1A": "resistance too low",
    "1B": "resistance too high",
    "1C": "voltage out of range",
    "1D": "current out of range",
    "1E": "resistance out of range",
    "1F": "contact comes and goes",
    "21": "signal swings too little",
    "22": "signal swings too much",
    "23": "signal stuck low",
    "24": "signal stuck high",
    "25": "signal of wrong shape",
    "26": "signal changes too slowly",
    "27": "signal changes too fast",
    "28": "signal shifted from its zero point",
    "29": "invalid signal",
    "2F": "unsteady signal",
    "31": "no signal",
    "32": "signal low for too short a time",
    "33": "signal low for too long a time",
    "34": "signal high for too short a time",
    "35": "signal high for too long a time",
    "36": "frequency too low",
    "37": "frequency too high",
    "38": "wrong frequency",
    "39": "too few pulses",
    "3A": "too many pulses",
    "41": "checksum wrong",
    "42": "memory fault",
    "43": "fault in special memory",
    "44": "fault in data memory",
    "45": "fault in program memory",
    "46": "fault in calibration memory",
    "47": "fault of the safety watchdog",
    "48": "fault of the supervising software",
    "49": "internal electronic fault",
    "4A": "wrong part installed",
    "4B": "too hot",
    "51": "not programmed",
    "52": "not activated",
    "53": "switched off",
    "54": "not calibrated",
    "55": "not configured",
    "56": "wrong configuration",
    "61": "signal computed wrongly",
    "62": "signals do not match",
    "63": "protection time exceeded",
    "64": "implausible signal",
    "65": "signal changes too seldom",
    "66": "signal changes too often",
    "67": "wrong signal after an event",
    "68": "note of an event",
    "71": "stuck",
    "72": "stuck open",
    "73": "stuck closed",
    "74": "slips",
    "75": "emergency position not reached",
    "76": "mounted in the wrong position",
    "77": "asked position not reached",
    "78": "misaligned or misadjusted",
    "79": "fault of a mechanical linkage",
    "7A": "leak or faulty seal",
    "7B": "fluid level too low",
    "81": "invalid data received",
    "82": "message counter wrong or not counting",
    "83": "protection value of a message wrong",
    "84": "signal below its range",
    "85": "signal above its range",
    "86": "signal marked invalid",
    "87": "message missing",
    "88": "dropped off the data network",
    "8F": "messages unsteady",
    "91": "value out of range",
    "92": "does not work as it should",
    "93": "does not work at all",
    "94": "works unasked",
    "95": "assembled wrongly",
    "96": "fault inside the part",
    "97": "obstructed or blocked",
    "98": "part or system too hot",
    "99": "learning limit exceeded",
    "9A": "operating conditions not as expected",
}
"""By failure type byte (SAE J2012-DA); 00 says nothing more, and A0 to FF are not common to all makers."""


@cache
def _titles() -> Mapping[str, str]:
    lines = (Path(__file__).parent / "generic_codes.txt").read_text(encoding="utf-8").splitlines()
    return {base: words for base, _, words in (line.partition("\t") for line in lines)}


def title(code: TroubleCode) -> str | None:
    """Name what a code means in every car, or return None where that is not known or is the maker's."""
    return _titles().get(code.base)


def category(code: TroubleCode) -> str:
    """Say which part of the car a code is about, and who defines it."""
    system, area = _SYSTEMS[code.text[0]], _AREAS.get(code.text[:3])
    if not code.is_standard:
        return f"{system}, defined by the car's maker"
    return f"{system}, standard code: {area}" if area else f"{system}, standard code"


def failure_type(code: TroubleCode) -> str | None:
    """Say what a code's failure type byte means, or return None where it has none or a rare one."""
    return _FAILURE_TYPES.get(code.failure_type or "")


def meaning(text: str) -> str:
    """Explain any text in one plain line, not escaped; "" where it is no code."""
    code = read_code(text)
    if isinstance(code, BadWord):
        return ""
    words, kind = title(code) or category(code), failure_type(code)
    return f"{words} ({kind})" if kind else words


def flaw(bad: BadWord) -> str:
    """Say what is wrong with a word that is no code, not escaped; the word itself is not repeated."""
    first = bad.word[:1]
    if bad.flaw is Flaw.FIRST_LETTER and first.isalnum():
        return f"begins with {first}; codes begin with P, C, B or U"
    return _FLAWS[bad.flaw].format(meant=bad.meant.text if bad.meant else "")


_FLAWS: Mapping[Flaw, str] = {
    Flaw.FIRST_LETTER: "codes begin with P, C, B or U",
    Flaw.SECOND_CHARACTER: "the second character is 0, 1, 2 or 3 in every code",
    Flaw.NOT_HEX: "after its second character a code has three digits or letters A to F",
    Flaw.TOO_SHORT: "too short; a code has five characters, like P0106",
    Flaw.TOO_LONG: "too long; a code has five characters, like P0106",
    Flaw.FAILURE_TYPE: "what follows the code is not a failure type of two digits or letters A to F, like -1A",
    Flaw.LETTER_FOR_DIGIT: "has a letter where a digit belongs; did you mean {meant}?",
    Flaw.OTHER_ALPHABET: "has letters of another alphabet; did you mean {meant}?",
}
