import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.codes import (
    MOST_AT_ONCE,
    BadWord,
    Flaw,
    Listed,
    TroubleCode,
    known_as,
    read_code,
    read_listed,
    read_typed,
)

LARGE = 5000

texts = st.text(st.characters(codec="utf-8"))
hostile = st.text(st.sampled_from("PpCcBbUu0123489AFGOoIlРОС-:–,;/| \t\n\u00a0\u200b[]{}()\"'.#\\nule"), max_size=60)
anything = texts | hostile
base_codes = st.from_regex(r"[PCBU][0-3][0-9A-F]{3}", fullmatch=True)
codes = st.from_regex(r"[PCBU][0-3][0-9A-F]{3}(-[0-9A-F]{2})?", fullmatch=True).map(TroubleCode)
often = settings(max_examples=60, deadline=None)


def code(text: str) -> TroubleCode:
    return TroubleCode(text)


def typed(text: str) -> list[str]:
    return [one.text for one in read_typed(text).codes]


def listed(text: str | None) -> tuple[list[str], list[str]]:
    read = read_listed(text)
    return [one.text for one in read.codes], list(read.other)


def flaw_of(word: str) -> BadWord:
    read = read_code(word)
    assert isinstance(read, BadWord), word
    return read


@pytest.mark.parametrize(
    "text",
    ["", "p0106", "P010", "P01060", "P4106", "X0106", "P01G6", "U0100-8", "U010087", "U0100:87", "P0106\n"],
)
def test_a_code_exists_in_its_normal_form_only(text: str) -> None:
    with pytest.raises(ValueError, match="trouble code"):
        TroubleCode(text)


@given(codes)
@often
def test_a_code_has_the_length_that_dimo_takes(one: TroubleCode) -> None:
    assert 5 <= len(one.text) <= 8
    assert one.text == one.base + (f"-{one.failure_type}" if one.failure_type else "")


def test_what_a_code_is_stays_out_of_logs() -> None:
    assert "0106" not in repr((code("P0106"), read_typed("P0106 X0106"), read_listed("P0106 X0106")))


STANDARD = "P0001 P0301-1A P0F00 P2096 P2714 P3400 P3FFF C0035 C3000 B0001 B3055 U0001 U0293-87 U3003"
OF_THE_MAKER = "P1106 P1FFF-11 P3000 P33FF C1234 C2000 B1000 B2AAA U1000 U2FFF"


@pytest.mark.parametrize(("texts", "is_standard"), [(STANDARD, True), (OF_THE_MAKER, False)])
def test_a_code_tells_whether_it_means_the_same_in_every_car(texts: str, is_standard: bool) -> None:
    assert {code(text).is_standard for text in texts.split()} == {is_standard}


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("P0106", "P0106"),
        ("p0106", "P0106"),
        (" c00Ff ", "C00FF"),
        ("U0100-87", "U0100-87"),
        ("u0100:1a", "U0100-1A"),
        ("U01001A", "U0100-1A"),
        ("U0100–1A", "U0100-1A"),
        ("(P0106).", "P0106"),
        ("«P0106»", "P0106"),
        ("#P0106", "P0106"),
        ("P0106-", "P0106"),
        ("P0106-1", "P0106"),
        ("P0106-123", "P0106"),
        ("P0106:00-28", "P0106-00"),
        ("P0106(P)", "P0106"),
        ("P0106*", "P0106"),
        ("P0106[pending]", "P0106"),
        ("P0106=true", "P0106"),
        ("P0106-Sensor", "P0106"),
        ("\u200bP0106\ufeff", "P0106"),
        ("\u202aP0106\u202c", "P0106"),
        ("\u2066P0106\u2069", "P0106"),
        ("\u00a0P0106", "P0106"),
    ],
)
def test_a_word_is_read_in_any_usual_form(word: str, text: str) -> None:
    assert read_code(word) == code(text)


