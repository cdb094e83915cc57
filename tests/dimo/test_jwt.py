import base64
import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dimo.errors import NotAToken
from bot.dimo.jwt import audience_of, expires_at, read_claims, wallet_of
from tests.support.dimo_makers import WALLET, a_jwt, part, user_claims

GARBAGE = [
    "",
    "hello",
    "eyJ",
    "eyJ.eyJ.x",
    "eyJhIjoxfQ",
    "eyJhIjoxfQ.eyJhIjoxfQ",
    "eyJhIjoxfQ.eyJhIjoxfQ.x.y",
    " eyJhIjoxfQ.eyJhIjoxfQ.x",
    "eyJhIjoxfQ.eyJhIjoxfQ.x\n",
    "eyJhIjoxfQ.eyJhIjoxfQ.ü",
    "eyJhIjoxfQ.%2e%2e.x",
    f"{part({})}.{part([1])}.x",
    "eyJhIjoxfQ." + base64.urlsafe_b64encode(b"[" * 100_000).decode().rstrip("=") + ".x",
    "eyJhIjoxfQ." + base64.urlsafe_b64encode(b'{"exp": "\xff"}').decode().rstrip("=") + ".x",
    "eyJhIjoxfQ.a.x",
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.text(min_size=1), json_values.filter(lambda v: v == v), min_size=1))
def test_claims_are_read_as_they_were_written(claims: dict[str, object]) -> None:
    read = read_claims(a_jwt(claims))
    assert json.dumps(read) == json.dumps(claims)


@given(st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30)))  # noqa: DTZ001 - Hypothesis wants naive bounds
def test_the_end_of_a_token_is_read_in_utc(end: datetime) -> None:
    end = end.replace(microsecond=0, tzinfo=UTC)
    assert expires_at(a_jwt({"exp": int(end.timestamp())})) == end


@given(json_values.filter(lambda v: not isinstance(v, int | float) or isinstance(v, bool)))
def test_an_end_that_is_no_number_is_no_end(end: object) -> None:
    with pytest.raises(NotAToken):
        expires_at(a_jwt({"exp": end}))


@pytest.mark.parametrize("end", [float("nan"), float("inf"), 1e300, -1e300, 10**400])
def test_an_end_past_the_calendar_is_no_end(end: float) -> None:
    with pytest.raises(NotAToken):
        expires_at(a_jwt({"exp": end}))


@given(st.text() | st.from_regex(r"eyJ[A-Za-z0-9_-]{0,20}\.[A-Za-z0-9_-]{0,20}\.[A-Za-z0-9_-]*", fullmatch=True))
def test_reading_any_text_ends_in_a_value_or_in_not_a_token(text: str) -> None:
    with suppress(NotAToken):
        assert expires_at(text).tzinfo is UTC


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_is_not_a_token_and_is_not_quoted(garbage: str) -> None:
    with pytest.raises(NotAToken) as caught:
        expires_at(garbage)
    assert len(garbage) < 8 or garbage not in str(caught.value)


def test_a_kept_token_names_its_wallet_in_lower_case() -> None:
    assert wallet_of(a_jwt(user_claims())) == WALLET.lower()


@pytest.mark.parametrize(
    ("audience", "read"), [("0xAB", {"0xab"}), (["0xAB", "x", 5], {"0xab", "x"}), (None, set()), (5, set())]
)
def test_a_kept_token_names_the_apps_that_it_was_made_for(audience: object, read: set[str]) -> None:
    assert audience_of(a_jwt({"exp": 1, "aud": audience})) == read


@pytest.mark.parametrize("wallet", [None, 5, ""])
def test_a_kept_token_without_a_wallet_is_not_a_token(wallet: object) -> None:
    with pytest.raises(NotAToken):
        wallet_of(a_jwt({"exp": 1, "ethereum_address": wallet}))
