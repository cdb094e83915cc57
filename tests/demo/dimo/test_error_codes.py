import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.demo.dimo.car import Car, CodeQuery
from bot.demo.dimo.faults import lose_answer, slow, status
from tests.support.dimo_setting import DimoSetting, message_of

NOON = "2026-03-01T12:00:00Z"


class Form:
    """One of the two forms of the calls for Ann's car: its path, its token, and the names of its operations."""

    def __init__(self, setting: DimoSetting, name: str) -> None:
        self.setting = setting
        self.name = name
        self.prefix = "" if name == "device" else "vehicle_"

    def path(self, car: Car | None = None) -> str:
        car = car or self.setting.car
        by_device, by_token_id = f"user/devices/{car.device_id}", f"vehicle/{car.token_id}"
        return f"/devices/v1/{by_device if self.name == 'device' else by_token_id}/error-codes"

    def headers(self, **more: Any) -> dict[str, str]:
        if self.name == "vehicle":
            return {
                "Authorization": f"Bearer {self.setting.world.vehicle_jwt(self.setting.car, permissions={1}, **more)}"
            }
        return user_headers(self.setting, **more)

    async def ask(self, method: str, after: str = "", **more: Any) -> httpx.Response:
        return await self.setting.http.request(method, self.path() + after, **{"headers": self.headers(), **more})

    async def submit(self, *codes: object, **more: Any) -> httpx.Response:
        return await self.ask("POST", **{"json": {"errorCodes": codes}, **more})

    async def history(self, **more: Any) -> httpx.Response:
        return await self.ask("GET", **more)

    async def clear(self, **more: Any) -> httpx.Response:
        return await self.ask("POST", "/clear", **more)

    async def each(self, **more: Any) -> list[httpx.Response]:
        """Make all three calls."""
        return [await self.submit("P0301", **more), await self.history(**more), await self.clear(**more)]


