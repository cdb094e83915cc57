import asyncio
import logging
import socket

import httpx
import pytest

from bot.serving import DROP, Receive, Scope, Send, bound_socket, serve, url_of


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer every request with the path that it asked for."""
    await receive()
    body = scope["path"].encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


async def test_app_is_reached_over_real_http() -> None:
    async with serve(hello) as base_url, httpx.AsyncClient() as http:
        assert (await http.get(f"{base_url}/a/b")).text == "/a/b"


async def test_address_is_known_before_the_app_is_served() -> None:
    bound = bound_socket()
    async with serve(hello, bound) as base_url, httpx.AsyncClient() as http:
        assert base_url == url_of(bound)
        assert (await http.get(f"{base_url}/x")).status_code == 200


async def test_nothing_listens_after_the_end() -> None:
    async with serve(hello) as base_url:
        pass
    async with httpx.AsyncClient() as http:
        with pytest.raises(httpx.ConnectError):
            await http.get(base_url)


async def test_open_long_poll_does_not_delay_the_end(caplog: pytest.LogCaptureFixture) -> None:
    asked = asyncio.Event()

    async def never(_scope: Scope, _receive: Receive, _send: Send) -> None:
        asked.set()
        await asyncio.Event().wait()

    async with httpx.AsyncClient() as http:
        async with asyncio.timeout(5), serve(never) as base_url:
            poll = asyncio.create_task(http.get(base_url))
            await asked.wait()
        with pytest.raises(httpx.RemoteProtocolError):
            await poll
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_answer_that_is_being_sent_is_finished_at_the_end() -> None:
    asked, may_go = asyncio.Event(), asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        asked.set()
        await may_go.wait()
        await hello(scope, receive, send)

    async with httpx.AsyncClient() as http:
        async with serve(slow) as base_url:
            answer = asyncio.create_task(http.get(f"{base_url}/late"))
            await asked.wait()
            may_go.set()
        assert (await answer).text == "/late"


async def test_client_of_a_dropped_connection_gets_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    async def rude(scope: Scope, receive: Receive, _send: Send) -> None:
        await receive()
        await scope["extensions"][DROP]()

    async with serve(rude) as base_url, httpx.AsyncClient() as http:
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            await http.post(base_url, content=b"body")
    assert caplog.records == [] or all(record.levelno < logging.WARNING for record in caplog.records)


def test_socket_names_tcp_so_that_answers_are_not_delayed() -> None:
    with bound_socket() as bound:
        assert bound.proto == socket.IPPROTO_TCP
