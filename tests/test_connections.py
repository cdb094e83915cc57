import asyncio
import ssl
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.connections import Lanes, lanes
from bot.demo.server import Receive, Scope, Send, serve


class Server:
    """Answers with the client's port; holds back answers to /slow."""

    def __init__(self) -> None:
        self.arrived = asyncio.Semaphore(0)
        self.go_on = asyncio.Event()
        self.url = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        if scope["path"] == "/slow":
            self.arrived.release()
            await self.go_on.wait()
        body = str(scope["client"][1]).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    app = Server()
    async with serve(app) as app.url:
        yield app


class Watch:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def client(watch: Watch) -> AsyncIterator[httpx.AsyncClient]:
    transport = Lanes(ssl.create_default_context(), keepalive=55.0, monotonic=watch)
    async with httpx.AsyncClient(transport=transport) as client:
        yield client


async def at_once(server: Server, client: httpx.AsyncClient, count: int) -> set[str]:
    """Have so many requests under way at once; returns the ports that they came from."""
    server.go_on.clear()
    asked = [asyncio.create_task(client.get(server.url + "/slow")) for _ in range(count)]
    for _ in range(count):
        await server.arrived.acquire()
    server.go_on.set()
    return {answer.text for answer in await asyncio.gather(*asked)}


async def test_requests_after_each_other_share_a_connection(server: Server, client: httpx.AsyncClient) -> None:
    assert len({(await client.get(server.url)).text for _ in range(5)}) == 1


async def test_requests_at_once_have_a_connection_each_and_leave_them_for_later(
    server: Server, client: httpx.AsyncClient
) -> None:
    first = await at_once(server, client, 5)
    assert len(first) == 5
    assert await at_once(server, client, 5) == first


async def test_a_cancelled_request_leaves_its_lane_usable(server: Server, client: httpx.AsyncClient) -> None:
    asked = asyncio.create_task(client.get(server.url + "/slow"))
    await server.arrived.acquire()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert (await client.get(server.url)).status_code == 200


async def test_nobody_there_is_a_connect_error_each_time(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        with pytest.raises(httpx.ConnectError):
            await client.get("http://127.0.0.1:9")


async def test_what_a_rush_left_behind_is_closed(server: Server, client: httpx.AsyncClient, watch: Watch) -> None:
    await at_once(server, client, 5)
    watch.now += 60
    await client.get(server.url)
    transport = client._transport
    assert isinstance(transport, Lanes)
    assert [len(idle) for idle in transport._idle.values()] == [1]


async def test_a_body_read_in_parts_keeps_its_lane_until_it_is_closed(
    server: Server, client: httpx.AsyncClient
) -> None:
    async with client.stream("GET", server.url) as answer:
        other = await client.get(server.url)
        await answer.aread()
        assert answer.text != other.text


def test_behind_a_proxy_httpx_goes_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.create_default_context()
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "localhost")
    assert lanes(context) is not None
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    assert lanes(context) is None
