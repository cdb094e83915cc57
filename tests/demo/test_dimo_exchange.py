from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest

from tests.support.dimo_town import Town, message_of

COMMANDS = "privilege:ExecuteCommands"
HISTORY = "privilege:GetNonLocationHistory"


@pytest.fixture
def town() -> Town:
    return Town()


async def exchange(town: Town, body: dict[str, Any], *, token: str | None = None) -> httpx.Response:
    token = token or town.world.developer_jwt(town.licence)
    headers = {"Authorization": f"Bearer {token}"}
    return await town.http.post("/token-exchange/v1/tokens/exchange", json=body, headers=headers)


def asking(town: Town, *permissions: str) -> dict[str, Any]:
    return {"asset": town.world.did(town.car.token_id), "permissions": list(permissions)}


async def test_shared_permissions_earn_a_token_for_ten_minutes(town: Town) -> None:
    answer = await exchange(town, asking(town, COMMANDS, HISTORY))
    assert answer.json().keys() == {"token"}
    claims = jwt.decode(answer.json()["token"], options={"verify_signature": False})
    assert claims["exp"] == int((town.clock() + timedelta(minutes=10)).timestamp())
    assert claims["privilege_ids"] == [1, 2]


async def test_older_body_still_works(town: Town) -> None:
    older = {
        "nftContractAddress": town.world.vehicle_contract.lower(),
        "tokenId": town.car.token_id,
        "privileges": [2],
    }
    assert (await exchange(town, older)).status_code == 200


async def test_did_names_chain_contract_and_number(town: Town) -> None:
    contract = "0xbA5738a18d83D41847dfFbDC6101d37C69c9B0cF"
    assert town.world.did(5) == f"did:erc721:137:{contract}:5"


async def test_one_missing_permission_fails_the_whole_request_and_is_named(town: Town) -> None:
    town.world.share(town.car, town.licence, permissions={2})
    answer = await exchange(town, asking(town, COMMANDS, HISTORY))
    assert answer.status_code == 403
    assert f"lacks permissions [{HISTORY}] for asset did:erc721:" in message_of(answer)
    assert (await exchange(town, asking(town, COMMANDS))).status_code == 200


async def test_ended_share_grants_nothing(town: Town) -> None:
    until = town.clock() + timedelta(days=1)
    town.world.share(town.car, town.licence, permissions={1, 2}, until=until)
    town.clock.pass_time(days=1)
    assert (await exchange(town, asking(town, COMMANDS))).status_code == 403


async def test_withdrawn_share_grants_nothing(town: Town) -> None:
    town.world.unshare(town.car, town.licence)
    assert (await exchange(town, asking(town, COMMANDS))).status_code == 403


async def test_share_with_another_license_does_not_help(town: Town) -> None:
    other = town.world.developer_jwt(town.world.add_license())
    assert (await exchange(town, asking(town, COMMANDS), token=other)).status_code == 403


async def test_user_token_is_not_a_dev_license(town: Town) -> None:
    token = town.world.user_jwt(town.ann, audience=town.licence.client_id)
    answer = await exchange(town, asking(town, COMMANDS), token=token)
    assert (answer.status_code, message_of(answer)) == (403, "not a dev license")


async def test_missing_and_expired_tokens_are_401(town: Town) -> None:
    path, body = "/token-exchange/v1/tokens/exchange", asking(town, COMMANDS)
    assert (await town.http.post(path, json=body)).status_code == 401
    token = town.world.developer_jwt(town.licence, lifetime=timedelta(hours=1))
    town.clock.pass_time(hours=1)
    assert (await exchange(town, body, token=token)).status_code == 401


async def test_vehicle_token_earns_no_other(town: Town) -> None:
    token = town.world.vehicle_jwt(town.car, permissions={2})
    assert (await exchange(town, asking(town, COMMANDS), token=token)).status_code == 401


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
async def test_bad_did_is_400(town: Town, asset: object) -> None:
    answer = await exchange(town, {"asset": asset, "permissions": [COMMANDS]})
    assert answer.status_code == 400
    assert "asset DID" in message_of(answer)


@pytest.mark.parametrize("permissions", [[], ["ExecuteCommands"], [2], "privilege:ExecuteCommands", [None]])
async def test_nothing_or_nonsense_requested_is_400(town: Town, permissions: object) -> None:
    body = {"asset": town.world.did(town.car.token_id), "permissions": permissions}
    assert (await exchange(town, body)).status_code == 400


@pytest.mark.parametrize(
    "body", [{}, {"asset": "x"}, {"asset": "x", "permissions": [], "audience": []}, {"tokenId": 1}]
)
async def test_body_of_another_shape_is_a_violation(town: Town, body: dict[str, Any]) -> None:
    assert (await exchange(town, body)).status_code == 400
    assert len(town.world.violations) == 1
