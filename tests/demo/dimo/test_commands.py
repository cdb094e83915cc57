import asyncio
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest

from bot.demo.dimo.car import EFFECTS
from bot.demo.dimo.faults import slow
from tests.support.dimo_setting import DimoSetting, message_of


async def to_oracle(setting: DimoSetting, command: str, **more: Any) -> httpx.Response:
    path = f"/oracle/v1/commands/{setting.car.token_id}"
    return await setting.http.post(path, **{"headers": setting.bearer(), "json": {"command": command}, **more})


@pytest.mark.parametrize("command", EFFECTS)
async def test_devices_api_queues_every_command(setting: DimoSetting, command: str) -> None:
    answer = await setting.command(command)
    assert answer.json() == {"requestId": setting.car.request_ids[0]}
    assert setting.car.received == [command]
    assert setting.world.calls_of("devices", "command") == [("devices", "command", 200)]


@pytest.mark.parametrize("command", EFFECTS)
async def test_oracle_queues_every_command(setting: DimoSetting, command: str) -> None:
    body = (await to_oracle(setting, command)).json()
    assert body.keys() == {"commandId", "status", "message"}
    assert (body["commandId"], body["status"]) == (setting.car.request_ids[0], "pending")
    assert setting.car.received == [command]
    assert setting.world.violations == []


async def test_command_outside_the_list_moves_nothing(setting: DimoSetting) -> None:
    assert (await setting.command("doors/open")).status_code == 404
    answer = await to_oracle(setting, "probe")
    assert answer.status_code == 400
    assert "not supported" in message_of(answer)
    assert setting.car.received == []


async def test_token_id_that_is_no_number_is_400(setting: DimoSetting) -> None:
    answer = await setting.http.post("/devices/v1/vehicle/mine/commands/doors/lock", headers=setting.bearer())
    assert (answer.status_code, message_of(answer)) == (400, "Couldn't parse token id.")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x y", "bearer {}", "Token {}", "{}", "Bearer {}x"])
async def test_anything_but_a_bearer_token_is_401(setting: DimoSetting, header: str | None) -> None:
    token = setting.world.vehicle_jwt(setting.car, permissions={2})
    headers = {} if header is None else {"Authorization": header.format(token)}
    assert (await setting.command("doors/unlock", headers=headers)).status_code == 401
    assert (await to_oracle(setting, "doors/unlock", headers=headers)).status_code == 401
    assert setting.car.received == []


async def test_vehicle_token_ends_after_its_lifetime(setting: DimoSetting) -> None:
    headers = setting.bearer()
    assert (await setting.command("doors/lock", headers=headers)).status_code == 200
    setting.clock.pass_time(minutes=10)
    assert (await setting.command("doors/lock", headers=headers)).status_code == 401


async def test_token_of_another_car_is_401(setting: DimoSetting) -> None:
    other = setting.bearer(car=setting.ann.add_car(name="Muffin"))
    assert (await setting.command("doors/unlock", headers=other)).status_code == 401
    assert (await to_oracle(setting, "doors/unlock", headers=other)).status_code == 401


async def test_token_without_permission_2_is_refused(setting: DimoSetting) -> None:
    headers = setting.bearer(1)
    answer = await setting.command("doors/unlock", headers=headers)
    assert (answer.status_code, message_of(answer)) == (403, "Missing required privilege")
    assert (await to_oracle(setting, "doors/unlock", headers=headers)).status_code == 401
    assert setting.car.received == []


async def test_user_token_is_refused(setting: DimoSetting) -> None:
    token = setting.world.user_jwt(setting.ann, audience=setting.licence.client_id)
    headers = {"Authorization": f"Bearer {token}"}
    assert (await setting.command("doors/unlock", headers=headers)).status_code == 401


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
async def test_forged_token_is_401(setting: DimoSetting, algorithm: str) -> None:
    true = setting.world.vehicle_jwt(setting.car, permissions={2})
    claims = jwt.decode(true, options={"verify_signature": False})
    key = "" if algorithm == "none" else "0" * 64
    forged = jwt.encode(claims, key, algorithm, headers={"kid": setting.world.kid})
    answer = await setting.command("doors/unlock", headers={"Authorization": f"Bearer {forged}"})
    assert answer.status_code == 401


async def test_car_without_connection_takes_no_commands(setting: DimoSetting) -> None:
    setting.car.connection = None
    answer = await setting.command("doors/lock")
    assert answer.status_code == 404
    assert message_of(answer) == "No command-capable integrations found for this vehicle."


