"""No token is sent to a host that has not answered as DIMO's service does."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from bot.dimo.client import Dimo
from bot.dimo.commands import Command
from bot.dimo.environments import Service
from bot.dimo.error_codes import CodesOf
from bot.dimo.errors import BadAnswer, DimoError, NotRecognized, NotSent, ServiceTrouble
from bot.dimo.tokens import UserJwt, VehicleJwt
from tests.dimo.conftest import MakeDimo, Wire
from tests.support.dimo_makers import LATER, WALLET, Clock, a_jwt

VEHICLE, USER = VehicleJwt(a_jwt(), LATER), UserJwt(a_jwt(), LATER, WALLET.lower())
PAGE = "<!DOCTYPE html><html><body>It works!</body></html>"
DEVICE, CAR = CodesOf.device("2abc", USER), CodesOf.vehicle(7, VEHICLE)
NO_TOKEN = {"code": 401, "message": "Missing or malformed JWT"}

WithToken = Callable[[Dimo], Awaitable[object]]
WITH_TOKEN: dict[str, tuple[WithToken, dict[str, object]]] = {
    "a command to devices": (
        lambda dimo: dimo.devices.send(Command.UNLOCK, token_id=7, jwt=VEHICLE),
        {"requestId": "r"},
    ),
    "a command to the oracle": (
        lambda dimo: dimo.oracle.send(Command.LOCK, token_id=7, jwt=VEHICLE),
        {"commandId": "r"},
    ),
    "a list of devices": (lambda dimo: dimo.devices.my_devices(USER), {}),
    "codes by device": (lambda dimo: dimo.codes.queries(DEVICE), {}),
    "codes by car": (lambda dimo: dimo.codes.submit(CAR, ["P0301"]), {}),
    "a clearing": (lambda dimo: dimo.codes.clear(DEVICE), {}),
}
EVERY_TOKEN = pytest.mark.parametrize(("ask", "answer"), WITH_TOKEN.values(), ids=WITH_TOKEN)
OF_DIMO = [
    httpx.Response(401, json=NO_TOKEN),
    httpx.Response(400, json={"code": 400, "message": "Missing or malformed JWT"}),
    httpx.Response(400, text="Missing or malformed JWT"),
    httpx.Response(401, text="Invalid or expired JWT"),
    httpx.Response(404, json={"code": 404, "message": "Cannot GET /"}),
    httpx.Response(429, json={"code": 429, "message": "Too Many Requests"}),
    httpx.Response(503, json={"code": 503, "message": "later"}),
]
OF_SOMEBODY_ELSE = [
    httpx.Response(200, text="ok"),
    httpx.Response(200, json={"userDevices": []}),
    httpx.Response(200, json=NO_TOKEN),
    httpx.Response(202, json={"commandId": "1", "status": "pending"}),
    httpx.Response(204),
    httpx.Response(301, headers={"Location": "https://elsewhere.test"}),
    httpx.Response(200, html=PAGE),
    httpx.Response(401, html=PAGE),
    httpx.Response(401, text=""),
    httpx.Response(401, text="Authorization Required", headers={"WWW-Authenticate": 'Basic realm="router"'}),
    httpx.Response(401, json={"error": "unauthorized"}),
    httpx.Response(401, json={"code": "UNAUTHORIZED", "message": "no"}),
    httpx.Response(401, json=["Missing or malformed JWT"]),
    httpx.Response(401, content=b"Missing or malformed JWT", headers={"Content-Type": "application/octet-stream"}),
    httpx.Response(403, text="Forbidden"),
    httpx.Response(404, text="default backend - 404"),
    httpx.Response(405, text="Method Not Allowed"),
    httpx.Response(502, text="upstream connect error"),
    httpx.Response(503, html=PAGE),
    httpx.Response(521, text="error code: 521"),
    httpx.Response(522, json=NO_TOKEN),
]
LOST = [httpx.ReadTimeout(""), httpx.RemoteProtocolError("")]


@pytest.fixture
def dimo(make_dimo: MakeDimo, wire: Wire) -> Dimo:
    """DIMO before anybody has answered."""
    return make_dimo(wire, is_recognized=False)


def tokens_sent(wire: Wire) -> list[bool]:
    return ["authorization" in request.headers for request in wire.requests]


@EVERY_TOKEN
@pytest.mark.parametrize("refusal", OF_DIMO)
async def test_the_first_token_is_sent_after_the_service_has_refused_a_request_without_one(
    dimo: Dimo, wire: Wire, ask: WithToken, answer: dict[str, object], refusal: httpx.Response
) -> None:
    wire.will(refusal)
    wire.will_say(answer)
    wire.will_say(answer)
    await ask(dimo)
    await ask(dimo)
    assert tokens_sent(wire) == [False, True, True]


@EVERY_TOKEN
@pytest.mark.parametrize("other", [*OF_SOMEBODY_ELSE, *LOST])
async def test_no_token_is_sent_to_anybody_else(
    dimo: Dimo, wire: Wire, ask: WithToken, answer: dict[str, object], other: httpx.Response | Exception
) -> None:
    """Nothing was sent, so nothing happened; and it is tried once, not again and again."""
    del answer
    wire.will(other)
    with pytest.raises(NotRecognized) as caught:
        await ask(dimo)
    assert tokens_sent(wire) == [False]
    assert not caught.value.may_have_happened
    assert not caught.value.temporary


@EVERY_TOKEN
@pytest.mark.parametrize("nobody", [httpx.ConnectError(""), httpx.ConnectTimeout("")])
async def test_without_a_connection_the_same_may_be_tried_again(
    dimo: Dimo, wire: Wire, ask: WithToken, answer: dict[str, object], nobody: Exception
) -> None:
    wire.will(nobody, OF_DIMO[0])
    wire.will_say(answer)
    with pytest.raises(NotSent, match="is not reachable") as caught:
        await ask(dimo)
    assert caught.value.temporary
    await ask(dimo)
    assert tokens_sent(wire) == [False, False, True]


@pytest.mark.parametrize(
    "other", [httpx.Response(404, html=PAGE), httpx.Response(521, text=""), httpx.Response(200, text="ok")]
)
async def test_who_stops_to_answer_as_dimo_has_to_be_recognized_again(
    dimo: Dimo, wire: Wire, other: httpx.Response
) -> None:
    ask = WITH_TOKEN["a command to devices"][0]
    wire.will(OF_DIMO[0], other, OF_SOMEBODY_ELSE[0])
    with pytest.raises(DimoError):
        await ask(dimo)
    with pytest.raises(NotRecognized):
        await ask(dimo)
    assert tokens_sent(wire) == [False, True, False]


async def test_an_address_that_was_not_reachable_has_to_be_recognized_again(dimo: Dimo, wire: Wire) -> None:
    ask = WITH_TOKEN["a command to the oracle"][0]
    wire.will(OF_DIMO[0], httpx.ConnectError(""), OF_SOMEBODY_ELSE[0])
    for _ in range(2):
        with pytest.raises(DimoError):
            await ask(dimo)
    assert tokens_sent(wire) == [False, True, False]


async def test_many_at_once_wait_for_one_answer(dimo: Dimo, wire: Wire) -> None:
    wire.will(OF_DIMO[0])
    for _ in range(5):
        wire.will_say({"requestId": "r"})
    await asyncio.gather(*(WITH_TOKEN["a command to devices"][0](dimo) for _ in range(5)))
    assert tokens_sent(wire) == [False] + 5 * [True]


async def test_a_connection_that_is_opened_in_advance_recognizes_the_service(
    dimo: Dimo, wire: Wire, clock: Clock
) -> None:
    """The confirming tap is one call, also after a pause in which the address may have changed hands."""
    ask, answer = WITH_TOKEN["a command to devices"]
    for other in (OF_DIMO[0], OF_SOMEBODY_ELSE[0]):
        wire.will(other)
        await dimo.preconnect(Service.DEVICES)
        clock.seconds += 60
    wire.will(OF_DIMO[0])
    await dimo.preconnect(Service.DEVICES)
    await dimo.preconnect(Service.DEVICES)
    wire.will_say(answer)
    await ask(dimo)
    assert tokens_sent(wire) == [False, False, False, True]


@pytest.mark.parametrize("other", OF_SOMEBODY_ELSE)
async def test_looking_at_a_command_service_says_that_dimo_is_not_there(
    dimo: Dimo, wire: Wire, other: httpx.Response
) -> None:
    wire.will(other, other)
    for api in (dimo.devices, dimo.oracle):
        with pytest.raises(BadAnswer, match="is not reachable"):
            await api.look()
        assert not api.is_recognized


async def test_a_service_in_trouble_is_there(dimo: Dimo, wire: Wire) -> None:
    wire.will_say({"code": 500, "message": "oops"}, status=500)
    with pytest.raises(ServiceTrouble):
        await dimo.devices.look()
    assert dimo.devices.is_recognized
