from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest

from bot.demo.dimo.webhooks import Unreachable
from tests.support.dimo_setting import DimoSetting, message_of

SECRET = "a verification token"
REQUEST = {
    "service": "signals",
    "metricName": "vss.bodyLockIsLocked",
    "condition": "value == 0.0",
    "coolDownPeriod": 30,
    "targetURL": "https://bot.example/hook",
    "status": "enabled",
    "verificationToken": SECRET,
    "displayName": "Left unlocked",
}


@pytest.fixture
def calls(setting: DimoSetting) -> list[tuple[str, Mapping[str, object]]]:
    """Answer every verification with the token; return the calls."""
    came: list[tuple[str, Mapping[str, object]]] = []

    async def answer(url: str, body: Mapping[str, object]) -> tuple[int, str]:
        came.append((url, body))
        return 200, f"{SECRET}\n"

    setting.world.call_webhook = answer
    return came


async def call(setting: DimoSetting, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
    headers = headers or {"Authorization": f"Bearer {setting.world.developer_jwt(setting.licence)}"}
    return await setting.http.request(method, f"/triggers/v1/webhooks{path}", json=body, headers=headers)


async def registered(setting: DimoSetting, **changes: Any) -> str:
    """Register a webhook; return its id."""
    answer = await call(setting, "POST", "", REQUEST | changes)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_webhook_is_registered_after_its_address_is_verified(
    setting: DimoSetting, calls: list[tuple[str, Mapping[str, object]]]
) -> None:
    webhook = await registered(setting)
    assert calls == [("https://bot.example/hook", {"verification": "test"})]
    (listed,) = (await call(setting, "GET", "")).json()
    assert listed == {name: value for name, value in REQUEST.items() if name != "verificationToken"} | {
        "id": webhook,
        "description": "",
        "createdAt": "2026-03-01T12:00:00Z",
        "updatedAt": "2026-03-01T12:00:00Z",
        "failureCount": 0,
    }
    assert SECRET not in repr(setting.world.webhooks)
    assert setting.world.violations == []


@pytest.mark.parametrize("answer", [(200, "another token"), (500, SECRET), (204, ""), None])
async def test_address_that_fails_verification_is_not_registered(
    setting: DimoSetting, answer: tuple[int, str] | None
) -> None:
    async def call_webhook(_url: str, _body: Mapping[str, object]) -> tuple[int, str]:
        if answer is None:
            raise Unreachable
        return answer

    setting.world.call_webhook = call_webhook
    refused = await call(setting, "POST", "", REQUEST)
    assert refused.status_code == 400
    assert SECRET not in message_of(refused)
    assert (await call(setting, "GET", "")).json() == []


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize(
    "changes",
    [
        {"targetURL": "http://bot.example/hook"},
        {"service": "wishes"},
        {"condition": ""},
        {"coolDownPeriod": -1},
        {"coolDownPeriod": "30"},
        {"status": ""},
        {"status": "failed"},
    ],
)
async def test_field_that_dimo_refuses_is_refused_at_registering_and_changing(
    setting: DimoSetting, changes: dict[str, object]
) -> None:
    assert (await call(setting, "POST", "", REQUEST | changes)).status_code == 400
    if "service" not in changes:
        webhook = await registered(setting)
        assert (await call(setting, "PUT", f"/{webhook}", changes)).status_code == 400


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize("name", sorted(REQUEST.keys() - {"displayName", "status"}))
async def test_missing_field_is_a_violation(setting: DimoSetting, name: str) -> None:
    body = {field: value for field, value in REQUEST.items() if field != name}
    answer = await call(setting, "POST", "", body)
    assert (answer.status_code, message_of(answer)) == (400, f"Missing: {name}.")
    assert len(setting.world.violations) == 1


@pytest.mark.usefixtures("calls")
async def test_unknown_field_and_no_cool_down_are_noted(setting: DimoSetting) -> None:
    await registered(setting, colour="red", coolDownPeriod=0)
    assert len(setting.world.violations) == 2


@pytest.mark.usefixtures("calls")
async def test_display_name_is_unique_for_a_license(setting: DimoSetting) -> None:
    await registered(setting)
    other = await registered(setting, displayName="Other")
    assert (await call(setting, "POST", "", REQUEST)).status_code == 500
    assert (await call(setting, "PUT", f"/{other}", {"displayName": "Left unlocked"})).status_code == 400


@pytest.mark.usefixtures("calls")
async def test_change_keeps_the_other_fields_and_forgets_failures(setting: DimoSetting) -> None:
    webhook = await registered(setting)
    setting.world.webhooks[webhook].failure_count = 10
    setting.clock.pass_time(hours=1)
    assert (await call(setting, "PUT", f"/{webhook}", {"status": "disabled"})).status_code == 200
    (listed,) = (await call(setting, "GET", "")).json()
    assert (listed["status"], listed["failureCount"], listed["updatedAt"]) == ("disabled", 0, "2026-03-01T13:00:00Z")
    assert listed["targetURL"] == REQUEST["targetURL"]


@pytest.mark.usefixtures("calls")
async def test_vehicle_is_subscribed_until_it_is_unsubscribed(setting: DimoSetting) -> None:
    webhook, did = await registered(setting), setting.world.did(setting.car.token_id)
    assert (await call(setting, "POST", f"/{webhook}/subscribe/{did}")).status_code == 201
    assert message_of(await call(setting, "POST", f"/{webhook}/subscribe/{did}")) == "Already subscribed"
    assert (await call(setting, "GET", f"/{webhook}")).json() == [did]
    (subscription,) = (await call(setting, "GET", f"/vehicles/{did}")).json()
    assert (subscription["webhookId"], subscription["assetDid"]) == (webhook, did)
    assert (await call(setting, "DELETE", f"/{webhook}/unsubscribe/{did}")).status_code == 200
    assert (await call(setting, "GET", f"/{webhook}")).json() == []
    assert (await call(setting, "GET", f"/vehicles/{did}")).json() == []


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize(("signal", "granted"), [("bodyLockIsLocked", {2, 4}), ("currentLocationCoordinates", {1, 2})])
async def test_vehicle_without_the_permission_of_the_signal_is_not_subscribed(
    setting: DimoSetting, signal: str, granted: set[int]
) -> None:
    webhook, did = await registered(setting, metricName=f"vss.{signal}"), setting.world.did(setting.car.token_id)
    setting.world.share(setting.car, setting.licence, permissions=granted)
    answer = await call(setting, "POST", f"/{webhook}/subscribe/{did}")
    assert (answer.status_code, message_of(answer)) == (403, "Insufficient vehicle permissions")


@pytest.mark.usefixtures("calls")
async def test_deleted_webhook_is_gone(setting: DimoSetting) -> None:
    webhook = await registered(setting)
    assert (await call(setting, "DELETE", f"/{webhook}")).status_code == 200
    assert (await call(setting, "DELETE", f"/{webhook}")).status_code == 404
    assert (await call(setting, "GET", "")).json() == []


@pytest.mark.usefixtures("calls")
async def test_webhook_of_another_license_is_not_found(setting: DimoSetting) -> None:
    webhook = await registered(setting)
    bearer = f"Bearer {setting.world.developer_jwt(setting.world.add_license())}"
    assert (await call(setting, "GET", "", Authorization=bearer)).json() == []
    assert (await call(setting, "DELETE", f"/{webhook}", Authorization=bearer)).status_code == 404


@pytest.mark.usefixtures("calls")
async def test_wrong_ids_are_400_or_404(setting: DimoSetting) -> None:
    webhook = await registered(setting)
    assert (await call(setting, "GET", "/mine")).status_code == 400
    assert (await call(setting, "GET", f"/{uuid4()}")).status_code == 404
    assert (await call(setting, "POST", f"/{webhook}/subscribe/186001")).status_code == 400


async def test_only_a_developer_token_is_taken(setting: DimoSetting) -> None:
    user = setting.world.user_jwt(setting.ann, audience=setting.licence.client_id)
    assert (await call(setting, "GET", "", Authorization=f"Bearer {user}")).status_code == 403
    assert (await call(setting, "GET", "", **setting.bearer())).status_code == 401
