from dataclasses import replace
from urllib.parse import parse_qs

import httpx
import pytest

from bot.dimo.client import Dimo
from bot.dimo.errors import BadAnswer, CannotDo, NoAnswer, ServiceTrouble
from bot.dimo.signing import BadApiKey, sign_personal_message
from bot.dimo.tokens import License
from tests.dimo.conftest import Wire
from tests.support.dimo_makers import CLIENT_ID, LATER, a_jwt

LICENSE = License(CLIENT_ID.lower(), "https://family.test/back", "11" * 32)
CHALLENGE = "family.test wants you to sign in with your Ethereum account:\n0xAbC\n\nNonce: é&=+"


def form(request: httpx.Request) -> dict[str, list[str]]:
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    return parse_qs(request.content.decode(), strict_parsing=True)


async def test_signing_in_trades_a_signed_challenge_for_a_token(dimo: Dimo, wire: Wire) -> None:
    wire.will_say({"state": "s1", "challenge": CHALLENGE})
    wire.will_say({"access_token": a_jwt(), "token_type": "bearer", "expires_in": 1, "id_token": "x"})
    token = await dimo.auth.sign_in(LICENSE)
    assert (token.value, token.expires_at, token.wallet) == (a_jwt(), LATER, CLIENT_ID.lower())


async def test_both_steps_are_forms_as_dimo_documents_them(dimo: Dimo, wire: Wire) -> None:
    wire.will_say({"state": "s1", "challenge": CHALLENGE})
    wire.will_say({"access_token": a_jwt()})
    await dimo.auth.sign_in(LICENSE)
    first, second = wire.requests
    assert str(first.url) == "https://auth.test/auth/web3/generate_challenge"
    assert form(first) == {
        "client_id": [CLIENT_ID],
        "domain": ["https://family.test/back"],
        "scope": ["openid email"],
        "response_type": ["code"],
        "address": [CLIENT_ID],
    }
    assert str(second.url) == "https://auth.test/auth/web3/submit_challenge"
    assert form(second) == {
        "client_id": [CLIENT_ID],
        "domain": ["https://family.test/back"],
        "grant_type": ["authorization_code"],
        "state": ["s1"],
        "signature": [sign_personal_message(CHALLENGE, LICENSE.api_key)],
    }


async def test_a_key_that_is_no_private_key_signs_nothing(dimo: Dimo, wire: Wire) -> None:
    wire.will_say({"state": "s1", "challenge": CHALLENGE})
    with pytest.raises(BadApiKey):
        await dimo.auth.sign_in(replace(LICENSE, api_key="0" * 64))
    assert len(wire.requests) == 1


async def test_a_spent_challenge_is_refused(dimo: Dimo, wire: Wire) -> None:
    wire.will_say({"state": "s1", "challenge": CHALLENGE})
    wire.will_say({"code": 400, "message": "Invalid state"}, status=400)
    with pytest.raises(CannotDo, match=r"auth service cannot do the sign-in \(400\): Invalid state\."):
        await dimo.auth.sign_in(LICENSE)


@pytest.mark.parametrize("answer", [{}, {"state": "s1"}, {"state": "", "challenge": "x"}, {"challenge": 5}])
async def test_malformed_challenge_is_never_signed(dimo: Dimo, wire: Wire, answer: object) -> None:
    wire.will_say(answer)
    with pytest.raises(BadAnswer):
        await dimo.auth.sign_in(LICENSE)


@pytest.mark.parametrize("token", ["opaque", a_jwt({"sub": "x"}), None])
async def test_a_token_that_does_not_say_when_it_ends_is_a_bad_answer(dimo: Dimo, wire: Wire, token: object) -> None:
    wire.will_say({"state": "s1", "challenge": CHALLENGE})
    wire.will_say({"access_token": token})
    with pytest.raises(BadAnswer):
        await dimo.auth.sign_in(LICENSE)


async def test_an_answer_that_got_lost_ends_the_sign_in(dimo: Dimo, wire: Wire) -> None:
    wire.will(httpx.ReadTimeout(""))
    with pytest.raises(NoAnswer):
        await dimo.auth.sign_in(LICENSE)


PAGE = "<!DOCTYPE html><html><body><h2>Not Found</h2><p>Invalid client_id.</p></body></html>"


def a_page(status: int) -> httpx.Response:
    return httpx.Response(status, html=PAGE)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_page_by_which_dimo_refuses_the_license_is_a_refusal(dimo: Dimo, wire: Wire, status: int) -> None:
    """Its keys prove that DIMO itself answers at this address."""
    wire.will(a_page(status))
    wire.will_say({"keys": []})
    with pytest.raises(CannotDo) as caught:
        await dimo.auth.sign_in(LICENSE)
    assert (caught.value.unreachable, caught.value.status) == (False, status)
    assert [request.url.path for request in wire.requests] == ["/auth/web3/generate_challenge", "/keys"]


@pytest.mark.parametrize("status", [404, 502])
async def test_a_page_in_dimos_absence_is_no_refusal(dimo: Dimo, wire: Wire, status: int) -> None:
    wire.will(a_page(status))
    wire.will(a_page(status))
    with pytest.raises((BadAnswer, ServiceTrouble)) as caught:
        await dimo.auth.sign_in(LICENSE)
    assert caught.value.unreachable
