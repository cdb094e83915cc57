import pytest

from bot.dimo.pasted import forms, names_address, together


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("a b", ["a b"]),
        ("a%20b", ["a%20b", "a b"]),
        ("a%2520b", ["a%2520b", "a%20b", "a b"]),
        ("?a=1&amp;b", ["?a=1&amp;b", "?a=1&b"]),
        ("a\u200bb\ufeff", ["ab"]),
        ("100%", ["100%"]),
    ],
)
def test_encodings_are_undone_one_after_the_other(sent: str, found: list[str]) -> None:
    assert forms(sent) == found


def test_encodings_within_encodings_are_undone_three_times_at_most() -> None:
    assert len(forms("%2525252525252520")) == 4


def test_words_are_put_together() -> None:
    assert together(" a\n b\u00a0c ") == "abc"


@pytest.mark.parametrize(
    "text",
    ["https://x.test/y", "see http://x.test.", "www.dimo.org", "family.example/landing", "<x.test>", "app://back"],
)
def test_an_address_is_recognized(text: str) -> None:
    assert names_address(text)


@pytest.mark.parametrize("text", ["", "hello", "P0420-1A", "24.12.", "1.5 bar", "and/or", "a: b", "12:30", "/unlock"])
def test_other_words_are_no_addresses(text: str) -> None:
    assert not names_address(text)