@pytest.mark.parametrize(
    ("word", "flaw"),
    [
        ("", Flaw.TOO_SHORT),
        ("P", Flaw.TOO_SHORT),
        ("P01", Flaw.TOO_SHORT),
        ("Р01", Flaw.TOO_SHORT),
        ("0106", Flaw.FIRST_LETTER),
        ("X0106", Flaw.FIRST_LETTER),
        ("and", Flaw.FIRST_LETTER),
        ("🚗", Flaw.FIRST_LETTER),
        ("P4106", Flaw.SECOND_CHARACTER),
        ("check", Flaw.SECOND_CHARACTER),
        ("P01G6", Flaw.NOT_HEX),
        ("P0\u0661\u0660\u0666", Flaw.NOT_HEX),
        ("P01060", Flaw.TOO_LONG),
        ("P0106123", Flaw.TOO_LONG),
        ("P0106P0107", Flaw.TOO_LONG),
        ("P01G6ZZ", Flaw.NOT_HEX),
        ("P0106Z1", Flaw.FAILURE_TYPE),
        ("Piece", Flaw.SECOND_CHARACTER),
        ("PID01", Flaw.SECOND_CHARACTER),
    ],
)
def test_a_word_that_is_no_code_says_why(word: str, flaw: Flaw) -> None:
    assert flaw_of(word) == BadWord(word, flaw)


@pytest.mark.parametrize(
    ("word", "flaw", "meant"),
    [
        ("PO106", Flaw.LETTER_FOR_DIGIT, "P0106"),
        ("po1o6", Flaw.LETTER_FOR_DIGIT, "P0106"),
        ("P0l06", Flaw.LETTER_FOR_DIGIT, "P0106"),
        ("PI234", Flaw.LETTER_FOR_DIGIT, "P1234"),
        ("UO100-1a", Flaw.LETTER_FOR_DIGIT, "U0100-1A"),
        ("Р0106", Flaw.OTHER_ALPHABET, "P0106"),
        ("С0035", Flaw.OTHER_ALPHABET, "C0035"),
        ("В0001", Flaw.OTHER_ALPHABET, "B0001"),
        ("р0а8о", Flaw.OTHER_ALPHABET, "P0A80"),
        ("PО106", Flaw.OTHER_ALPHABET, "P0106"),
        ("РO106", Flaw.OTHER_ALPHABET, "P0106"),
        ("Ρ0106", Flaw.OTHER_ALPHABET, "P0106"),
        ("Ｐ０１０６", Flaw.OTHER_ALPHABET, "P0106"),
        ("У0100", Flaw.OTHER_ALPHABET, "U0100"),
        ("П0420", Flaw.OTHER_ALPHABET, "P0420"),
        ("Р0З01-1А", Flaw.OTHER_ALPHABET, "P0301-1A"),
        ("PØ106", Flaw.OTHER_ALPHABET, "P0106"),
        ("Р 0106", Flaw.OTHER_ALPHABET, "P0106"),
        ("P 0106", Flaw.APART, "P0106"),
        ("p-0106", Flaw.APART, "P0106"),
        ("P0 106", Flaw.APART, "P0106"),
        ("P 0 1 0 6", Flaw.APART, "P0106"),
        ("P0106ZZ", Flaw.FAILURE_TYPE, "P0106"),
        ("P0106p", Flaw.FAILURE_TYPE, "P0106"),
    ],
)
def test_a_look_alike_is_told_with_what_was_probably_meant(word: str, flaw: Flaw, meant: str) -> None:
    assert flaw_of(word) == BadWord(word, flaw, code(meant))


def test_typed_codes_keep_their_order_and_come_once() -> None:
    assert typed("p0420, P0106;U0100:87\nu010087  P0420/C0035|") == ["P0420", "P0106", "U0100-87", "C0035"]


def test_in_a_list_of_codes_every_word_that_is_none_is_told() -> None:
    read = read_typed("P0106, X0100 P9999 PO420; 2. - and-1")
    assert read.codes == (code("P0106"),)
    assert not read.is_list
    read = read_typed("P0106, X0100 P9999 PO420; 2. -")
    assert read.is_list
    assert read.bad == (
        BadWord("X0100", Flaw.FIRST_LETTER),
        BadWord("P9999", Flaw.SECOND_CHARACTER),
        BadWord("PO420", Flaw.LETTER_FOR_DIGIT, code("P0420")),
    )
    assert read.guessed == (code("P0420"),)


