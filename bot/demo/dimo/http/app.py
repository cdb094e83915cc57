"""The simulated DIMO as one ASGI app: every service under its prefix, with faults on demand."""

import asyncio
import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.demo.dimo.car import Car
from bot.demo.dimo.faults import LOSS_ERRORS, Fault, Loss
from bot.demo.dimo.http import auth, devices, error_codes, identity, telemetry
from bot.demo.dimo.http_messages import CallError, Reply, Request, ShapeError, error_reply
from bot.demo.dimo.state import DimoState
from bot.demo.server import DROP, Receive, Scope, Send

Handler = Callable[[DimoState, Request], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """One documented operation of a service; a group `token` in the path names the car."""

    operation: str
    method: str
    path: re.Pattern[str]
    handler: Handler


def _route(operation: str, method: str, path: str, handler: Handler) -> Route:
    return Route(operation, method, re.compile(path), handler)


_COMMAND_BY_PATH = (
    r"/v1/vehicle/(?P<token>[^/]+)/commands/(doors/(lock|unlock)|frunk/open|trunk/open|charge/(start|stop))"
)

# No group `token`: only commands are counted on a car.
_CODES = "/v1/user/devices/[^/]+/error-codes"
_VEHICLE_CODES = "/v1/vehicle/[^/]+/error-codes"

ROUTES: Mapping[str, tuple[Route, ...]] = MappingProxyType(
    {
        "auth": (
            _route("keys", "GET", "/keys", auth.keys),
            _route(
                "openid_configuration",
                "GET",
                r"/\.well-known/openid-configuration",
                auth.openid_configuration,
            ),
            _route("generate_challenge", "POST", "/auth/web3/generate_challenge", auth.generate_challenge),
            _route("submit_challenge", "POST", "/auth/web3/submit_challenge", auth.submit_challenge),
        ),
        "token-exchange": (_route("exchange", "POST", "/v1/tokens/exchange", auth.exchange),),
        "devices": (
            _route("command", "POST", _COMMAND_BY_PATH, devices.send_by_path),
            _route("my_devices", "GET", "/v1/user/devices/me", devices.my_devices),
            _route("codes", "GET", _CODES, error_codes.codes),
            _route("submit_codes", "POST", _CODES, error_codes.submit_codes),
            _route("clear_codes", "POST", f"{_CODES}/clear", error_codes.clear_codes),
            _route("vehicle_codes", "GET", _VEHICLE_CODES, error_codes.vehicle_codes),
            _route("submit_vehicle_codes", "POST", _VEHICLE_CODES, error_codes.submit_vehicle_codes),
            _route("clear_vehicle_codes", "POST", f"{_VEHICLE_CODES}/clear", error_codes.clear_vehicle_codes),
        ),
        "oracle": (_route("command", "POST", "/v1/commands/(?P<token>[^/]+)", devices.send_by_name),),
        "identity": (_route("query", "POST", "/query", identity.query),),
        "telemetry": (_route("query", "POST", "/query", telemetry.query),),
    }
)

ROOT = "root"
"""Operation of a GET of a service's bare address; it answers, with 404."""

UNKNOWN = "unknown"
"""Operation of a request that DIMO does not document."""


class DimoApp:
    """Answers the requests of one world. A plain ASGI callable, because benches send hundreds of commands."""

    def __init__(self, world: DimoState) -> None:
        self._world = world
        self._recent: dict[str, deque[datetime]] = defaultdict(deque)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or lose its answer."""
        if scope["type"] != "http":
            raise ValueError(f"Only HTTP is spoken here, not {scope['type']}.")
        world = self._world
        request = await _read(scope, receive, world.violations)
        if request is None:
            return
        operation, handler, token = _find(request)
        world.note_arrival(request.service, operation)
        car = world.cars.get(int(token)) if token.isascii() and token.isdigit() else None
        with _under_way(car):
            outcome = await self._outcome(request, operation, handler, car)
            world.note_call(request.service, operation, outcome.status if isinstance(outcome, Reply) else None)
        if isinstance(outcome, Reply):
            await _send(outcome, send)
        else:
            await _lose(outcome, scope, receive)

    async def _outcome(self, request: Request, operation: str, handler: Handler, car: Car | None) -> Reply | Loss:
        fault = self._fault(request.service, operation, car)
        if isinstance(fault.wait, asyncio.Event):
            await fault.wait.wait()
        elif fault.wait is not None:
            await self._world.sleep(fault.wait)
        if fault.answer is not None and not fault.acts:
            return fault.answer
        reply = self._handled(request, operation, handler)
        return fault.answer or reply

    def _fault(self, service: str, operation: str, car: Car | None) -> Fault:
        if car is not None and car.faults and operation == "command":
            return car.faults.popleft()
        return self._world.faults.take(service, operation) or Fault()

    def _handled(self, request: Request, operation: str, handler: Handler) -> Reply:
        if self._too_fast(request.service):
            return error_reply(429, "Too Many Requests")
        try:
            return handler(self._world, request)
        except CallError as error:
            if isinstance(error, ShapeError):
                request.blame(f"{operation}: {error.message}")
            return error.reply()

    def _too_fast(self, service: str) -> bool:
        limit = self._world.rate_limit
        if limit is None:
            return False
        now, recent = self._world.now(), self._recent[service]
        while recent and recent[0] <= now - timedelta(seconds=1):
            recent.popleft()
        recent.append(now)
        return len(recent) > limit


async def _read(scope: Scope, receive: Receive, violations: list[str]) -> Request | None:
    """Read a request; None where its sender hung up before the end of it."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            break
    service, slash, path = scope["path"].removeprefix("/").partition("/")
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(
        service=service,
        method=scope["method"],
        path=slash + path,
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=b"".join(parts),
        blame=lambda what: violations.append(f"{service} {what}"),
    )


def _find(request: Request) -> tuple[str, Handler, str]:
    """Return operation, handler and the token id in the path, if any."""
    for route in ROUTES.get(request.service, ()):
        found = route.path.fullmatch(request.path)
        if found is not None and route.method == request.method:
            if request.query:
                request.blame(f"{route.operation}: has a query in its URL")
            return route.operation, route.handler, found.groupdict().get("token", "")
    if request.service in ROUTES and request.path in ("", "/") and request.method in ("GET", "HEAD"):
        return ROOT, _nothing_here, ""
    return UNKNOWN, _not_documented, ""


def _nothing_here(_world: DimoState, request: Request) -> Reply:
    return error_reply(404, f"Cannot {request.method} {request.path or '/'}")


def _not_documented(_world: DimoState, request: Request) -> Reply:
    raise ShapeError(f"Cannot {request.method} {request.path}", status=404)


@contextmanager
def _under_way(car: Car | None) -> Iterator[None]:
    """Count how many commands a car has at once."""
    if car is None:
        yield
        return
    car.under_way += 1
    car.most_at_once = max(car.most_at_once, car.under_way)
    try:
        yield
    finally:
        car.under_way -= 1


async def _send(reply: Reply, send: Send) -> None:
    length = b"%d" % len(reply.body)
    headers = [(b"content-type", reply.content_type), (b"content-length", length), *reply.headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


async def _lose(loss: Loss, scope: Scope, receive: Receive) -> None:
    drop = scope.get("extensions", {}).get(DROP)
    if drop is None:
        lost = LOSS_ERRORS[loss]
        raise lost()
    if loss is Loss.HANGING:
        await receive()
        return
    if loss is Loss.REFUSED:
        raise ValueError("Over real HTTP a refused connection needs a closed port, not a fault.")
    await drop()
