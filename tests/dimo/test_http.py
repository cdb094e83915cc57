"""The client over real connections: what is sent, how often, and the errors when it breaks."""

import asyncio
import gzip
import logging
import socket
from dataclasses import replace

import httpx
import pytest

from bot.dimo.client import Dimo
from bot.dimo.commands import Command
from bot.dimo.errors import BadAnswer, NoAnswer, NotSent, SignInExpired
from bot.dimo.http import Timeouts
from bot.dimo.tokens import VehicleJwt
from tests.dimo.conftest import URLS, MakeDimo, Wire
from tests.support.dimo_makers import Clock
from tests.support.loopback import Connection, Server, serving, whole

RECEIPT = b'{"requestId": "r1"}'
# Long enough for a busy machine to connect in, short enough to wait out.
SHORT = Timeouts(connect=1.0, queue=0.05, command=0.2)


def dimo_at(server: Server, make_dimo: MakeDimo, timeouts: Timeouts | None = None, **more: float) -> Dimo:
    return make_dimo(urls=replace(URLS, devices=server.url), timeouts=timeouts, **more)


async def unlock(dimo: Dimo, jwt: VehicleJwt) -> str:
    return await dimo.devices.send(Command.UNLOCK, token_id=7, jwt=jwt)


async def accept(connection: Connection) -> None:
    while await connection.next_request():
        await connection.write(whole(RECEIPT))


async def hang_up(connection: Connection) -> None:
    await connection.next_request()


async def hang_up_amid_the_answer(connection: Connection) -> None:
    await connection.next_request()
    await connection.write(whole(RECEIPT)[:-5])


async def say_nothing(connection: Connection) -> None:
    await connection.next_request()
    await asyncio.Event().wait()


async def say_nonsense(connection: Connection) -> None:
    await connection.next_request()
    await connection.write(b"SSH-2.0-OpenSSH\r\n\r\n")


async def break_the_compression(connection: Connection) -> None:
    await connection.next_request()
    await connection.write(whole(b"not gzip", b"Content-Encoding: gzip"))


async def send_a_bomb(connection: Connection) -> None:
    await connection.next_request()
    await connection.write(whole(gzip.compress(bytes(16 << 20)), b"Content-Encoding: gzip"))


async def test_a_command_is_one_request_with_nothing_to_spare(make_dimo: MakeDimo, vehicle_jwt: VehicleJwt) -> None:
    async with serving(accept) as server:
        assert await unlock(dimo_at(server, make_dimo), vehicle_jwt) == "r1"
    (request,) = server.requests
    lines = request.decode().split("\r\n")
    assert lines[0] == "POST /v1/vehicle/7/commands/doors/unlock HTTP/1.1"
    assert sorted(line.lower() for line in lines[1:] if line) == [
        "accept-encoding: gzip",
        "accept: application/json",
        f"authorization: Bearer {vehicle_jwt.value}".lower(),
        "connection: keep-alive",
        "content-length: 0",
        f"host: {server.url.removeprefix('http://')}",
        "user-agent: dimo-family-bot",
    ]


async def test_commands_share_one_connection(make_dimo: MakeDimo, vehicle_jwt: VehicleJwt) -> None:
    async with serving(accept) as server:
        dimo = dimo_at(server, make_dimo)
        for _ in range(5):
            await unlock(dimo, vehicle_jwt)
    assert (server.connections, len(server.requests)) == (1, 5)


@pytest.mark.parametrize("behave", [hang_up, hang_up_amid_the_answer, say_nothing, say_nonsense])
async def test_a_command_that_arrived_and_was_not_answered_is_sent_once_and_may_have_happened(
    make_dimo: MakeDimo, vehicle_jwt: VehicleJwt, behave: type
) -> None:
    async with serving(behave) as server:
        with pytest.raises(NoAnswer) as caught:
            await unlock(dimo_at(server, make_dimo, SHORT), vehicle_jwt)
    assert caught.value.may_have_happened
    assert len(server.requests) == 1


@pytest.mark.parametrize("behave", [break_the_compression, send_a_bomb])
async def test_an_answer_that_cannot_be_read_leaves_open_what_happened(
    make_dimo: MakeDimo, vehicle_jwt: VehicleJwt, behave: type
) -> None:
    async with serving(behave) as server:
        with pytest.raises(BadAnswer) as caught:
            await unlock(dimo_at(server, make_dimo), vehicle_jwt)
    assert caught.value.may_have_happened
    assert not caught.value.temporary
    assert len(server.requests) == 1


async def test_an_answer_that_drips_is_given_up_in_the_end(make_dimo: MakeDimo, vehicle_jwt: VehicleJwt) -> None:
    async def drip(connection: Connection) -> None:
        await connection.next_request()
        await connection.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not connection.writer.is_closing():
            await connection.write(b" ")
            await asyncio.sleep(0.001)

    async with serving(drip) as server:
        with pytest.raises(NoAnswer):
            await unlock(dimo_at(server, make_dimo, SHORT), vehicle_jwt)


async def test_request_to_a_closed_port_was_not_sent(make_dimo: MakeDimo, vehicle_jwt: VehicleJwt) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    dimo = make_dimo(urls=replace(URLS, devices=f"http://127.0.0.1:{port}"))
    with pytest.raises(NotSent, match="not reachable") as caught:
        await unlock(dimo, vehicle_jwt)
    assert not caught.value.may_have_happened


async def test_a_connection_that_dimo_closed_while_idle_is_replaced_before_anything_is_sent(
    make_dimo: MakeDimo, vehicle_jwt: VehicleJwt
) -> None:
    closed = asyncio.Event()

    async def answer_once(connection: Connection) -> None:
        await connection.next_request()
        await connection.write(whole(RECEIPT))
        connection.writer.close()
        await connection.writer.wait_closed()
        closed.set()

    async with serving(answer_once) as server:
        dimo = dimo_at(server, make_dimo)
        await unlock(dimo, vehicle_jwt)
        await closed.wait()
        assert await unlock(dimo, vehicle_jwt) == "r1"
    assert (server.connections, len(server.requests)) == (2, 2)


