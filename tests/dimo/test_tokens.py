import copy
import dataclasses

import pytest

from bot.dimo.errors import NotAToken
from bot.dimo.tokens import DeveloperJwt, Jwt, License, UserJwt, VehicleJwt
from tests.support.dimo_makers import LATER, WALLET, a_jwt

TOKENS = [UserJwt(a_jwt(), LATER, WALLET), DeveloperJwt(a_jwt(), LATER, WALLET), VehicleJwt(a_jwt(), LATER)]


@pytest.mark.parametrize("token", TOKENS)
def test_a_tokens_repr_shows_kind_and_end_only(token: Jwt) -> None:
    assert repr(token) == f"<{type(token).__name__} until 2026-03-15 12:00:00>"
    assert f"{token}" == repr(token)


@pytest.mark.parametrize("token", TOKENS)
def test_a_token_cannot_be_changed(token: Jwt) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        token.value = "other"  # type: ignore[misc] # that it can't is the point
    assert copy.copy(token) == token


@pytest.mark.parametrize("text", ["", "secret", a_jwt() + "\n", a_jwt() + " x", f"Bearer {a_jwt()}"])
def test_text_that_is_no_token_never_becomes_one(text: str) -> None:
    with pytest.raises(NotAToken) as caught:
        VehicleJwt(text, LATER)
    assert str(caught.value) == "That is not a JWT."


def test_a_licenses_repr_hides_its_key() -> None:
    assert "11" not in repr(License("0xabc", "https://x.test", "11" * 32))