FORSCAN = """===PCM DTC P0420:00-2C===
Code: P0420 - Catalyst System Efficiency Below Threshold (Bank 1)
Additional Fault Symptom:
 - No Sub Type Information
Status:
 - Test not passed at this moment, DTC not confirmed 2024-01-15 10:46:12
Module: Powertrain Control Module, part number: 8S7A-14C204-BAD, VIN: WF0AXXGBBAB123456
===END PCM DTC P0420:00-2C===
===BCM DTC U0100:87-08===
Code: U0100 - Lost Communication With ECM/PCM A"""
VCDS = """Address 01: Engine        Labels: 03L-906-022-CBA.clb
   Part No SW: 03L 906 022 BQ    HW: 03L 906 012
   Component: R4 2,0L EDC G000SG  7443    Revision: 52H33---    Serial number: 00000000000000
   Coding: 0050078   Shop #: WSC 01357 785 00200   VCID: 6BD3E04A3C2D1D3-8032
2 Faults Found:
16684 - Random/Multiple Cylinder Misfire Detected
            P0300 - 004 - No Signal/Communication - Intermittent
             Freeze Frame: Fault Status: 01100100  Mileage: 123456 km  Date: 2000.12.30  Time: 15:41:23
008193 - Oxygen Sensor; B1S1
            P0136 00 [175] - Malfunction"""
TABLE = """| # | Code  | Status    | Module | Description |
|---|-------|-----------|--------|-------------|
| 1 | P0301 | confirmed | PCM    | Cylinder 1 Misfire |
| 2 | C0035 | history   | ABS    | Left front wheel speed |
| 3 | B1318 | permanent | BCM    | Battery voltage low |"""
TORQUE = """Torque for Android Fault Log
============================
Vehicle VIN: WVWZZZ1KZAW123456
Vehicle Manufacturer: Volkswagen
Fault log report follows:

P0171 (Pending): System Too Lean (Bank 1)
P0420*: Catalyst System Efficiency Below Threshold
PID 0D: 62km/h, RPM 2250, LTFT B1 12.5%, coolant 90C, 14:05:33 01/02/2024
End of report."""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("P0401 Exhaust gas recirculation flow", "P0401"),
        ("My car shows P0420 again, and the dealer says p0430!", "P0420 P0430"),
        ("U0100:00-28", "U0100-00"),
        ("P0420 - Catalyst, 1. P0301\n2) P0302\n3.P0303", "P0420 P0301 P0302 P0303"),
        ("P0420-Catalyst; P0171(P), P0300*, C0035[hist]|B1318", "P0420 P0171 P0300 C0035 B1318"),
        ("P0420\tpending\tCatalyst\nP0171\tstored\tToo lean", "P0420 P0171"),
        ("P0301-P0302–P0303/P0304+P0305&P0306_P0307", "P0301 P0302 P0303 P0304 P0305 P0306 P0307"),
        ("DTC_P0420, PCM-P0430, <code>P0300</code>", "P0420 P0430 P0300"),
        ('[{"code": "P0420", "status": "confirmed"}, {"code": "U0100-87"}]', "P0420 U0100-87"),
        ("https://www.obd-codes.com/p0420", "P0420"),
        ("故障码P0420的含义", "P0420"),
        ("Код ошибки: P0420.", "P0420"),
        ("P0420—катализатор", "P0420"),
        ("P04\u200b20 P0\u00ad300", "P0420 P0300"),
        (FORSCAN, "P0420-00 U0100-87"),
        (VCDS, "P0300 P0136"),
        (TABLE, "P0301 C0035 B1318"),
        (TORQUE, "P0171 P0420"),
    ],
    ids=lambda text: repr(text[:20]),
)
def test_the_codes_in_a_text_are_found_and_the_rest_is_left_in_peace(text: str, found: str) -> None:
    read = read_typed(text)
    assert [one.text for one in read.codes] == found.split()
    assert not read.bad


