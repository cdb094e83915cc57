from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest

from tests.support.dimo_setting import DimoSetting, message_of

COMMANDS = "privilege:ExecuteCommands"
HISTORY = "privilege:GetNonLocationHistory"


async def exchange(setting: DimoSetting, body: dict[str, Any], *, token: str | None = None) -> httpx.Response:
    token = token or setting.world.developer_jwt(setting.licence)
    headers = {"Authorization": f"Bearer {token}"}
    return await setting.http.post("/token-exchange/v1/tokens/exchange", json=body, headers=headers)


def asking(setting: DimoSetting, *permissions: str) -> dict[str, Any]:
    return {"asset": setting.world.did(setting.car.token_id), "permissions": list(permissions)}


async def test_shared_permissions_return_a_token_for_ten_minutes(setting: DimoSetting) -> None:
    answer = await exchange(setting, asking(setting, COMMANDS, HISTORY))
    assert answer.json().keys() == {"token"}
    claims = jwt.decode(answer.json()["token"], options={"verify_signature": False})
    assert claims["exp"] == int((setting.clock() + timedelta(minutes=10)).timestamp())
    assert claims["privilege_ids"] == [1, 2]


async def test_older_body_still_works(setting: DimoSetting) -> None:
    older = {
        "nftContractAddress": setting.world.vehicle_contract.lower(),
        "tokenId": setting.car.token_id,
        "privileges": [2],
    }
    assert (await exchange(setting, older)).status_code == 200


async def test_did_names_chain_contract_and_number(setting: DimoSetting) -> None:
    contract = "0xbA5738a18d83D41847dfFbDC6101d37C69c9B0cF"
    assert setting.world.did(5) == f"did:erc721:137:{contract}:5"


async def test_one_missing_permission_fails_the_whole_request_and_is_named(setting: DimoSetting) -> None:
    setting.world.share(setting.car, setting.licence, permissions={2})
    answer = await exchange(setting, asking(setting, COMMANDS, HISTORY))
    assert answer.status_code == 403
    assert f"lacks permissions [{HISTORY}] for asset did:erc721:" in message_of(answer)
    assert (await exchange(setting, asking(setting, COMMANDS))).status_code == 200


async def test_ended_share_grants_nothing(setting: DimoSetting) -> None:
    until = setting.clock() + timedelta(days=1)
    setting.world.share(setting.car, setting.licence, permissions={1, 2}, until=until)
    setting.clock.pass_time(days=1)
    assert (await exchange(setting, asking(setting, COMMANDS))).status_code == 403


async def test_withdrawn_share_grants_nothing(setting: DimoSetting) -> None:
    setting.world.unshare(setting.car, setting.licence)
    assert (await exchange(setting, asking(setting, COMMANDS))).status_code == 403


async def test_share_with_another_license_does_not_help(setting: DimoSetting) -> None:
    other = setting.world.developer_jwt(setting.world.add_license())
    assert (await exchange(setting, asking(setting, COMMANDS), token=other)).status_code == 403


async def test_user_token_is_not_a_dev_license(setting: DimoSetting) -> None:
    token = setting.world.user_jwt(setting.ann, audience=setting.licence.client_id)
    answer = await exchange(setting, asking(setting, COMMANDS), token=token)
    assert (answer.status_code, message_of(answer)) == (403, "not a dev license")


async def test_missing_and_expired_tokens_are_401(setting: DimoSetting) -> None:
    path, body = "/token-exchange/v1/tokens/exchange", asking(setting, COMMANDS)
    assert (await setting.http.post(path, json=body)).status_code == 401
    token = setting.world.developer_jwt(setting.licence, lifetime=timedelta(hours=1))
    setting.clock.pass_time(hours=1)
    assert (await exchange(setting, body, token=token)).status_code == 401


async def test_vehicle_token_cannot_be_exchanged(setting: DimoSetting) -> None:
    token = setting.world.vehicle_jwt(setting.car, permissions={2})
    assert (await exchange(setting, asking(setting, COMMANDS), token=token)).status_code == 401


@pytest.mark.parametrize(
    "asset",
    [
        "",
        5,
        "did:erc721:137:0x00:5",
        f"did:erc721:1:{'0xbA5738a18d83D41847dfFbDC6101d37C69c9B0cF'}:5",
        f"did:erc721:137:0x{'0' * 40}:5",
        f"did:nft:137:{'0xbA5738a18d83D41847dfFbDC6101d37C69c9B0cF'}_5",
    ],
)
async def test_bad_did_is_400(setting: DimoSetting, asset: object) -> None:
    answer = await exchange(setting, {"asset": asset, "permissions": [COMMANDS]})
    assert answer.status_code == 400
    assert "asset DID" in message_of(answer)


@pytest.mark.parametrize("permissions", [[], ["ExecuteCommands"], [2], "privilege:ExecuteCommands", [None]])
async def test_nothing_or_nonsense_requested_is_400(setting: DimoSetting, permissions: object) -> None:
    body = {"asset": setting.world.did(setting.car.token_id), "permissions": permissions}
    assert (await exchange(setting, body)).status_code == 400


@pytest.mark.parametrize(
    "body", [{}, {"asset": "x"}, {"asset": "x", "permissions": [], "audience": []}, {"tokenId": 1}]
)
async def test_body_of_another_shape_is_a_violation(setting: DimoSetting, body: dict[str, Any]) -> None:
    assert (await exchange(setting, body)).status_code == 400
    assert len(setting.world.violations) == 1
