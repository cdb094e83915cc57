"""A small HTTP server on the loopback, for tests about bytes and connections."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Behave = Callable[["Connection"], Awaitable[None]]


@dataclass(frozen=True)
class Connection:
    """One connection, with its requests and a method to answer."""

    server: "Server"
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def next_request(self) -> bytes | None:
        """Read a request; None at the end of the connection."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        length = head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]
        request = head + await self.reader.readexactly(int(length or 0))
        self.server.requests.append(request)
        self.server.arrived.set()
        return request

    async def write(self, text: bytes) -> None:
        self.writer.write(text)
        await self.writer.drain()


@dataclass
class Server:
    """Runs one behaviour on each connection, and counts connections and requests."""

    behave: Behave
    url: str = ""
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._run(Connection(self, reader, writer)))
        self._tasks.add(task)

    async def _run(self, connection: Connection) -> None:
        try:
            await self.behave(connection)
        finally:
            connection.writer.close()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def whole(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers, b"", body]
    return b"\r\n".join(lines)


@asynccontextmanager
async def serving(behave: Behave) -> AsyncIterator[Server]:
    """Serve on a free port of the loopback."""
    server = Server(behave)
    listener = await asyncio.start_server(server.accept, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listener.close()
        await server.stop()
        await listener.wait_closed()
