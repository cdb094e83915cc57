"""Commands over both of DIMO's command APIs: one request each, and its true outcome."""

import json

import httpx
import pytest

from bot.dimo.client import Dimo
from bot.dimo.commands import Command, CommandApi
from bot.dimo.errors import (
    BadAnswer,
    CannotDo,
    DimoError,
    NoAnswer,
    NotFound,
    NotPermitted,
    NotSent,
    ServiceTrouble,
    SignInExpired,
    TooFast,
)
from bot.dimo.tokens import VehicleJwt
from tests.dimo.conftest import MakeDimo, Wire
from tests.support.dimo_makers import Clock

PATHS = {
    Command.LOCK: "doors/lock",
    Command.UNLOCK: "doors/unlock",
    Command.OPEN_FRUNK: "frunk/open",
    Command.OPEN_TRUNK: "trunk/open",
    Command.START_CHARGING: "charge/start",
    Command.STOP_CHARGING: "charge/stop",
}
RECEIPT = {"requestId": "r1", "commandId": "r1", "status": "pending", "message": "queued"}
PAGE = "<!DOCTYPE html><html><body>404 page not found</body></html>"


@pytest.mark.parametrize("command", Command)
async def test_devices_api_takes_a_command_as_a_path_and_no_body(
    dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt, command: Command
) -> None:
    wire.will_say({"requestId": "r1"})
    assert await dimo.devices.send(command, token_id=7, jwt=vehicle_jwt) == "r1"
    assert wire.request.method == "POST"
    assert str(wire.request.url) == f"https://devices.test/v1/vehicle/7/commands/{PATHS[command]}"
    assert wire.request.headers["authorization"] == f"Bearer {vehicle_jwt.value}"
    assert wire.request.headers["content-length"] == "0"
    assert "content-type" not in wire.request.headers


@pytest.mark.parametrize("command", Command)
async def test_the_oracle_takes_a_command_as_json(
    dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt, command: Command
) -> None:
    wire.will_say({"commandId": "r1", "status": "pending", "message": "queued"})
    assert await dimo.oracle.send(command, token_id=7, jwt=vehicle_jwt) == "r1"
    assert str(wire.request.url) == "https://oracle.test/v1/commands/7"
    assert wire.request.headers["content-type"] == "application/json"
    assert json.loads(wire.request.content) == {"command": PATHS[command]}


# The table in DIMO.md of the possible answers to a command.
REFUSED = [
    (400, "Couldn't parse token id", CannotDo),
    (400, "Integration is not capable of this command.", CannotDo),
    (401, "Invalid or expired JWT", SignInExpired),
    (403, "Vehicle subscription is not active.", NotPermitted),
    (404, "Vehicle NFT not found.", NotFound),
    (404, "No command-capable integrations found for this vehicle.", NotFound),
    (409, "Integration is not capable of this command.", CannotDo),
    (429, "slow down", TooFast),
]


@pytest.mark.parametrize(("status", "said", "kind"), REFUSED)
async def test_a_refused_command_certainly_did_not_happen(
    api: CommandApi, wire: Wire, vehicle_jwt: VehicleJwt, status: int, said: str, kind: type[DimoError]
) -> None:
    wire.will_say({"code": status, "message": said}, status=status)
    with pytest.raises(kind) as caught:
        await api.send(Command.UNLOCK, token_id=7, jwt=vehicle_jwt)
    assert type(caught.value) is kind
    assert not caught.value.may_have_happened
    assert caught.value.dimo_said == said
    assert caught.value.status == status
    assert caught.value.service == api.service
    assert len(wire.requests) == 1


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 520, 522, 599])
async def test_a_command_that_dimo_failed_at_may_have_happened(
    api: CommandApi, wire: Wire, vehicle_jwt: VehicleJwt, status: int
) -> None:
    wire.will_say({"code": status, "message": "oops"}, status=status)
    with pytest.raises(ServiceTrouble) as caught:
        await api.send(Command.UNLOCK, token_id=7, jwt=vehicle_jwt)
    assert caught.value.may_have_happened
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    "broken",
    [httpx.ReadTimeout(""), httpx.WriteTimeout(""), httpx.ReadError(""), httpx.RemoteProtocolError("gone")],
)
async def test_a_command_without_an_answer_may_have_happened_and_is_not_repeated(
    api: CommandApi, wire: Wire, vehicle_jwt: VehicleJwt, broken: Exception
) -> None:
    wire.will(broken)
    with pytest.raises(NoAnswer) as caught:
        await api.send(Command.UNLOCK, token_id=7, jwt=vehicle_jwt)
    assert caught.value.may_have_happened
    assert caught.value.__cause__ is broken
    assert len(wire.requests) == 1


