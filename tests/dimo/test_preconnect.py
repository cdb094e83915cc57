"""A connection that is opened while the person still reads the question."""

import asyncio

import pytest

from bot.dimo.environments import Service
from bot.dimo.tokens import VehicleJwt
from tests.dimo.conftest import MakeDimo, Wire
from tests.dimo.test_http import SHORT, accept, dimo_at, hang_up, say_nonsense, say_nothing, unlock
from tests.support.dimo_makers import Clock
from tests.support.loopback import Connection, serving, whole


async def test_a_connection_is_ready_before_the_command(make_dimo: MakeDimo, vehicle_jwt: VehicleJwt) -> None:
    async def refuse_then_accept(connection: Connection) -> None:
        await connection.next_request()
        await connection.write(whole(b'{"code": 401, "message": "no token"}', status=b"401 Unauthorized"))
        await accept(connection)

    async with serving(refuse_then_accept) as server:
        dimo = dimo_at(server, make_dimo)
        await dimo.preconnect(Service.DEVICES)
        assert server.requests[0].startswith(b"GET /v1/user/devices/me HTTP/1.1\r\n")
        assert b"authorization" not in server.requests[0].lower()
        await unlock(dimo, vehicle_jwt)
    assert (server.connections, len(server.requests)) == (1, 2)


async def test_a_warm_connection_is_left_alone_for_45_seconds(
    make_dimo: MakeDimo, wire: Wire, clock: Clock, vehicle_jwt: VehicleJwt
) -> None:
    dimo = make_dimo(wire)
    wire.will_say({"requestId": "r1"})
    await unlock(dimo, vehicle_jwt)
    clock.seconds += 44
    await dimo.preconnect(Service.DEVICES)
    assert len(wire.requests) == 1
    clock.seconds += 1
    wire.will_say({}, status=404)
    await dimo.preconnect(Service.DEVICES)
    assert len(wire.requests) == 2


async def test_a_service_is_greeted_once_at_a_time(make_dimo: MakeDimo) -> None:
    async with serving(accept) as server:
        dimo = dimo_at(server, make_dimo)
        await asyncio.gather(*(dimo.preconnect(Service.DEVICES) for _ in range(5)))
    assert len(server.requests) == 1


@pytest.mark.parametrize("behave", [hang_up, say_nothing, say_nonsense])
async def test_a_greeting_never_fails(make_dimo: MakeDimo, behave: type) -> None:
    async with serving(behave) as server:
        await dimo_at(server, make_dimo, SHORT).preconnect(Service.DEVICES)


async def test_a_greeting_never_takes_a_commands_turn(
    make_dimo: MakeDimo, wire: Wire, clock: Clock, vehicle_jwt: VehicleJwt
) -> None:
    dimo = make_dimo(wire, rate=0.01)
    wire.will_say({"requestId": "r1"})
    await unlock(dimo, vehicle_jwt)
    clock.seconds += 60
    await dimo.preconnect(Service.DEVICES)
    assert len(wire.requests) == 1