async def test_only_teslas_take_commands(setting: DimoSetting) -> None:
    setting.car.connection = "Smartcar"
    answer = await setting.command("doors/lock")
    assert answer.status_code == 409
    assert message_of(answer) == "Integration is not capable of this command."
    assert (await to_oracle(setting, "doors/lock")).status_code == 404


async def test_command_that_this_car_cannot_do_is_400(setting: DimoSetting) -> None:
    setting.car.cannot.add("frunk/open")
    answer = await setting.command("frunk/open")
    assert answer.status_code == 400
    assert message_of(answer) == "Integration is not capable of this command."
    assert (await to_oracle(setting, "frunk/open")).status_code == 400


async def test_car_without_subscription_is_refused(setting: DimoSetting) -> None:
    setting.car.subscription_active = False
    answer = await setting.command("doors/lock")
    assert (answer.status_code, message_of(answer)) == (403, "Vehicle subscription is not active.")
    assert (await to_oracle(setting, "doors/lock")).status_code == 409


async def test_burned_vehicle_is_not_found(setting: DimoSetting) -> None:
    headers = setting.bearer()
    del setting.world.cars[setting.car.token_id]
    answer = await setting.command("doors/lock", headers=headers)
    assert (answer.status_code, message_of(answer)) == (404, "Vehicle NFT not found.")


async def test_oracle_may_refuse_a_fresh_vehicle_token(setting: DimoSetting) -> None:
    setting.world.oracle_wants_user_token = True
    assert (await to_oracle(setting, "doors/lock")).status_code == 401
    assert setting.car.received == []


async def test_body_with_a_path_command_is_noted(setting: DimoSetting) -> None:
    assert (await setting.command("doors/lock", json={})).status_code == 200
    assert setting.world.violations == ["devices sends a body where none is documented"]


async def test_oracle_wants_one_json_field(setting: DimoSetting) -> None:
    more = {"command": "doors/lock", "params": {}}
    assert message_of(await to_oracle(setting, "", json=more)) == "Unknown: params."
    text = {"content": b'{"command":"doors/lock"}', "json": None}
    assert "application/json" in message_of(await to_oracle(setting, "", **text))
    assert len(setting.world.violations) == 2


async def test_undocumented_path_and_query_in_an_address_are_noted(setting: DimoSetting) -> None:
    assert (await setting.http.get("/devices/v2/vehicles")).status_code == 404
    assert (await setting.http.get("/auth/keys?token=x")).status_code == 200
    assert (await setting.http.get("/nowhere")).status_code == 404
    assert len(setting.world.violations) == 3


async def test_bare_address_of_a_service_answers_without_a_violation(setting: DimoSetting) -> None:
    assert message_of(await setting.http.get("/devices/")) == "Cannot GET /"
    assert message_of(await setting.http.get("/telemetry")) == "Cannot GET /"
    assert setting.world.violations == []


async def test_my_devices_joins_device_and_vehicle(setting: DimoSetting) -> None:
    setting.ann.add_car(name="Muffin").minted = False
    token = setting.world.user_jwt(setting.ann, audience=setting.licence.client_id)
    answer = await setting.http.get("/devices/v1/user/devices/me", headers={"Authorization": f"Bearer {token}"})
    devices = answer.json()["userDevices"]
    assert [device["name"] for device in devices] == ["Bluey", "Muffin"]
    assert (devices[0]["id"], devices[0]["nft"]["tokenId"]) == (setting.car.device_id, setting.car.token_id)
    assert devices[1]["nft"] is None
    assert answer.json()["sharedDevices"] == []


async def test_my_devices_wants_a_user_token(setting: DimoSetting) -> None:
    expired = setting.world.user_jwt(setting.ann, audience="x", lifetime=timedelta(seconds=-1))
    for headers in ({}, setting.bearer(), {"Authorization": f"Bearer {expired}"}):
        answer = await setting.http.get("/devices/v1/user/devices/me", headers=headers)
        assert answer.status_code == 401


async def test_commands_at_once_on_one_car_are_counted(setting: DimoSetting) -> None:
    may_go = asyncio.Event()
    setting.world.fail("devices", "command", slow(may_go), times=2)
    both = asyncio.gather(setting.command("doors/unlock"), setting.command("doors/lock"))
    await setting.world.wait_arrived("devices", "command", 2)
    assert setting.car.most_at_once == 2
    may_go.set()
    await both
    assert (setting.car.under_way, len(setting.car.received)) == (0, 2)
    await setting.command("doors/lock")
    assert setting.car.most_at_once == 2