async def test_two_hundred_commands_at_once_all_arrive_once_over_a_bounded_number_of_connections(
    make_dimo: MakeDimo, vehicle_jwt: VehicleJwt
) -> None:
    async with serving(accept) as server:
        dimo = dimo_at(server, make_dimo)
        await asyncio.gather(*(unlock(dimo, vehicle_jwt) for _ in range(200)))
    assert len(server.requests) == 200
    assert server.connections <= 30


async def test_a_hanging_service_does_not_hold_up_another_one(make_dimo: MakeDimo, vehicle_jwt: VehicleJwt) -> None:
    async with serving(say_nothing) as hanging, serving(accept) as server:
        dimo = make_dimo(urls=replace(URLS, devices=server.url, identity=hanging.url))
        stuck = [asyncio.create_task(dimo.identity.vehicle(n)) for n in range(100)]
        await hanging.arrived.wait()
        assert await unlock(dimo, vehicle_jwt) == "r1"
        for task in stuck:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)


async def test_a_command_that_waited_too_long_for_its_turn_is_not_sent(
    make_dimo: MakeDimo, vehicle_jwt: VehicleJwt, clock: Clock
) -> None:
    async with serving(accept) as server:
        dimo = dimo_at(server, make_dimo, SHORT, rate=1)
        await unlock(dimo, vehicle_jwt)
        with pytest.raises(NotSent, match=r"^The command did not leave for DIMO's devices service\.$"):
            await unlock(dimo, vehicle_jwt)
    assert len(server.requests) == 1
    assert clock.slept == []


async def test_the_pace_is_kept_for_each_service_by_itself(
    make_dimo: MakeDimo, wire: Wire, vehicle_jwt: VehicleJwt, clock: Clock
) -> None:
    dimo = make_dimo(wire, rate=1)
    for _ in range(3):
        wire.will_say({"data": {"signalsSnapshot": None}})
        await dimo.telemetry.snapshot(7, vehicle_jwt)
    assert clock.slept == [1.0, 1.0]
    wire.will_say({"requestId": "r1"})
    await unlock(dimo, vehicle_jwt)
    assert clock.slept == [1.0, 1.0]


async def test_a_cancelled_call_gives_its_place_back(make_dimo: MakeDimo, vehicle_jwt: VehicleJwt) -> None:
    async with serving(say_nothing) as server:
        dimo = dimo_at(server, make_dimo)
        stuck = [asyncio.create_task(unlock(dimo, vehicle_jwt)) for _ in range(60)]
        await server.arrived.wait()
        for task in stuck:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)
        server.behave = accept
        assert await unlock(dimo, vehicle_jwt) == "r1"


async def test_a_cookie_is_not_kept(make_dimo: MakeDimo, vehicle_jwt: VehicleJwt) -> None:
    async def set_a_cookie(connection: Connection) -> None:
        while await connection.next_request():
            await connection.write(whole(RECEIPT, b"Set-Cookie: a=b; Path=/"))

    async with serving(set_a_cookie) as server:
        dimo = dimo_at(server, make_dimo)
        for _ in range(2):
            await unlock(dimo, vehicle_jwt)
    assert not any(b"cookie" in request.lower() for request in server.requests)


async def test_a_redirect_takes_no_token_elsewhere(make_dimo: MakeDimo, vehicle_jwt: VehicleJwt) -> None:
    async with serving(accept) as elsewhere:

        async def redirect(connection: Connection) -> None:
            await connection.next_request()
            where = b"Location: " + elsewhere.url.encode()
            await connection.write(whole(b"", where, status=b"307 Temporary Redirect"))

        async with serving(redirect) as server:
            with pytest.raises(BadAnswer):
                await unlock(dimo_at(server, make_dimo), vehicle_jwt)
    assert elsewhere.requests == []


async def test_a_call_is_logged_without_path_and_token(
    dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="bot.dimo")
    wire.will_say({"requestId": "r1"})
    wire.will_say({"code": 401, "message": vehicle_jwt.value}, status=401)
    await unlock(dimo, vehicle_jwt)
    with pytest.raises(SignInExpired):
        await unlock(dimo, vehicle_jwt)
    assert [record.getMessage() for record in caplog.records if record.name == "bot.dimo"] == [
        "devices: command -> 200 in 0 ms",
        "devices: command -> 401 in 0 ms",
    ]


async def test_a_failure_is_logged_by_its_kind(
    make_dimo: MakeDimo, vehicle_jwt: VehicleJwt, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="bot.dimo")
    async with serving(hang_up) as server:
        with pytest.raises(NoAnswer):
            await unlock(dimo_at(server, make_dimo), vehicle_jwt)
    told = [record.getMessage() for record in caplog.records if record.name == "bot.dimo"]
    assert told == ["devices: command -> NoAnswer in 0 ms"]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Fri, 01 May 2026 12:00:30 GMT", 30.0),
        ("9" * 400, 999999.0),
    ],
)
async def test_the_time_to_wait_is_read_from_the_answer(
    dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt, header: str, seconds: float | None
) -> None:
    """Retry-After's date is compared with the answer's own date: this computer's clock may be wrong."""
    wire.will(httpx.Response(401, headers={"Retry-After": header, "Date": "Fri, 01 May 2026 12:00:00 GMT"}))
    with pytest.raises(SignInExpired) as caught:
        await unlock(dimo, vehicle_jwt)
    assert caught.value.retry_after == seconds
