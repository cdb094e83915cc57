"""Whether a DIMO service answers, without a token, movement or cost."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from bot.dimo.client import Dimo
from bot.dimo.errors import DimoError
from tests.dimo.conftest import Wire

Look = Callable[[Dimo], Awaitable[None]]

LOOKS: dict[str, tuple[Look, httpx.Response]] = {
    "auth": (lambda dimo: dimo.auth.look(), httpx.Response(200, json={"keys": []})),
    "exchange": (lambda dimo: dimo.exchange.look(), httpx.Response(401, text="Missing or malformed JWT")),
    "devices": (lambda dimo: dimo.devices.look(), httpx.Response(401, text="Missing or malformed JWT")),
    "identity": (lambda dimo: dimo.identity.look(), httpx.Response(200, json={"data": {"vehicle": None}})),
    "telemetry": (lambda dimo: dimo.telemetry.look(), httpx.Response(401, json={"code": 401})),
    "oracle": (lambda dimo: dimo.oracle.look(), httpx.Response(400, json={"code": 400})),
}
EVERY_LOOK = pytest.mark.parametrize("look", [look for look, _ in LOOKS.values()], ids=LOOKS)
GONE: list[tuple[httpx.Response | Exception, bool]] = [
    (httpx.Response(404, html="<!DOCTYPE html><p>404 page not found"), True),
    (httpx.Response(521, text="error code: 521"), True),
    (httpx.Response(503, json={"code": 503, "message": "later"}), False),
    (httpx.ConnectError(""), True),
    (httpx.ReadTimeout(""), False),
]


@pytest.mark.parametrize(("look", "answer"), LOOKS.values(), ids=LOOKS)
async def test_a_service_that_answers_is_there(dimo: Dimo, wire: Wire, look: Look, answer: httpx.Response) -> None:
    wire.will(answer)
    await look(dimo)
    assert "authorization" not in wire.request.headers


@EVERY_LOOK
@pytest.mark.parametrize(("fault", "is_unreachable"), GONE)
async def test_unreachable_service_and_service_in_trouble_are_distinguished(
    dimo: Dimo, wire: Wire, look: Look, fault: httpx.Response | Exception, is_unreachable: bool
) -> None:
    wire.will(fault)
    with pytest.raises(DimoError) as raised:
        await look(dimo)
    assert raised.value.unreachable == is_unreachable
