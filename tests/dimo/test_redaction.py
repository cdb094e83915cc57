import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dimo.redaction import LIMIT, contains_secret, looks_like_jwt, scrub
from tests.support.dimo_makers import a_jwt, part

URL_SAFE = string.ascii_letters + string.digits + "-_"

segments = st.text(URL_SAFE, min_size=16, max_size=400)
tokens = st.builds("eyJ{}.eyJ{}.{}".format, segments, segments, segments)
keys = st.builds(
    "{}{}".format, st.sampled_from(["", "0x"]), st.text("0123456789abcdefABCDEF", min_size=64, max_size=130)
)
secrets = tokens | keys


@given(before=st.text(), secret=secrets, after=st.text())
def test_no_piece_of_a_secret_survives(before: str, secret: str, after: str) -> None:
    clean = scrub(f"{before} {secret} {after}")
    pieces = {secret[i : i + 12] for i in range(len(secret) - 11)}
    harmless = f"{before} {after}"
    assert not any(piece in clean and piece not in harmless for piece in pieces)


@given(before=st.text(URL_SAFE, max_size=5), secret=secrets, after=st.text(URL_SAFE, max_size=5))
def test_a_secret_glued_to_other_text_does_not_survive(before: str, secret: str, after: str) -> None:
    clean = scrub(before + secret + after)
    assert secret[8:24] not in clean


@given(st.text())
def test_a_quoted_text_is_one_printable_line_of_at_most_200_characters(text: str) -> None:
    clean = scrub(text)
    assert len(clean) <= LIMIT
    assert all(character.isprintable() for character in clean)


@given(st.text())
def test_scrubbing_twice_changes_nothing(text: str) -> None:
    assert scrub(scrub(text)) == scrub(text)


def test_harmless_text_is_unchanged() -> None:
    said = (
        "Address 0xAbC0000000000000000000000000000000000001 lacks permissions [privilege:ExecuteCommands] "
        "for asset did:erc721:137:0xbA5738a18d83D41847dfFbDC6101d37C69c9B0cF:5"
    )
    assert scrub(said) == said


def test_a_token_cut_off_by_dimo_does_not_survive() -> None:
    assert scrub(f"bad token {a_jwt()[:60]}") == "bad token …"


def test_jwt_is_recognized_by_its_form() -> None:
    assert looks_like_jwt(a_jwt())
    assert looks_like_jwt(f"{part({'alg': 'none'})}.{part({})}.")
    assert not looks_like_jwt("0x" + "1" * 64)
    assert not looks_like_jwt(f"https://x.test/?token={a_jwt()}")


@pytest.mark.parametrize(
    "text",
    [
        a_jwt(),
        f"here it is: {a_jwt()[:20]}",
        "https://family.example/back?token=opaque",
        "11" * 32,
        f"my key: 0x{'aB' * 32}.",
        f"{a_jwt()[:1]}\n{a_jwt()[1:30]}",
        "\n".join(a_jwt()),
        "https://family.example/back?to\nken=opaque",
        "https://family.example/back%3Ftoken%3Dopaque",
        "https%253A%252F%252Ffamily.example%253Ftoken%253Dopaque",
        "https://family.example/back?a=1&amp;to\u200bken=opaque",
        f"{'aB3-' * 30}&walletAddress=0x12",
        "walletAddress=0x12&state=n0nce-n0nce-n0nce-n0n",
        "https://login.example/?utm=state%3Dn0nce-n0nce-n0nce-n0n",
        f"{'11' * 16}\n{'11' * 16}",
    ],
)
def test_text_with_a_secret_is_recognized(text: str) -> None:
    assert contains_secret(text)


@pytest.mark.parametrize(
    "text",
    [
        *("/unlock", "P0301 P0420", "0x" + "1F" * 20, "11" * 33, "two tokens, please", "Hey John", "they Just left"),
        *("https://t.me/the_bot?start=join_Ab-9_Ab-9_Ab-9_Ab-9_xQ", "sha512 " + "0a" * 64, "https://x.test/?state=on"),
        "https://photos.example/share/AF1QipNx3Zk9bQ7wLmT5rVxYdE2HsJ8uGcPoK4aWfRtB1nM6qXyZ",
        *("&#" + "9" * 5000 + ";", "100%", "%E0%A4%A", "a_very_long_name_" * 5),
    ],
)
def test_text_without_a_secret_is_left_alone(text: str) -> None:
    assert not contains_secret(text)
