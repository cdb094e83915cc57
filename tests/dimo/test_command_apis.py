"""Whether a command API answers and works, without moving anything."""

import json

import httpx
import pytest

from bot.dimo.client import Dimo
from bot.dimo.commands import Command, CommandApi
from bot.dimo.environments import Service
from bot.dimo.errors import BadAnswer, CannotDo, DimoError, SignInExpired
from bot.dimo.tokens import VehicleJwt
from tests.dimo.conftest import Wire

PAGE = "<!DOCTYPE html><html><body>404 page not found</body></html>"


THERE = [
    httpx.Response(401, text="Missing or malformed JWT"),
    httpx.Response(400, json={"code": 400, "message": "Missing or malformed JWT"}),
    httpx.Response(404, json={"code": 404, "message": "Cannot GET /"}),
    httpx.Response(429, json={"code": 429, "message": "slow down"}),
    httpx.Response(500, json={"code": 500, "message": "oops"}),
]
GONE = [
    httpx.Response(405, text="Method Not Allowed"),
    httpx.Response(200, text="ok"),
    httpx.Response(404, html=PAGE),
    httpx.Response(404, text="default backend - 404"),
    httpx.Response(404, text=""),
    httpx.Response(410, text="gone"),
    httpx.Response(200, html=PAGE),
    httpx.Response(503, html=PAGE),
    httpx.Response(521, text="error code: 521"),
    httpx.Response(301, headers={"Location": "https://docs.test"}),
    httpx.ConnectError(""),
    httpx.ConnectTimeout(""),
    httpx.ReadTimeout(""),
    httpx.RemoteProtocolError(""),
]


@pytest.mark.parametrize("answer", THERE)
async def test_a_service_that_answers_in_its_own_words_is_there(
    api: CommandApi, wire: Wire, answer: httpx.Response
) -> None:
    wire.will(answer)
    assert await api.is_there()


@pytest.mark.parametrize("answer", GONE)
async def test_a_service_that_does_not_answer_in_its_own_words_is_not_there(
    api: CommandApi, wire: Wire, answer: httpx.Response | Exception
) -> None:
    wire.will(answer)
    assert not await api.is_there()


async def test_looking_for_devices_api_reads_and_shows_no_token(dimo: Dimo, wire: Wire) -> None:
    wire.will(httpx.Response(401))
    await dimo.devices.is_there()
    assert wire.request.method == "GET"
    assert "authorization" not in wire.request.headers


async def test_looking_for_the_oracle_names_no_real_command_and_shows_no_token(dimo: Dimo, wire: Wire) -> None:
    wire.will(httpx.Response(401))
    await dimo.oracle.is_there()
    assert json.loads(wire.request.content)["command"] not in list(Command)
    assert "authorization" not in wire.request.headers


def test_the_command_apis_name_their_service(dimo: Dimo) -> None:
    assert (dimo.devices.service, dimo.oracle.service) == (Service.DEVICES, Service.ORACLE)


@pytest.mark.parametrize("said", ['command "probe" is not supported', "Unsupported command"])
async def test_an_unsupported_command_proves_the_oracles_route_token_and_permission(
    dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt, said: str
) -> None:
    wire.will_say({"code": 400, "message": said}, status=400)
    await dimo.oracle.probe(7, vehicle_jwt)
    assert json.loads(wire.request.content) == {"command": "probe"}


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (400, "Couldn't parse token id", CannotDo),
        (409, "not supported", CannotDo),
        (401, "not allowed", SignInExpired),
        (200, "queued", BadAnswer),
    ],
)
async def test_any_other_answer_to_a_probe_is_an_error(
    dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt, status: int, said: str, kind: type[DimoError]
) -> None:
    wire.will_say({"code": status, "message": said}, status=status)
    with pytest.raises(kind):
        await dimo.oracle.probe(7, vehicle_jwt)
