"""Every documented operation of the simulated services."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from bot.demo.dimo.http import (
    commands,
    devices,
    error_codes,
    identity,
    sign_in,
    telemetry,
    token_exchange,
    triggers,
)
from bot.demo.dimo.http_messages import Reply, Request, ShapeError, error_reply
from bot.demo.dimo.state import DimoState

Handler = Callable[[DimoState, Request], Reply | Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation; groups in the path become the request's parameters."""

    operation: str
    method: str
    path: re.Pattern[str]
    handler: Handler
    may_have_query: bool = False


def _route(operation: str, method: str, path: str, handler: Handler, *, may_have_query: bool = False) -> Route:
    return Route(operation, method, re.compile(path), handler, may_have_query)


_COMMANDS = "doors/lock|doors/unlock|frunk/open|trunk/open|charge/start|charge/stop"
_DEVICE_CODES = "/v1/user/devices/(?P<device_id>[^/]+)/error-codes"
_VEHICLE_CODES = "/v1/vehicle/(?P<token_id>[^/]+)/error-codes"
_WEBHOOK = "/v1/webhooks/(?P<webhook_id>[^/]+)"

ROUTES: Mapping[str, tuple[Route, ...]] = MappingProxyType(
    {
        "auth": (
            _route("keys", "GET", "/keys", sign_in.keys),
            _route("openid_configuration", "GET", r"/\.well-known/openid-configuration", sign_in.openid_configuration),
            _route(
                "generate_challenge",
                "POST",
                "/auth/web3/generate_challenge",
                sign_in.generate_challenge,
                may_have_query=True,
            ),
            _route("submit_challenge", "POST", "/auth/web3/submit_challenge", sign_in.submit_challenge),
        ),
        "token-exchange": (_route("exchange", "POST", "/v1/tokens/exchange", token_exchange.exchange),),
        "devices": (
            _route(
                "command",
                "POST",
                f"/v1/vehicle/(?P<token_id>[^/]+)/commands/(?P<command>{_COMMANDS})",
                commands.send_to_devices_api,
            ),
            _route("my_devices", "GET", "/v1/user/devices/me", devices.my_devices),
            _route("codes", "GET", _DEVICE_CODES, error_codes.codes),
            _route("submit_codes", "POST", _DEVICE_CODES, error_codes.submit_codes),
            _route("clear_codes", "POST", f"{_DEVICE_CODES}/clear", error_codes.clear_codes),
            _route("vehicle_codes", "GET", _VEHICLE_CODES, error_codes.vehicle_codes),
            _route("submit_vehicle_codes", "POST", _VEHICLE_CODES, error_codes.submit_vehicle_codes),
            _route("clear_vehicle_codes", "POST", f"{_VEHICLE_CODES}/clear", error_codes.clear_vehicle_codes),
        ),
        "oracle": (_route("command", "POST", "/v1/commands/(?P<token_id>[^/]+)", commands.send_to_oracle),),
        "identity": (_route("query", "POST", "/query", identity.query),),
        "telemetry": (_route("query", "POST", "/query", telemetry.query),),
        "triggers": (
            _route("list_webhooks", "GET", "/v1/webhooks", triggers.list_webhooks),
            _route("register_webhook", "POST", "/v1/webhooks", triggers.register),
            _route("vehicle_webhooks", "GET", "/v1/webhooks/vehicles/(?P<did>[^/]+)", triggers.list_for_vehicle),
            _route("webhook_vehicles", "GET", _WEBHOOK, triggers.list_vehicles),
            _route("update_webhook", "PUT", _WEBHOOK, triggers.update),
            _route("delete_webhook", "DELETE", _WEBHOOK, triggers.delete),
            _route("subscribe", "POST", f"{_WEBHOOK}/subscribe/(?P<did>[^/]+)", triggers.subscribe),
            _route("unsubscribe", "DELETE", f"{_WEBHOOK}/unsubscribe/(?P<did>[^/]+)", triggers.unsubscribe),
        ),
    }
)

ROOT = "root"
"""Operation of a GET of a service's bare address; it answers, with 404."""

UNKNOWN = "unknown"
"""Operation of a request that DIMO does not document."""


def find(request: Request) -> tuple[Route, Request]:
    """Return the route of a request, and the request with the route's parameters."""
    for route in ROUTES.get(request.service, ()):
        found = route.path.fullmatch(request.path)
        if found is not None and route.method == request.method:
            if request.query and not route.may_have_query:
                request.blame(f"{route.operation}: has a query in its URL")
            return route, replace(request, parameters=found.groupdict())
    if request.service in ROUTES and request.path in ("", "/") and request.method in ("GET", "HEAD"):
        return _NOTHING_HERE, request
    return _UNDOCUMENTED, request


def _nothing_here(_world: DimoState, request: Request) -> Reply:
    return error_reply(404, f"Cannot {request.method} {request.path or '/'}")


def _undocumented(_world: DimoState, request: Request) -> Reply:
    raise ShapeError(f"Cannot {request.method} {request.path}", status=404)


_NOTHING_HERE = _route(ROOT, "", "", _nothing_here)
_UNDOCUMENTED = _route(UNKNOWN, "", "", _undocumented)