@pytest.mark.parametrize(
    "text",
    [
        "VIN: WVWZZZ1KZAW123456, WF0AXXGBBAB123456",
        "2024-01-15 12:30, 15.01.2024, C2O, B1S2, CO2 12%",
        "PCM BCM ABS TCM PID 0D PID01 PID1F RPM 2250 P1: 12",
        "pending confirmed permanent history stored active",
        "Piece of blade, coded and placed; ICE Bolle bleed",
        "part 89661-C0123, 8S7A-14C204-BAD, 0xC0123, 03L906022BQ",
        "#c0ffee, uuid 1b4e28ba-2fa1-11d2-883f-0016d3cca427, mac B0:12:34:56",
        "машина с 2015 года, в 2020",
        "P01060 XP0106 P0106P0107 3P0106",
    ],
)
def test_what_only_looks_like_a_code_is_not_taken_for_one(text: str) -> None:
    read = read_typed(f"{text} and so on")
    assert (read.codes, read.guessed) == ((), ())


@pytest.mark.parametrize(
    ("text", "found", "guessed"),
    [
        ("my dash says PO420", "", "P0420"),
        ("P0171 und Р0420, С0035", "P0171", "P0420 C0035"),
        ("it is P 0420 I think", "", "P0420"),
        ("code p 0 4 2 0 from the radio", "", "P0420"),
        ("P0420 PO420", "P0420", ""),
        ("PO420 P0l71 PO420", "", "P0420 P0171"),
        ("P0420 at 1.5 bar, sensor P 1013 hPa", "P0420", ""),
        ("P0171 P 0420", "P0171", "P0420"),
    ],
)
def test_what_is_guessed_is_kept_apart_from_what_is_there(text: str, found: str, guessed: str) -> None:
    """In a text with codes that is not a list, a code-like word with a gap is probably a reading."""
    read = read_typed(text)
    assert [one.text for one in read.codes] == found.split()
    assert [one.text for one in read.guessed] == guessed.split()


@pytest.mark.parametrize("text", ["", " \n\t", ", ;/", "…", "- - -"])
def test_nothing_typed_is_nothing(text: str) -> None:
    assert read_typed(text) == read_typed("")
    assert not read_typed(text).codes
    assert not read_typed(text).bad


def test_codes_beyond_what_dimo_takes_at_once_are_left_out() -> None:
    many = [f"P0{number:03X}" for number in range(MOST_AT_ONCE + 2)]
    read = read_typed(",".join(many + many))
    assert [one.text for one in read.codes] == many[:MOST_AT_ONCE]
    assert [one.text for one in read.left_out] == many[MOST_AT_ONCE:]


@given(anything)
@often
def test_any_text_can_be_typed(text: str) -> None:
    read = read_typed(text)
    assert len(read.codes) <= MOST_AT_ONCE
    assert not read.left_out or len(read.codes) == MOST_AT_ONCE
    assert len(set(read.codes + read.left_out)) == len(read.codes + read.left_out)
    assert all(bad.word for bad in read.bad)
    assert all(bad.meant is not None for bad in read.bad) or read.is_list
    assert len(read.codes + read.guessed) <= MOST_AT_ONCE
    assert not set(read.codes) & set(read.guessed)


@given(st.lists(codes, max_size=MOST_AT_ONCE, unique=True), st.sampled_from([" ", ",", ", ", "\n", ";"]))
@often
def test_typed_codes_are_read_back(many: list[TroubleCode], between: str) -> None:
    read = read_typed(between.join(one.text for one in many))
    assert (read.codes, read.bad, read.left_out) == (tuple(many), (), ())


@given(anything)
@often
def test_the_normal_form_is_read_as_itself(text: str) -> None:
    read = read_code(text)
    if isinstance(read, TroubleCode):
        assert read_code(read.text) == read


@pytest.mark.parametrize("text", [None, "", "  ", "none", " None\n", "NULL", "[]", "null", '"none"', "[null]", '[""]'])
def test_a_car_without_codes_lists_none(text: str | None) -> None:
    assert read_listed(text) == Listed((), ())


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("P0106", ["P0106"]),
        ("p0106,P0420", ["P0106", "P0420"]),
        ("P0106 P0420; P0106", ["P0106", "P0420"]),
        ('["P0106", "p0420"]', ["P0106", "P0420"]),
        ('["P0106,P0420", null]', ["P0106", "P0420"]),
        ("['P0106', 'P0420']", ["P0106", "P0420"]),
        ("[P0106, P0420]", ["P0106", "P0420"]),
        ('"P0106"', ["P0106"]),
        ('[{"code": "P0106", "description": "P0999"}, {"dtc": "U0100:87"}]', ["P0106", "U0100-87"]),
        ('{"codes": ["P0106", ["P0420"]]}', ["P0106", "P0420"]),
        ('{"errorCodes": [{"code": "P0106"}]}', ["P0106"]),
        ('{"codes": []}', []),
    ],
)
def test_a_cars_list_is_read_in_any_form(text: str, read: list[str]) -> None:
    assert listed(text) == (read, [])


