"""The simulated DIMO as one ASGI app, which serves each service under its name as a prefix."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from bot.demo.dimo.car import Car
from bot.demo.dimo.faults import LOSS_ERRORS, Fault, Loss
from bot.demo.dimo.http.routes import Route, find
from bot.demo.dimo.http_messages import CallError, Reply, Request, ShapeError, error_reply
from bot.demo.dimo.state import DimoState
from bot.serving import DROP, Receive, Scope, Send


class DimoApp:
    """Answers requests, with the faults that were asked for. Plain ASGI, because benchmarks send many commands."""

    def __init__(self, world: DimoState) -> None:
        self._world = world
        self._recent: dict[str, deque[datetime]] = defaultdict(deque)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or lose the answer."""
        if scope["type"] != "http":
            raise ValueError(f"The simulator speaks HTTP only, not {scope['type']}.")
        world = self._world
        send = world.dates.dated(send)
        request = await _read(scope, receive, world.violations)
        if request is None:
            return
        route, request = find(request)
        world.note_arrival(request.service, route.operation)
        car = self._commanded_car(route, request)
        with _under_way(car):
            outcome = await self._outcome(request, route, car)
            world.note_call(request.service, route.operation, outcome.status if isinstance(outcome, Reply) else None)
        if isinstance(outcome, Reply):
            await _send(outcome, send)
        else:
            await _lose(outcome, scope, receive)

    def _commanded_car(self, route: Route, request: Request) -> Car | None:
        """Return the car that a command is for."""
        token_id = request.parameters.get("token_id", "") if route.operation == "command" else ""
        return self._world.cars.get(int(token_id)) if token_id.isascii() and token_id.isdigit() else None

    async def _outcome(self, request: Request, route: Route, car: Car | None) -> Reply | Loss:
        fault = self._fault(request.service, route.operation, car)
        if isinstance(fault.wait, asyncio.Event):
            await fault.wait.wait()
        elif fault.wait is not None:
            await self._world.sleep(fault.wait)
        if fault.answer is not None and not fault.acts:
            return fault.answer
        reply = await self._reply(request, route)
        return fault.answer or reply

    def _fault(self, service: str, operation: str, car: Car | None) -> Fault:
        if car is not None and car.faults:
            return car.faults.popleft()
        return self._world.faults.take(service, operation) or Fault()

    async def _reply(self, request: Request, route: Route) -> Reply:
        if self._too_fast(request.service):
            return error_reply(429, "Too Many Requests")
        try:
            reply = route.handler(self._world, request)
            return reply if isinstance(reply, Reply) else await reply
        except CallError as error:
            if isinstance(error, ShapeError):
                request.blame(f"{route.operation}: {error.message}")
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
    """Read a request; return None if the client disconnected before its end."""
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


@contextmanager
def _under_way(car: Car | None) -> Iterator[None]:
    """Count the commands for a car that are under way."""
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
