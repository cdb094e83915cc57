"""Wire of the simulated telemetry service: what a car last reported."""

from collections.abc import Callable
from typing import Any

from bot.demo.dimo.car import NUMBER_SIGNALS, TEXT_SIGNALS, Car, Report
from bot.demo.dimo.http.auth import require_vehicle_jwt
from bot.demo.dimo.http.graphql import Field, FieldError, Partial, Schema, answer
from bot.demo.dimo.http.identity import utc
from bot.demo.dimo.http_messages import Reply, Request
from bot.demo.dimo.state import PERMISSION_NAMES, DimoState

TELEMETRY_PERMISSION = 1

SCHEMA = Schema(
    types={
        "Query": {
            "signalsLatest": Field("SignalCollection", {"tokenId": "Int!"}),
            "signalsSnapshot": Field("SignalsSnapshot", {"tokenId": "Int!"}),
        },
        "SignalCollection": {
            "lastSeen": Field("Time"),
            **{name: Field("SignalFloat") for name in NUMBER_SIGNALS},
            **{name: Field("SignalString") for name in TEXT_SIGNALS},
        },
        "SignalFloat": {"timestamp": Field("Time"), "value": Field("Float")},
        "SignalString": {"timestamp": Field("Time"), "value": Field("String")},
        "SignalsSnapshot": {"lastSeen": Field("Time"), "signals": Field("SnapshotSignal")},
        "SnapshotSignal": {
            "name": Field("String"),
            "timestamp": Field("Time"),
            "valueNumber": Field("Float"),
            "valueString": Field("String"),
        },
    },
)


def query(world: DimoState, request: Request) -> Reply:
    """Answer a GraphQL query about the car that the vehicle JWT is for."""
    car, permissions = require_vehicle_jwt(world, request)
    may_read = TELEMETRY_PERMISSION in permissions

    def about(tell: Callable[[Car, bool], dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        def resolve(**arguments: int) -> dict[str, Any]:
            if car is None or arguments["tokenId"] != car.token_id:
                raise FieldError("unauthorized: token id does not match")
            return tell(car, may_read)

        return resolve

    return answer(request, SCHEMA, {"signalsLatest": about(_latest), "signalsSnapshot": about(_snapshot)})


def _latest(car: Car, may_read: bool) -> dict[str, Any]:
    return {"lastSeen": _last_seen(car)} | {
        name: _latest_value(car, name, may_read=may_read) for name in NUMBER_SIGNALS | TEXT_SIGNALS
    }


def _latest_value(car: Car, name: str, *, may_read: bool) -> dict[str, Any] | FieldError | None:
    if not may_read or name in car.unreadable:
        return _not_covered()
    report = car.signals.get(name)
    return report and {"timestamp": utc(report.timestamp), "value": report.value}


def _snapshot(car: Car, may_read: bool) -> dict[str, Any]:
    signals = [
        _snapshot_value(name, report) for name, report in sorted(car.signals.items()) if name not in car.unreadable
    ]
    if not may_read:
        return {"lastSeen": _last_seen(car), "signals": _not_covered()}
    return {
        "lastSeen": _last_seen(car),
        "signals": Partial(signals, [_not_covered() for _ in car.unreadable]),
    }


def _snapshot_value(name: str, report: Report) -> dict[str, Any]:
    is_text = isinstance(report.value, str)
    return {
        "name": name,
        "timestamp": utc(report.timestamp),
        "valueNumber": None if is_text else report.value,
        "valueString": report.value if is_text else None,
    }


def _last_seen(car: Car) -> str | None:
    return None if car.last_seen is None else utc(car.last_seen)


def _not_covered() -> FieldError:
    return FieldError(f"unauthorized: missing required privilege(s) [{PERMISSION_NAMES[TELEMETRY_PERMISSION]}]")
