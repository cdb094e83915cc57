from datetime import timedelta
from typing import Any

import jwt
import pytest

from bot.demo.dimo.wallets import address_of, is_signed_by
from bot.dimo.signing import sign_personal_message as sign
from tests.support.dimo_setting import REDIRECT_URI, DimoSetting, message_of


def challenge_form(setting: DimoSetting, **changes: str) -> dict[str, str]:
    return {
        "client_id": setting.licence.client_id,
        "domain": REDIRECT_URI,
        "scope": "openid email",
        "response_type": "code",
        "address": setting.licence.client_id,
        **changes,
    }


async def a_challenge(setting: DimoSetting) -> dict[str, Any]:
    answer = await setting.http.post("/auth/auth/web3/generate_challenge", data=challenge_form(setting))
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


async def submit(setting: DimoSetting, challenge: dict[str, Any], *, api_key: str | None = None, **changes: str) -> Any:
    form = {
        "client_id": setting.licence.client_id,
        "domain": REDIRECT_URI,
        "grant_type": "authorization_code",
        "state": challenge["state"],
        "signature": sign(challenge["challenge"], api_key or setting.licence.api_key),
        **changes,
    }
    return await setting.http.post("/auth/auth/web3/submit_challenge", data=form)


async def test_signed_challenge_returns_a_developer_token(setting: DimoSetting) -> None:
    answer = await submit(setting, await a_challenge(setting))
    assert answer.status_code == 200
    claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    assert claims["ethereum_address"] == claims["aud"] == setting.licence.client_id
    assert claims["iss"] == "http://dimo.test/auth"
    assert claims["exp"] == int((setting.clock() + timedelta(days=14)).timestamp())
    assert answer.json()["expires_in"] == 14 * 24 * 3600


async def test_challenge_is_a_sign_in_text_for_the_license(setting: DimoSetting) -> None:
    text = (await a_challenge(setting))["challenge"]
    assert text.startswith(f"{REDIRECT_URI} wants you to sign in with your Ethereum account:")
    assert setting.licence.client_id in text.splitlines()


def test_signature_and_address_are_the_ones_of_web3_js() -> None:
    """Made with web3.js 1.x: web3.eth.accounts.sign("Some data", "0x" + key)."""
    key = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
    signature = (
        "0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd"
        "6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c"
    )
    assert address_of(key) == "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"
    assert is_signed_by(key, "Some data", signature)
    assert not is_signed_by(key, "Some date", signature)
    assert not is_signed_by(key, "Some data", signature[:-1] + "b")  # the other of the two points
    assert not is_signed_by("11" * 32, "Some data", signature)


async def test_api_key_has_an_address_of_its_own(setting: DimoSetting) -> None:
    assert setting.licence.signer() != setting.licence.client_id
    assert setting.licence.api_key not in repr(setting.licence)


async def test_challenge_is_valid_for_one_attempt(setting: DimoSetting) -> None:
    challenge = await a_challenge(setting)
    assert (await submit(setting, challenge)).status_code == 200
    assert "spent" in message_of(await submit(setting, challenge))


async def test_failed_attempt_uses_up_the_challenge_too(setting: DimoSetting) -> None:
    challenge = await a_challenge(setting)
    assert (await submit(setting, challenge, api_key="11" * 32)).status_code == 400
    assert "spent" in message_of(await submit(setting, challenge))


@pytest.mark.parametrize(
    "signature", ["", "0x", "0xzz", "ab" * 65, "0x" + "00" * 65, "0x" + "11" * 64 + "1b", "0x" + "11" * 64]
)
async def test_malformed_signature_is_refused(setting: DimoSetting, signature: str) -> None:
    answer = await submit(setting, await a_challenge(setting), signature=signature)
    assert answer.status_code == 400
    assert "Signature" in message_of(answer)


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "0x" + "00" * 20},
        {"domain": f"{REDIRECT_URI}/"},
        {"scope": "openid"},
        {"response_type": "token"},
        {"address": "0x" + "00" * 20},
    ],
)
async def test_challenge_is_refused_for_a_wrong_field(setting: DimoSetting, changes: dict[str, str]) -> None:
    form = challenge_form(setting, **changes)
    answer = await setting.http.post("/auth/auth/web3/generate_challenge", data=form)
    assert answer.status_code == 400
    assert setting.world.violations == []


async def test_wrong_grant_type_is_refused(setting: DimoSetting) -> None:
    answer = await submit(setting, await a_challenge(setting), grant_type="password")
    assert "grant_type" in message_of(answer)


@pytest.mark.parametrize("step", ["generate_challenge", "submit_challenge"])
async def test_sign_in_accepts_forms_only(setting: DimoSetting, step: str) -> None:
    answer = await setting.http.post(f"/auth/auth/web3/{step}", json=challenge_form(setting))
    assert "application/x-www-form-urlencoded" in message_of(answer)
    assert len(setting.world.violations) == 1


async def test_fields_of_the_challenge_may_come_in_the_address(setting: DimoSetting) -> None:
    """DIMO's JavaScript SDK sends them so, and the auth service reads both places."""
    answer = await setting.http.post("/auth/auth/web3/generate_challenge", params=challenge_form(setting))
    assert answer.status_code == 200
    assert setting.world.violations == []


async def test_signature_in_the_address_is_a_violation(setting: DimoSetting) -> None:
    await setting.http.post("/auth/auth/web3/submit_challenge", params={"signature": "0x"})
    assert "auth submit_challenge: has a query in its URL" in setting.world.violations


async def test_missing_and_unknown_form_fields_are_named(setting: DimoSetting) -> None:
    form = challenge_form(setting)
    short = {name: value for name, value in form.items() if name != "address"}
    path = "/auth/auth/web3/generate_challenge"
    assert message_of(await setting.http.post(path, data=short)) == "Missing: address."
    assert message_of(await setting.http.post(path, data={**form, "more": "1"})) == "Unknown: more."


async def test_published_keys_verify_a_token(setting: DimoSetting) -> None:
    token = setting.world.user_jwt(setting.ann, audience=setting.licence.client_id)
    configuration = (await setting.http.get("/auth/.well-known/openid-configuration")).json()
    assert configuration["issuer"] == "http://dimo.test/auth"
    keys = jwt.PyJWKSet.from_dict((await setting.http.get(configuration["jwks_uri"])).json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    options: Any = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(token, key, algorithms=["RS256"], audience=setting.licence.client_id, options=options)
    assert claims["ethereum_address"] == setting.ann.wallet


async def test_new_key_has_a_new_id_and_the_old_one_stays_published(setting: DimoSetting) -> None:
    before = setting.world.kid
    setting.world.tokens.rotate()
    assert setting.world.kid != before
    published = [key["kid"] for key in (await setting.http.get("/auth/keys")).json()["keys"]]
    assert published == [setting.world.kid, before]


async def test_token_of_a_withdrawn_key_is_invalid(setting: DimoSetting) -> None:
    token = setting.world.user_jwt(setting.ann, audience=setting.licence.client_id)
    setting.world.tokens.rotate(keep_old=False)
    answer = await setting.http.get("/devices/v1/user/devices/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
