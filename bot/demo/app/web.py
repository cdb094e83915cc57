"""The server of the page: its files, the state, a stream of changes, and the actions of people.

Only this page may use it. Another page in the same browser is refused because of its `Origin`, and another host name
that resolves to this machine (DNS rebinding) is refused because of its `Host`.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from importlib import resources
from urllib.parse import quote, urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.demo.app.page_feed import PageFeed
from bot.demo.app.page_request import NotPossible, PageRequest
from bot.demo.app.people_actions import PageAction

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_LONGEST_BODY = 65536
_KINDS: Mapping[str, str] = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_HEADERS: Mapping[str, str] = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-cache",
}


FileIn = Callable[[int, int], tuple[str, bytes] | None]
DrawnCar = Callable[[int], Awaitable[bytes | None]]


class _OwnPageOnly:
    """Refuses requests that do not come from this page in a browser on this machine."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            return
        why = _refusal(Request(scope))
        app = self._app if why is None else PlainTextResponse(why, 403)
        await app(scope, receive, _with_headers(send))


def _refusal(request: Request) -> str | None:
    host, origin = request.headers.get("host", ""), request.headers.get("origin")
    if urlsplit(f"//{host}").hostname not in _LOOPBACK:
        return "Open this page as http://127.0.0.1 or http://localhost."
    own = f"http://{host}"
    if origin not in {None, own} or (request.method == "POST" and origin is None):
        return "Only the demo's own page may do that."
    return None


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            extra = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
            message["headers"] = [*message["headers"], *extra]
        await send(message)

    return sending


def _cars(drawn_car: DrawnCar) -> Route:
    async def car(request: Request) -> Response:
        drawn = await drawn_car(int(request.path_params["car"]))
        if drawn is None:
            return PlainTextResponse("There is no such car.", 404)
        return Response(drawn, media_type="image/png")

    return Route("/api/car/{car:int}.png", car)


def page_app(feed: PageFeed, actions: Mapping[str, PageAction], file_in: FileIn, drawn_car: DrawnCar) -> Starlette:
    """Return the app that serves the page; `file_in` finds the file or photo in a message, `drawn_car` draws a car."""

    async def world(_: Request) -> Response:
        return Response(feed.whole().json(), media_type="application/json")

    async def events(_: Request) -> Response:
        return StreamingResponse(_stream(feed), media_type="text/event-stream")

    async def do(request: Request) -> Response:
        action = actions.get(request.path_params["action"])
        if action is None:
            return JSONResponse({"error": "Nobody can do that here."}, 404)
        try:
            answer = await action(PageRequest(await _body(request)))
        except NotPossible as error:
            return JSONResponse({"error": str(error)}, 400)
        finally:
            feed.touch()
        return JSONResponse(answer)

    async def file(request: Request) -> Response:
        found = file_in(int(request.path_params["chat"]), int(request.path_params["message"]))
        if found is None:
            return PlainTextResponse("There is no such file.", 404)
        name, content = found
        saved = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
        kind = "image/png" if name.endswith(".png") else "application/octet-stream"
        return Response(content, media_type=kind, headers=saved)

    return Starlette(
        routes=[
            Route("/", _file(lambda _: "index.html")),
            Route("/page/{name}", _file(lambda request: str(request.path_params["name"]))),
            Route("/api/world", world),
            Route("/api/events", events),
            Route(r"/api/file/{chat:int}/{message:int}", file),
            _cars(drawn_car),
            Route("/api/do/{action}", do, methods=["POST"]),
        ],
        middleware=[Middleware(_OwnPageOnly)],
    )


async def _stream(feed: PageFeed) -> AsyncIterator[str]:
    async for change in feed.changes():
        yield f"data: {change.json()}\n\n"


async def _body(request: Request) -> object:
    """Read a body of JSON; raises NotPossible."""
    if request.headers.get("content-type") != "application/json":
        raise NotPossible("The request is not JSON.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_BODY:
            raise NotPossible("That is too long.")
    try:
        return json.loads(body)
    except ValueError:
        raise NotPossible("The request is not JSON.") from None


def _file(name_of: Callable[[Request], str]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        name = name_of(request)
        kind = _KINDS.get(name.rpartition(".")[2])
        file = resources.files("bot.demo.app.page").joinpath(name)
        if kind is None or "/" in name or not file.is_file():
            return PlainTextResponse("There is no such file.", 404)
        return Response(file.read_bytes(), headers={"content-type": kind})

    return answer
