"""A decoded answer of more than a mebibyte is refused before it fills the memory, whatever the service."""

import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest

from bot import lengths
from bot.connections import Connections
from tests.support.dimo_makers import NO_CERTIFICATES
from tests.support.loopback import Connection, serving, whole

GZIP = b"Content-Encoding: gzip"
BOMB = gzip.compress(bytes(64 << 20), compresslevel=1)
AS_LONG_AS_MAY_BE = b"a" * lengths.BODY


@pytest.fixture
async def connections() -> AsyncIterator[Connections]:
    made = Connections(NO_CERTIFICATES)
    yield made
    await made.close()


async def answer(connections: Connections, *, body: bytes, headers: tuple[bytes, ...] = ()) -> httpx.Response:
    """Ask a server that sends exactly these bytes as its body."""

    async def write(connection: Connection) -> None:
        while await connection.next_request():
            await connection.write(whole(body, *headers))

    async with serving(write) as server:
        return await connections.send(httpx.Request("GET", server.url))


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (AS_LONG_AS_MAY_BE, ()),
        (gzip.compress(AS_LONG_AS_MAY_BE), (GZIP,)),
        (b"", (GZIP,)),
        (b"", ()),
        (b"small", (b"Content-Encoding: identity",)),
        (gzip.compress(b"small"), (b"Content-Encoding: GZIP", b"Date: Thu, 01 Jan 2026 00:00:00 GMT")),
    ],
    # Named here: gzip writes the time into its header, and pytest-xdist's workers must collect equal names.
    ids=["plain", "gzip", "empty gzip", "empty", "identity", "with a date"],
)
async def test_an_answer_up_to_the_limit_is_read(
    connections: Connections, body: bytes, headers: tuple[bytes, ...]
) -> None:
    found = await answer(connections, body=body, headers=headers)
    assert found.content == (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
    assert "content-encoding" not in found.headers
    assert len(headers) < 2 or found.headers["date"] == "Thu, 01 Jan 2026 00:00:00 GMT"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (AS_LONG_AS_MAY_BE + b"a", ()),
        (gzip.compress(AS_LONG_AS_MAY_BE + b"a"), (GZIP,)),
        (b"not gzip", (GZIP,)),
        (gzip.compress(b"torn off")[:-9], (GZIP,)),
        (zlib.compress(b"not asked for"), (b"Content-Encoding: deflate",)),
        (gzip.compress(gzip.compress(b"twice")), (b"Content-Encoding: gzip, gzip",)),
        (b"?", (b"Content-Encoding: br",)),
    ],
    ids=["too long", "too long in gzip", "not gzip", "torn off", "deflate", "gzip twice", "br"],
)
async def test_an_answer_past_the_limit_or_in_a_broken_form_can_t_be_read(
    connections: Connections, body: bytes, headers: tuple[bytes, ...]
) -> None:
    with pytest.raises(httpx.DecodingError):
        await answer(connections, body=body, headers=headers)


async def test_what_is_decompressed_never_fills_the_memory(connections: Connections) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(httpx.DecodingError):
            await answer(connections, body=BOMB, headers=(GZIP,))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * lengths.BODY


async def test_a_connection_is_good_for_the_next_request_after_an_answer_that_was_too_long(
    connections: Connections,
) -> None:
    bodies = [BOMB, gzip.compress(b"small")]

    async def write(connection: Connection) -> None:
        while await connection.next_request():
            await connection.write(whole(bodies.pop(0), GZIP))

    async with serving(write) as server:
        with pytest.raises(httpx.DecodingError):
            await connections.send(httpx.Request("GET", server.url))
        assert (await connections.send(httpx.Request("GET", server.url))).content == b"small"
