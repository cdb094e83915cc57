import string

from hypothesis import given
from hypothesis import strategies as st

from bot.dimo.redaction import LIMIT, scrub
from tests.support.dimo_makers import a_jwt

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


def test_what_people_need_to_read_stays() -> None:
    said = (
        "Address 0xAbC0000000000000000000000000000000000001 lacks permissions [privilege:ExecuteCommands] "
        "for asset did:erc721:137:0xbA5738a18d83D41847dfFbDC6101d37C69c9B0cF:5"
    )
    assert scrub(said) == said


def test_a_token_cut_off_by_dimo_does_not_survive() -> None:
    assert scrub(f"bad token {a_jwt()[:60]}") == "bad token …"