@pytest.mark.parametrize(
    ("text", "read", "other"),
    [
        ("P0106, PO420", ["P0106"], ["PO420"]),
        ("check engine P0106 soon  please, P0106", ["P0106"], ["check engine", "soon please"]),
        ('["P0106", "P01', ["P0106"], ['"P01']),
        ('["P0106", 42, true, {"a": 1, "b": "x"}]', ["P0106"], ["42", "true", '{"a": 1, "b": "x"}']),
        ('{"code": null, "description": "hot"}', [], ['{"code": null, "description": "hot"}']),
        ('{"code": "lamp"}', [], ["lamp"]),
        ("none, P0106, maintenance", ["P0106"], ["maintenance"]),
        ("hot, hot", [], ["hot"]),
        ('["\\ud800"]', [], ["?"]),
        ("[" * LARGE, [], ["[" * LARGE]),
        ("9" * LARGE, [], ["9" * LARGE]),
        ("[" + "9" * LARGE + "]", [], ["[" + "9" * LARGE + "]"]),
    ],
)
def test_what_a_car_lists_besides_codes_is_kept(text: str, read: list[str], other: list[str]) -> None:
    assert listed(text) == (read, other)


@given(
    st.lists(st.text("PCBU0123AF-:xyz()", min_size=1, max_size=9), max_size=12),
    st.sampled_from([",", ";", "\n"]),
)
@often
def test_nothing_in_a_cars_list_is_lost(pieces: list[str], between: str) -> None:
    read = read_listed(between.join(pieces))
    kept = {one.text for one in read.codes} | set(read.other)
    for piece in pieces:
        one = read_code(piece)
        assert (one.text if isinstance(one, TroubleCode) else piece) in kept


@given(anything | st.recursive(st.none() | st.booleans() | texts, st.lists).map(json.dumps))
@often
def test_any_text_can_be_listed(text: str) -> None:
    read = read_listed(text)
    assert len(set(read.codes)) == len(read.codes)
    assert all(piece.encode("utf-8") for piece in read.other)


@given(st.lists(codes, unique=True, max_size=20))
@often
def test_listed_codes_are_read_back(many: list[TroubleCode]) -> None:
    words = [one.text for one in many]
    for text in (
        " ".join(words),
        ",".join(words),
        json.dumps(words),
        json.dumps([{"code": word} for word in words]),
    ):
        assert read_listed(text) == Listed(tuple(many), ())


@pytest.mark.parametrize(
    "text",
    [
        "P0106 " * (LARGE // 6),
        "P" * LARGE,
        "P0106-" * (LARGE // 6),
        "-" * LARGE,
        "\u200b" * LARGE,
        "а" * LARGE,
        "ﷺ" * LARGE,
        " " * LARGE,
        "- " * (LARGE // 2),
        '["P0106",' * (LARGE // 9),
        '{"code":' * (LARGE // 8),
    ],
    ids=lambda text: repr(text[:9]),
)
def test_a_long_text_is_read_in_time(text: str) -> None:
    # Quadratic time would end in the timeout.
    read_typed(text)
    read_listed(text)
    read_code(text)
    known_as(text)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("p0420", "P0420"),
        ("u010087", "U0100-87"),
        ("(U0100:87)", "U0100-87"),
        ("P0301 - Cylinder 1 misfire", "P0301"),
        ("P0301 or P0302", "P0301 or P0302"),
        (" odd one ", "odd one"),
        ("", ""),
    ],
)
def test_the_one_code_of_a_text_is_known(text: str, known: str) -> None:
    assert known_as(text) == known


@given(anything)
@often
def test_what_is_known_of_any_text_stays_known(text: str) -> None:
    assert known_as(known_as(text)) == known_as(text)
