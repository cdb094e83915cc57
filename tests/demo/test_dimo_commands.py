import asyncio
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest

from bot.demo.dimo.car import EFFECTS
from bot.demo.dimo.faults import slow
from tests.support.dimo_town import Town, message_of


@pytest.fixture
def town() -> Town:
    return Town()


async def to_oracle(town: Town, command: str, **more: Any) -> httpx.Response:
    path = f"/oracle/v1/commands/{town.car.token_id}"
    return await town.http.post(path, **{"headers": town.bearer(), "json": {"command": command}, **more})


@pytest.mark.parametrize("command", EFFECTS)
async def test_devices_api_queues_every_command(town: Town, command: str) -> None:
    answer = await town.command(command)
    assert answer.json() == {"requestId": town.car.request_ids[0]}
    assert town.car.received == [command]
    assert town.world.calls_of("devices", "command") == [("devices", "command", 200)]


@pytest.mark.parametrize("command", EFFECTS)
async def test_oracle_queues_every_command(town: Town, command: str) -> None:
    body = (await to_oracle(town, command)).json()
    assert body.keys() == {"commandId", "status", "message"}
    assert (body["commandId"], body["status"]) == (town.car.request_ids[0], "pending")
    assert town.car.received == [command]
    assert town.world.violations == []


async def test_command_outside_the_list_moves_nothing(town: Town) -> None:
    assert (await town.command("doors/open")).status_code == 404
    answer = await to_oracle(town, "probe")
    assert answer.status_code == 400
    assert "not supported" in message_of(answer)
    assert town.car.received == []


async def test_token_id_that_is_no_number_is_400(town: Town) -> None:
    answer = await town.http.post("/devices/v1/vehicle/mine/commands/doors/lock", headers=town.bearer())
    assert (answer.status_code, message_of(answer)) == (400, "Couldn't parse token id.")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x y", "bearer {}", "Token {}", "{}", "Bearer {}x"])
async def test_anything_but_a_bearer_token_is_401(town: Town, header: str | None) -> None:
    token = town.world.vehicle_jwt(town.car, permissions={2})
    headers = {} if header is None else {"Authorization": header.format(token)}
    assert (await town.command("doors/unlock", headers=headers)).status_code == 401
    assert (await to_oracle(town, "doors/unlock", headers=headers)).status_code == 401
    assert town.car.received == []


async def test_vehicle_token_ends_after_its_lifetime(town: Town) -> None:
    headers = town.bearer()
    assert (await town.command("doors/lock", headers=headers)).status_code == 200
    town.clock.pass_time(minutes=10)
    assert (await town.command("doors/lock", headers=headers)).status_code == 401


async def test_token_of_another_car_is_401(town: Town) -> None:
    other = town.bearer(car=town.ann.add_car(name="Muffin"))
    assert (await town.command("doors/unlock", headers=other)).status_code == 401
    assert (await to_oracle(town, "doors/unlock", headers=other)).status_code == 401


async def test_token_without_permission_2_opens_nothing(town: Town) -> None:
    headers = town.bearer(1)
    answer = await town.command("doors/unlock", headers=headers)
    assert (answer.status_code, message_of(answer)) == (403, "Missing required privilege")
    assert (await to_oracle(town, "doors/unlock", headers=headers)).status_code == 401
    assert town.car.received == []


async def test_user_token_opens_nothing(town: Town) -> None:
    token = town.world.user_jwt(town.ann, audience=town.licence.client_id)
    headers = {"Authorization": f"Bearer {token}"}
    assert (await town.command("doors/unlock", headers=headers)).status_code == 401


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
async def test_forged_token_is_401(town: Town, algorithm: str) -> None:
    true = town.world.vehicle_jwt(town.car, permissions={2})
    claims = jwt.decode(true, options={"verify_signature": False})
    key = "" if algorithm == "none" else "0" * 64
    forged = jwt.encode(claims, key, algorithm, headers={"kid": town.world.kid})
    answer = await town.command("doors/unlock", headers={"Authorization": f"Bearer {forged}"})
    assert answer.status_code == 401


async def test_car_without_connection_takes_no_commands(town: Town) -> None:
    town.car.connection = None
    answer = await town.command("doors/lock")
    assert answer.status_code == 404
    assert message_of(answer) == "No command-capable integrations found for this vehicle."


