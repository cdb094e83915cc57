"""Serves ASGI apps over HTTP, inside the running event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

DROP = "demo.drop"
"""Name of the ASGI extension with which an app closes its connection without any answer."""

_GRACE_SECONDS = 0.1


def bound_socket(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """Return a socket bound to a port, or to a free one, so that its address is known before it is served.

    Raises OSError if the port is taken.
    """
    # asyncio switches Nagle's delay (40 ms an answer) off only where the protocol is named.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def url_of(bound: socket.socket) -> str:
    """Return the base URL under which this socket is reached."""
    host, port = bound.getsockname()[:2]
    return f"http://{host}:{port}"


@asynccontextmanager
async def serve(app: App, bound: socket.socket | None = None) -> AsyncIterator[str]:
    """Answer HTTP with this app for as long as the block runs; yields the base URL.

    Leaving ends open requests, long polls included, after a tenth of a second.
    """
    bound = bound or bound_socket()
    base_url = url_of(bound)
    serving = _Serving(app)
    await serving.open(bound)
    try:
        yield base_url
    finally:
        await serving.close()
        bound.close()


class _Serving:
    """A uvicorn server without signal handlers, log or the task that ticks ten times a second."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._closing = False
        config = uvicorn.Config(
            self._answer,
            interface="asgi3",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            date_header=False,  # simulators have their own time
            timeout_keep_alive=120,
        )
        config.load()
        self._server = uvicorn.Server(config)
        self._server.lifespan = config.lifespan_class(config)

    async def open(self, bound: socket.socket) -> None:
        """Start to accept connections."""
        await self._server.startup(sockets=[bound])

    async def close(self) -> None:
        """Close every connection, after a short grace for answers that are being sent."""
        self._closing = True
        state = self._server.server_state
        for listener in self._server.servers:
            listener.close()
        for connection in list(state.connections):
            connection.shutdown()
        if state.tasks:
            await asyncio.wait(state.tasks, timeout=_GRACE_SECONDS)
        while state.connections or state.tasks:
            for connection in list(state.connections):
                connection.transport.abort()
            for task in list(state.tasks):
                task.cancel()
            await asyncio.sleep(0)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("extensions", {})[DROP] = lambda: self._drop(scope["client"], receive)
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            # uvicorn would log the end of every open long poll as an error of the app.
            if not self._closing:
                raise

    async def _drop(self, client: tuple[str, int], receive: Receive) -> None:
        for connection in list(self._server.server_state.connections):
            if connection.transport.get_extra_info("peername") == client:
                connection.transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass  # parts of the body may come before the disconnect
