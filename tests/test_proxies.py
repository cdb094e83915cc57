"""Proxies that the environment names: they work, or one line names the variable."""

import asyncio
import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
from telegram.error import NetworkError

from bot import failures
from bot.connections import Connections
from bot.proxies import BadProxy, Proxies
from bot.serving import Receive, Scope, Send, serve
from bot.telegram.transport.errors import what_to_check
from tests.support.checkups import closed_port
from tests.support.dimo_makers import NO_CERTIFICATES

NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")

needs_socks = pytest.mark.skipif(not importlib.util.find_spec("socksio"), reason="socksio is not installed")


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    del receive
    host = dict(scope["headers"])[b"host"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(host))]})
    await send({"type": "http.response.body", "body": host})


@asynccontextmanager
async def socks_server(port: int) -> AsyncIterator[int]:
    """Run a SOCKS 5 server without passwords that leads everybody to one port; yields its own."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, methods = await reader.readexactly(2)
        await reader.readexactly(methods)
        writer.write(b"\x05\x00")
        *_, kind = await reader.readexactly(4)
        length = (await reader.readexactly(1))[0] if kind == 3 else 4
        await reader.readexactly(length + 2)
        writer.write(b"\x05\x00\x00\x01" + bytes(6))
        there, to_there = await asyncio.open_connection("127.0.0.1", port)
        back = asyncio.create_task(carry(there, writer))
        await carry(reader, to_there)
        back.cancel()
        to_there.close()
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def get(url: str = "http://elsewhere.test/") -> httpx.Response:
    connections = Connections(NO_CERTIFICATES)
    try:
        return await connections.send(httpx.Request("GET", url))
    finally:
        await connections.close()


@needs_socks
@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks", "SOCKS5"])
@pytest.mark.parametrize("variable", ["ALL_PROXY", "http_proxy"])
async def test_a_socks_proxy_works(monkeypatch: pytest.MonkeyPatch, scheme: str, variable: str) -> None:
    async with serve(answers) as url, socks_server(httpx.URL(url).port or 80) as port:
        monkeypatch.setenv(variable, f"{scheme}://127.0.0.1:{port}")
        assert (await get()).text == "elsewhere.test"


@pytest.mark.parametrize("form", ["{}", "http://{}", '"http://{}"', " HTTP://{}/ ", "http://user:p%40ss@{}"])
async def test_an_http_proxy_works_in_every_form(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    async with serve(answers) as url:
        monkeypatch.setenv("HTTP_PROXY", form.format(url.removeprefix("http://")))
        assert (await get()).text == "elsewhere.test"


@pytest.mark.parametrize(
    "value",
    [
        "socks4://h:1",
        "ftp://h:1",
        "http://",
        "http://h:SEKRET",
        "http://[::1",
        "://h",
        "h:1 SEKRET",
        "http://h:99999",
        "\\x",
    ],
)
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "https_proxy", "ALL_PROXY"])
def test_what_is_no_proxy_is_one_line_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadProxy) as caught:
        Connections(NO_CERTIFICATES)
    assert isinstance(caught.value, failures.CANNOT_RUN)
    line = failures.explain(caught.value)
    assert line.startswith(f"{variable}: ")
    assert "\n" not in line
    assert "SEKRET" not in line


@pytest.mark.parametrize("value", ["", " ", '""'])
def test_an_empty_variable_names_no_proxy(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    assert not Proxies().by_scheme


@pytest.mark.parametrize("direct", ["*", "elsewhere.test", ".test", "a,elsewhere.test ", "elsewhere.test:80,b"])
def test_no_proxy_is_heeded(direct: str) -> None:
    found = Proxies({"http": "http://h:1", "no": direct})
    assert found.proxy_for(httpx.URL("http://elsewhere.test:80")) is None or ":80" in direct
    assert (found.proxy_for(httpx.URL("http://other.example")) is None) == (direct == "*")


@pytest.mark.parametrize("direct", ["10.0.0.0/8", "10.1.2.3", "::1/128,10.0.0.0/8", "http://x,[,10.1.2.3"])
def test_networks_and_nonsense_in_no_proxy_are_no_error(direct: str) -> None:
    found = Proxies({"all": "http://h:1", "no": direct})
    assert found.proxy_for(httpx.URL("https://10.1.2.3")) is None
    assert found.proxy_for(httpx.URL("https://[fe80::1]:8443")) is not None


async def test_a_dead_proxy_is_named_where_the_network_is_to_be_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", closed_port())
    with pytest.raises(httpx.ConnectError) as caught:
        await get()
    error = NetworkError("httpx.ConnectError")
    error.__cause__ = caught.value
    assert what_to_check(error) == "Check the network, and the proxy in http_proxy"