async def test_only_teslas_take_commands(town: Town) -> None:
    town.car.connection = "Smartcar"
    answer = await town.command("doors/lock")
    assert answer.status_code == 409
    assert message_of(answer) == "Integration is not capable of this command."
    assert (await to_oracle(town, "doors/lock")).status_code == 404


async def test_command_that_this_car_cannot_do_is_400(town: Town) -> None:
    town.car.cannot.add("frunk/open")
    answer = await town.command("frunk/open")
    assert answer.status_code == 400
    assert message_of(answer) == "Integration is not capable of this command."
    assert (await to_oracle(town, "frunk/open")).status_code == 400


async def test_car_without_subscription_is_refused(town: Town) -> None:
    town.car.subscription_active = False
    answer = await town.command("doors/lock")
    assert (answer.status_code, message_of(answer)) == (403, "Vehicle subscription is not active.")
    assert (await to_oracle(town, "doors/lock")).status_code == 409


async def test_burned_vehicle_is_not_found(town: Town) -> None:
    headers = town.bearer()
    del town.world.cars[town.car.token_id]
    answer = await town.command("doors/lock", headers=headers)
    assert (answer.status_code, message_of(answer)) == (404, "Vehicle NFT not found.")


async def test_oracle_may_turn_down_a_fresh_vehicle_token(town: Town) -> None:
    town.world.oracle_wants_user_token = True
    assert (await to_oracle(town, "doors/lock")).status_code == 401
    assert town.car.received == []


async def test_body_with_a_path_command_is_noted(town: Town) -> None:
    assert (await town.command("doors/lock", json={})).status_code == 200
    assert town.world.violations == ["devices sends a body where none is documented"]


async def test_oracle_wants_one_json_field(town: Town) -> None:
    more = {"command": "doors/lock", "params": {}}
    assert message_of(await to_oracle(town, "", json=more)) == "Unknown: params."
    text = {"content": b'{"command":"doors/lock"}', "json": None}
    assert "application/json" in message_of(await to_oracle(town, "", **text))
    assert len(town.world.violations) == 2


async def test_undocumented_path_and_query_in_an_address_are_noted(town: Town) -> None:
    assert (await town.http.get("/devices/v2/vehicles")).status_code == 404
    assert (await town.http.get("/auth/keys?token=x")).status_code == 200
    assert (await town.http.get("/nowhere")).status_code == 404
    assert len(town.world.violations) == 3


async def test_bare_address_of_a_service_answers_without_blame(town: Town) -> None:
    assert message_of(await town.http.get("/devices/")) == "Cannot GET /"
    assert message_of(await town.http.get("/telemetry")) == "Cannot GET /"
    assert town.world.violations == []


async def test_my_devices_joins_device_and_vehicle(town: Town) -> None:
    town.ann.add_car(name="Muffin").minted = False
    token = town.world.user_jwt(town.ann, audience=town.licence.client_id)
    answer = await town.http.get("/devices/v1/user/devices/me", headers={"Authorization": f"Bearer {token}"})
    devices = answer.json()["userDevices"]
    assert [device["name"] for device in devices] == ["Bluey", "Muffin"]
    assert (devices[0]["id"], devices[0]["nft"]["tokenId"]) == (town.car.device_id, town.car.token_id)
    assert devices[1]["nft"] is None
    assert answer.json()["sharedDevices"] == []


async def test_my_devices_wants_a_user_token(town: Town) -> None:
    expired = town.world.user_jwt(town.ann, audience="x", lifetime=timedelta(seconds=-1))
    for headers in ({}, town.bearer(), {"Authorization": f"Bearer {expired}"}):
        answer = await town.http.get("/devices/v1/user/devices/me", headers=headers)
        assert answer.status_code == 401


async def test_commands_at_once_on_one_car_are_counted(town: Town) -> None:
    may_go = asyncio.Event()
    town.world.fail("devices", "command", slow(may_go), times=2)
    both = asyncio.gather(town.command("doors/unlock"), town.command("doors/lock"))
    await town.world.wait_arrived("devices", "command", 2)
    assert town.car.most_at_once == 2
    may_go.set()
    await both
    assert (town.car.under_way, len(town.car.received)) == (0, 2)
    await town.command("doors/lock")
    assert town.car.most_at_once == 2