def user_headers(setting: DimoSetting, **more: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {setting.world.user_jwt(setting.ann, audience='family', **more)}"}


@pytest.fixture(params=["device", "vehicle"])
def form(setting: DimoSetting, request: pytest.FixtureRequest) -> Form:
    return Form(setting, request.param)


def told(answers: list[httpx.Response]) -> list[tuple[int, str]]:
    return [(answer.status_code, message_of(answer)) for answer in answers]


async def test_codes_are_explained_and_remembered_newest_first(setting: DimoSetting, form: Form) -> None:
    setting.world.explanations["P0106"] = "Pressure \ud800"
    answer = (await form.submit("P0106", "U0100-87")).json()
    assert answer.keys() == {"errorCodes", "clearedAt"}
    assert [code["code"] for code in answer["errorCodes"]] == ["P0106", "U0100-87"]
    assert answer["errorCodes"][0]["description"] == "Pressure \ud800"
    assert "Tesla Model 3" in answer["errorCodes"][1]["description"]
    assert answer["clearedAt"] is None
    setting.clock.pass_time(minutes=1)
    await form.submit("P0279")
    newest, oldest = (await form.history()).json()["queries"]
    assert oldest == {"errorCodes": answer["errorCodes"], "requestedAt": NOON, "clearedAt": None}
    assert newest["requestedAt"] == "2026-03-01T12:01:00Z"
    assert setting.world.violations == []


async def test_clearing_marks_the_newest_query_only(setting: DimoSetting, form: Form) -> None:
    setting.car.code_queries = [
        CodeQuery((("P0002", "new"),), requested_at=setting.clock()),
        CodeQuery((("P0001", "old"),), requested_at=setting.clock() - timedelta(days=1)),
    ]
    answer = (await form.clear()).json()
    assert answer == {"errorCodes": [{"code": "P0002", "description": "new"}], "clearedAt": NOON}
    assert [query["clearedAt"] for query in (await form.history()).json()["queries"]] == [NOON, None]


@pytest.mark.parametrize(("form", "code"), [("device", 400), ("vehicle", 429)], indirect=["form"])
async def test_cleared_codes_cannot_be_cleared_again(form: Form, code: int) -> None:
    await form.submit("P0301")
    assert (await form.clear()).status_code == 200
    assert told([await form.clear()]) == [(code, "all error codes already cleared")]
    await form.submit("P0301")
    assert (await form.clear()).status_code == 200


@pytest.mark.parametrize(
    ("form", "code", "message"),
    [
        ("device", 400, "error occurred fetching device error queries"),
        ("vehicle", 404, "Could not find user device"),
    ],
    indirect=["form"],
)
async def test_nothing_can_be_cleared_before_the_first_query(form: Form, code: int, message: str) -> None:
    assert (await form.history()).json() == {"queries": []}
    assert told([await form.clear()]) == [(code, message)]


async def test_both_forms_list_the_same_queries(setting: DimoSetting) -> None:
    device, vehicle = Form(setting, "device"), Form(setting, "vehicle")
    await device.submit("P0001")
    await vehicle.submit("P0002")
    assert (await device.history()).json() == (await vehicle.history()).json()
    assert len(setting.car.code_queries) == 2


@pytest.mark.parametrize("code", ["P030", "P0301-11x", "P03\n01", " "])
async def test_a_code_of_another_length_fails_the_whole_call(setting: DimoSetting, form: Form, code: str) -> None:
    answer = await form.submit("P0301", code)
    assert answer.status_code == 400
    assert message_of(answer).startswith('Invalid error code "')
    assert setting.car.code_queries == []


async def test_an_invalid_code_is_named(form: Form) -> None:
    assert message_of(await form.submit("P01")) == 'Invalid error code "P01".'


async def test_more_than_a_hundred_codes_are_too_many(setting: DimoSetting, form: Form) -> None:
    assert (await form.submit(*["P0301"] * 100)).status_code == 200
    assert told([await form.submit(*["P0301"] * 101)]) == [
        (400, "Too many error codes. Error codes list must be 100 or below in length.")
    ]
    assert len(setting.car.code_queries) == 1


async def test_empty_codes_are_ignored_and_noted(setting: DimoSetting, form: Form) -> None:
    answer = await form.submit("", "P0301", "")
    assert [code["code"] for code in answer.json()["errorCodes"]] == ["P0301"]
    assert (await form.submit("")).json() == {"errorCodes": [], "clearedAt": None}
    assert (await form.submit()).json() == {"errorCodes": [], "clearedAt": None}
    assert len(setting.car.code_queries) == 1
    assert setting.world.violations == ["devices sends an empty error code"] * 2


@pytest.mark.parametrize("body", [{}, {"errorCodes": None}, {"errorCodes": "P0301"}, {"errorCodes": [301]}, []])
async def test_a_body_of_another_shape_is_400_and_noted(setting: DimoSetting, form: Form, body: object) -> None:
    assert (await form.submit(json=body)).status_code == 400
    assert len(setting.world.violations) == 1


async def test_only_submitting_takes_a_body(setting: DimoSetting, form: Form) -> None:
    await form.submit("P0301")
    await form.history(json={})
    await form.clear(json={})
    assert setting.world.violations == ["devices sends a body where none is documented"] * 2


async def test_no_other_method_is_known(setting: DimoSetting, form: Form) -> None:
    assert (await form.ask("GET", "/clear")).status_code == 404
    assert (await form.ask("DELETE")).status_code == 404
    assert len(setting.world.violations) == 2


async def test_the_other_forms_token_is_refused(setting: DimoSetting, form: Form) -> None:
    other = Form(setting, "vehicle" if form.name == "device" else "device").headers()
    for headers in ({}, other, form.headers(lifetime=timedelta(seconds=-1))):
        assert [answer.status_code for answer in await form.each(headers=headers)] == [401] * 3
    assert setting.car.code_queries == []


async def test_a_vehicle_token_needs_permission_1_and_its_own_car(setting: DimoSetting) -> None:
    form = Form(setting, "vehicle")
    assert told(await form.each(headers=setting.bearer(2))) == [(403, "Missing required privilege")] * 3
    foreign = setting.bearer(car=setting.ann.add_car(name="Muffin"))
    assert told(await form.each(headers=foreign)) == [(401, "Token id does not match the JWT")] * 3


async def test_a_device_is_found_by_its_owner_only(setting: DimoSetting) -> None:
    form, headers = Form(setting, "device"), user_headers(setting)
    setting.car.owner_wallet = setting.world.add_account("Bob").wallet
    assert told(await form.each(headers=headers)) == [(404, "Device not found.")] * 3
    nobody = {"Authorization": f"Bearer {setting.world.user_jwt(setting.ann, audience='family')}"}
    setting.world.accounts.clear()
    assert told(await form.each(headers=nobody)) == [(404, "Device not found.")] * 3


async def test_a_burned_vehicle_has_no_codes(setting: DimoSetting) -> None:
    form = Form(setting, "vehicle")
    headers = form.headers()
    del setting.world.cars[setting.car.token_id]
    assert told(await form.each(headers=headers)) == [
        (404, "No device with that id found."),
        (404, "Could not find user device"),
        (404, "Could not find user device"),
    ]


@pytest.mark.parametrize("code", [404, 410])
async def test_the_device_form_alone_can_be_removed(setting: DimoSetting, code: int) -> None:
    setting.world.device_form_gone = code
    for answer in await Form(setting, "device").each():
        assert (answer.status_code, answer.content) == (code, b"")
        assert answer.headers["content-type"] == "text/plain"
    assert [answer.status_code for answer in await Form(setting, "vehicle").each()] == [200] * 3
    devices = await setting.http.get("/devices/v1/user/devices/me", headers=user_headers(setting))
    assert devices.status_code == 200


async def test_each_call_can_fail_by_its_name(setting: DimoSetting, form: Form) -> None:
    operations = [f"submit_{form.prefix}codes", f"{form.prefix}codes", f"clear_{form.prefix}codes"]
    await form.each()
    assert [call.operation for call in setting.world.calls] == operations
    for operation in operations:
        setting.world.fail("devices", operation, status(503, "busy"))
    assert told(await form.each()) == [(503, "busy")] * 3
    assert len(setting.car.code_queries) == 1


async def test_a_lost_explanation_is_remembered(setting: DimoSetting, form: Form) -> None:
    setting.world.fail("devices", f"submit_{form.prefix}codes", lose_answer())
    with pytest.raises(httpx.RemoteProtocolError):
        await form.submit("P0301")
    assert len(setting.car.code_queries) == 1


async def test_a_slow_explanation_is_no_command_under_way(setting: DimoSetting, form: Form) -> None:
    may_go, operation = asyncio.Event(), f"submit_{form.prefix}codes"
    setting.world.fail("devices", operation, slow(may_go))
    asked = asyncio.create_task(form.submit("P0301"))
    await setting.world.wait_arrived("devices", operation)
    assert (setting.car.under_way, setting.car.code_queries) == (0, [])
    assert (await setting.command("doors/lock")).status_code == 200
    may_go.set()
    assert (await asked).status_code == 200
    assert setting.car.most_at_once == 1