@pytest.mark.parametrize("broken", [httpx.ConnectError(""), httpx.ConnectTimeout(""), httpx.ProxyError("")])
async def test_command_without_a_connection_did_not_happen(
    api: CommandApi, wire: Wire, vehicle_jwt: VehicleJwt, broken: Exception
) -> None:
    wire.will(broken)
    with pytest.raises(NotSent, match=r"^DIMO's (devices|tesla-oracle) service is not reachable\.$") as caught:
        await api.send(Command.UNLOCK, token_id=7, jwt=vehicle_jwt)
    assert not caught.value.may_have_happened
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text=""),
        httpx.Response(200, text="ok"),
        httpx.Response(200, json={}),
        httpx.Response(200, json=[RECEIPT]),
        httpx.Response(200, json={"requestId": None, "commandId": 5}),
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(204),
        httpx.Response(200, content=b"\xff\xfe"),
    ],
)
async def test_a_yes_that_can_not_be_read_may_have_happened(
    api: CommandApi, wire: Wire, vehicle_jwt: VehicleJwt, answer: httpx.Response
) -> None:
    wire.will(answer)
    with pytest.raises(BadAnswer) as caught:
        await api.send(Command.UNLOCK, token_id=7, jwt=vehicle_jwt)
    assert caught.value.may_have_happened
    assert not caught.value.unreachable


@pytest.mark.parametrize(
    ("status", "kind", "may_have_happened"),
    [
        (200, BadAnswer, True),
        (403, BadAnswer, False),
        (404, BadAnswer, False),
        (410, BadAnswer, False),
        (502, ServiceTrouble, True),
        (503, ServiceTrouble, True),
        (521, ServiceTrouble, True),
    ],
)
async def test_web_page_means_that_the_service_is_not_reachable(
    api: CommandApi,
    wire: Wire,
    vehicle_jwt: VehicleJwt,
    status: int,
    kind: type[DimoError],
    *,
    may_have_happened: bool,
) -> None:
    wire.will(httpx.Response(status, html=PAGE))
    with pytest.raises(kind, match=r"^DIMO's (devices|tesla-oracle) service is not reachable\.$") as caught:
        await api.send(Command.UNLOCK, token_id=7, jwt=vehicle_jwt)
    assert caught.value.unreachable
    assert caught.value.may_have_happened is may_have_happened
    assert caught.value.dimo_said is None


async def test_too_fast_stays_too_fast_behind_a_web_page(api: CommandApi, wire: Wire, vehicle_jwt: VehicleJwt) -> None:
    wire.will(httpx.Response(429, html=PAGE, headers={"Retry-After": "7"}))
    with pytest.raises(TooFast) as caught:
        await api.send(Command.UNLOCK, token_id=7, jwt=vehicle_jwt)
    assert caught.value.retry_after == 7.0


async def test_a_redirect_is_not_followed(api: CommandApi, wire: Wire, vehicle_jwt: VehicleJwt) -> None:
    wire.will(httpx.Response(307, headers={"Location": "https://elsewhere.test/"}))
    with pytest.raises(BadAnswer) as caught:
        await api.send(Command.UNLOCK, token_id=7, jwt=vehicle_jwt)
    assert caught.value.may_have_happened
    assert len(wire.requests) == 1


async def test_error_does_not_repeat_the_tokens_that_dimo_quotes(
    api: CommandApi, wire: Wire, vehicle_jwt: VehicleJwt
) -> None:
    wire.will_say({"code": 401, "message": f"token {vehicle_jwt.value} of key {'ab' * 32}\nis bad"}, status=401)
    with pytest.raises(SignInExpired) as caught:
        await api.send(Command.UNLOCK, token_id=7, jwt=vehicle_jwt)
    assert caught.value.dimo_said == "token … of key … is bad"
    assert vehicle_jwt.value not in f"{caught.value!r}{caught.value}"


async def test_a_command_is_waited_for_fifteen_seconds_and_a_connection_five(
    api: CommandApi, wire: Wire, vehicle_jwt: VehicleJwt
) -> None:
    wire.will_say(RECEIPT)
    await api.send(Command.UNLOCK, token_id=7, jwt=vehicle_jwt)
    times = wire.request.extensions["timeout"]
    assert (times["connect"], times["read"]) == (5.0, 15.0)


# `before_sending` runs when the request's turn has come.


@pytest.mark.parametrize("service", ["devices", "oracle"])
async def test_a_command_is_asked_about_right_before_it_leaves(
    make_dimo: MakeDimo, wire: Wire, vehicle_jwt: VehicleJwt, clock: Clock, service: str
) -> None:
    dimo = make_dimo(wire, rate=1)
    asked: list[tuple[list[float], int]] = []

    async def before_sending() -> None:
        asked.append((list(clock.slept), len(wire.requests)))

    api = dimo.devices if service == "devices" else dimo.oracle
    for _ in range(2):
        wire.will_say(RECEIPT)
        await api.send(Command.UNLOCK, token_id=7, jwt=vehicle_jwt, before_sending=before_sending)
    assert asked == [([], 0), ([1.0], 1)]


@pytest.mark.parametrize("service", ["devices", "oracle"])
async def test_a_command_that_may_not_leave_any_more_stays_here(
    dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt, service: str
) -> None:
    class Late(Exception):
        pass

    async def before_sending() -> None:
        raise Late

    api = dimo.devices if service == "devices" else dimo.oracle
    with pytest.raises(Late):
        await api.send(Command.UNLOCK, token_id=7, jwt=vehicle_jwt, before_sending=before_sending)
    assert wire.requests == []
