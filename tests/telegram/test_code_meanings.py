from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bot.telegram
from bot.domain.codes import BadWord, Flaw, TroubleCode, read_code
from bot.telegram.texts import code_meanings as code_words

LINES = (
    (Path(bot.telegram.__file__).parent / "texts" / "generic_codes.txt")
    .read_text(encoding="utf-8")
    .removesuffix("\n")
    .split("\n")
)
LONGEST = 80

often = settings(max_examples=60, deadline=None)
codes = st.from_regex(r"[PCBU][0-3][0-9A-F]{3}(-[0-9A-F]{2})?", fullmatch=True).map(TroubleCode)


def bad(word: str) -> BadWord:
    read = read_code(word)
    assert isinstance(read, BadWord)
    return read


def is_plain(text: str) -> bool:
    return text.isprintable() and text == " ".join(text.split()) and not set(text) & set("<>&")


def test_titles_are_sorted_and_each_code_has_one() -> None:
    bases = [line.partition("\t")[0] for line in LINES]
    assert len(bases) > 1000
    assert bases == sorted(set(bases))


def test_only_codes_that_mean_the_same_in_every_car_have_a_title() -> None:
    for line in LINES:
        code = TroubleCode(line.partition("\t")[0])
        assert code.is_standard, line
        assert code.failure_type is None, line


def test_a_title_is_one_short_line_without_markup() -> None:
    for line in LINES:
        _, tab, words = line.partition("\t")
        assert tab, line
        assert is_plain(words), line
        assert 5 <= len(words) <= LONGEST, line
        assert not words[0].islower(), line
        assert words[-1] not in ".:,;", line


def test_no_two_codes_have_the_same_title() -> None:
    titles = [line.partition("\t")[2] for line in LINES]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("P0001", "Powertrain, standard code: fuel, air or emission control"),
        ("P0106", "Powertrain, standard code: fuel and air"),
        ("P0201", "Powertrain, standard code: fuel and air, injectors"),
        ("P0301-1A", "Powertrain, standard code: ignition or misfire"),
        ("P0420", "Powertrain, standard code: emission control"),
        ("P0500", "Powertrain, standard code: speed, idling or other inputs"),
        ("P0601", "Powertrain, standard code: engine computer and its outputs"),
        ("P0700", "Powertrain, standard code: transmission"),
        ("P09FF", "Powertrain, standard code: transmission"),
        ("P0A80", "Powertrain, standard code: hybrid or electric drive"),
        ("P0F00", "Powertrain, standard code"),
        ("P1106", "Powertrain, defined by the car's maker"),
        ("P2096", "Powertrain, standard code: fuel, air or emission control"),
        ("P2300", "Powertrain, standard code: ignition or misfire"),
        ("P2463", "Powertrain, standard code: emission control"),
        ("P2503", "Powertrain, standard code: other inputs"),
        ("P2610", "Powertrain, standard code: engine computer and its outputs"),
        ("P2714", "Powertrain, standard code: transmission"),
        ("P3400", "Powertrain, standard code: cylinder deactivation"),
        ("C0035", "Chassis, standard code"),
        ("B1000", "Body, defined by the car's maker"),
        ("U0001", "Network, standard code: wiring of the data network"),
        ("U0293-87", "Network, standard code: lost communication"),
        ("U0300", "Network, standard code: software that does not fit together"),
        ("U0401", "Network, standard code: invalid data received"),
        ("U1000", "Network, defined by the car's maker"),
    ],
)
def test_a_category_says_where_a_code_belongs(text: str, words: str) -> None:
    assert code_words.category(TroubleCode(text)) == words


def test_only_standard_codes_belong_to_a_subsystem() -> None:
    assert all(TroubleCode(f"{begin}00").is_standard for begin in code_words._AREAS)


@given(codes)
@often
def test_every_code_has_a_meaning_in_one_line(code: TroubleCode) -> None:
    assert is_plain(code_words.category(code))
    meaning = code_words.meaning(code.text)
    assert is_plain(meaning)
    title = code_words._table("generic_codes.txt").get(code.base)
    assert meaning.startswith(title or code_words.category(code))


def test_failure_types_are_common_ones_in_plain_words() -> None:
    kinds = code_words._table("failure_types.txt")
    assert list(kinds) == sorted(kinds)
    for kind, words in kinds.items():
        assert TroubleCode(f"P0001-{kind}").failure_type == kind
        assert "00" < kind < "A0"
        assert is_plain(words)
        assert words[0].islower()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("p0301", "Cylinder 1 misfire"),
        ("P0312", "Cylinder 12 misfire"),
        ("P0420", "Catalytic converter, bank 1: cleans too little"),
        ("P0A80", "High-voltage battery pack: needs replacing"),
        ("P0F00", "Powertrain, standard code"),
        ("P0301-11", "Cylinder 1 misfire (circuit short to ground)"),
        ("P0301-00", "Cylinder 1 misfire"),
        ("P0301-F0", "Cylinder 1 misfire"),
        ("C1000-9A", "Chassis, defined by the car's maker (operating conditions not as expected)"),
        ("U0100:87", "No communication with engine computer A (message missing)"),
        ("U100011", "Network, defined by the car's maker (circuit short to ground)"),
        ("P1301-F0", "Powertrain, defined by the car's maker"),
        ("PO301", ""),
        ("", ""),
        ("check engine", ""),
        ("<b>", ""),
    ],
)
def test_a_meaning_is_title_or_category_and_failure_type(text: str, words: str) -> None:
    assert code_words.meaning(text) == words


@given(st.text())
@often
def test_any_text_has_a_meaning_or_none(text: str) -> None:
    assert is_plain(code_words.meaning(text))


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("X0106", "begins with X; codes begin with P, C, B or U"),
        ("ж0106", "begins with ж; codes begin with P, C, B or U"),
        ("\u20620106", "codes begin with P, C, B or U"),
        ("&0106", "codes begin with P, C, B or U"),
        ("PO106", "has a letter where a digit belongs; did you mean P0106?"),
        ("Р0106", "has letters of another alphabet; did you mean P0106?"),
        ("P 0106", "its letter and digits stand apart; did you mean P0106?"),
        ("P0106ZZ", "what follows the code is not a failure type, like -1A; did you mean P0106?"),
    ],
)
def test_a_flaw_says_what_is_wrong_with_a_word(word: str, words: str) -> None:
    assert code_words.flaw(bad(word)) == words


def test_every_flaw_has_its_own_words() -> None:
    meant = TroubleCode("P0106")
    seen = {code_words.flaw(BadWord("word", flaw, meant)) for flaw in Flaw}
    assert len(seen) == len(Flaw)


@given(st.text(min_size=1))
@often
def test_a_flaw_is_told_in_one_short_line_whatever_the_word(text: str) -> None:
    read = read_code(text)
    if isinstance(read, BadWord):
        assert is_plain(code_words.flaw(read))
        assert len(code_words.flaw(read)) <= 100
