import asyncio
import itertools
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.connections import Connections
from bot.serving import Receive, Scope, Send, serve
from tests.support.dimo_makers import NO_CERTIFICATES

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


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
async def connections(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connections]:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
    made = Connections(NO_CERTIFICATES, keepalive=55.0, monotonic=watch)
    yield made
    await made.close()


async def get(connections: Connections, url: str) -> httpx.Response:
    return await connections.send(httpx.Request("GET", url))


async def at_once(server: Server, connections: Connections, count: int) -> set[str]:
    """Send this many requests at once; returns the client's ports."""
    server.go_on.clear()
    asked = [asyncio.create_task(get(connections, server.url + "/slow")) for _ in range(count)]
    for _ in range(count):
        await server.arrived.acquire()
    server.go_on.set()
    return {answer.text for answer in await asyncio.gather(*asked)}


async def test_requests_after_each_other_share_a_connection(server: Server, connections: Connections) -> None:
    assert len({(await get(connections, server.url)).text for _ in range(5)}) == 1


async def test_requests_at_once_have_a_connection_each_and_leave_them_for_later(
    server: Server, connections: Connections
) -> None:
    first = await at_once(server, connections, 5)
    assert len(first) == 5
    assert await at_once(server, connections, 5) == first


async def test_cancelled_request_leaves_its_connection_usable(server: Server, connections: Connections) -> None:
    asked = asyncio.create_task(get(connections, server.url + "/slow"))
    await server.arrived.acquire()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert (await get(connections, server.url)).status_code == 200


async def test_request_that_is_cancelled_at_any_of_its_steps_leaves_no_broken_connection(
    server: Server, connections: Connections
) -> None:
    """Httpcore's pool never gives away again a connection whose request was cancelled while it was being freed."""
    for steps in itertools.count():
        request = asyncio.create_task(get(connections, server.url))
        for _ in range(steps):
            await asyncio.sleep(0)
        is_over = request.done()
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)
        async with asyncio.timeout(10):
            await get(connections, server.url)
        if is_over:
            return


async def test_closed_port_is_a_connect_error_each_time(connections: Connections) -> None:
    for _ in range(2):
        with pytest.raises(httpx.ConnectError):
            await get(connections, "http://127.0.0.1:9")


async def test_connections_that_a_rush_left_behind_are_closed(
    server: Server, connections: Connections, watch: Watch
) -> None:
    await at_once(server, connections, 5)
    watch.now += 60
    await get(connections, server.url)
    assert [len(idle) for idle in connections._idle.values()] == [1]


async def test_nothing_is_sent_after_closing(server: Server, connections: Connections) -> None:
    """A ConnectError is the proof that nothing was sent."""
    await connections.close()
    with pytest.raises(httpx.ConnectError):
        await get(connections, server.url)


async def test_proxy_of_the_machine_is_used(
    server: Server, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    behind_a_proxy = Connections(NO_CERTIFICATES)
    assert (await get(behind_a_proxy, "http://elsewhere.test")).status_code == 200
    await behind_a_proxy.close()
    with pytest.raises(httpx.ConnectError):
        await get(connections, "http://elsewhere.test")
    with pytest.raises(httpx.ConnectError):
        await get(behind_a_proxy, "http://elsewhere.test")
