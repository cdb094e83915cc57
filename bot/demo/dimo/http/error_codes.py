"""Error codes at the simulated devices-api: by a person's own device, and by a vehicle's token id."""

import json
from typing import Any

from bot.demo.dimo.car import Car, CodeQuery
from bot.demo.dimo.http.authorization import account_of, permitted_car
from bot.demo.dimo.http_messages import CallError, Reply, Request, ShapeError, timestamp
from bot.demo.dimo.state import DimoState

CODES_PERMISSION = 1
MOST_CODES = 100
SHORTEST, LONGEST = 5, 8

_NO_SUCH_DEVICE = "Could not find user device"


class _GoneError(CallError):
    """The answer of a removed route: no token is checked, and there is no body."""

    def reply(self) -> Reply:
        return Reply(self.status, b"", b"text/plain")


def codes(world: DimoState, request: Request) -> Reply:
    """List the queries about a person's own device, newest first."""
    return _listed(request, _own_car(world, request))


def submit_codes(world: DimoState, request: Request) -> Reply:
    """Explain codes of a person's own device."""
    return _explained(world, request, _own_car(world, request))


def clear_codes(world: DimoState, request: Request) -> Reply:
    """Mark the newest query of a person's own device as cleared."""
    car = _own_car(world, request)
    if not car.code_queries:
        raise CallError(400, "error occurred fetching device error queries")
    return _cleared(world, request, car.code_queries[0], status_if_cleared=400)


def vehicle_codes(world: DimoState, request: Request) -> Reply:
    """List the queries about a vehicle, newest first."""
    return _listed(request, _permitted_car(world, request, otherwise=_NO_SUCH_DEVICE))


def submit_vehicle_codes(world: DimoState, request: Request) -> Reply:
    """Explain codes of a vehicle."""
    car = _permitted_car(world, request, otherwise="No device with that id found.")
    return _explained(world, request, car)


def clear_vehicle_codes(world: DimoState, request: Request) -> Reply:
    """Mark the newest query of a vehicle as cleared."""
    car = _permitted_car(world, request, otherwise=_NO_SUCH_DEVICE)
    if not car.code_queries:
        # DIMO looks for queries only, and has no other words for a vehicle without any.
        raise CallError(404, _NO_SUCH_DEVICE)
    return _cleared(world, request, car.code_queries[0], status_if_cleared=429)


def _own_car(world: DimoState, request: Request) -> Car:
    if world.device_form_gone is not None:
        raise _GoneError(world.device_form_gone, "")
    account = account_of(world, request)
    device_id = request.parameters["device_id"]
    cars = [] if account is None else account.cars
    found = next((car for car in cars if car.device_id == device_id), None)
    if found is None:
        raise CallError(404, "Device not found.")
    return found


def _permitted_car(world: DimoState, request: Request, *, otherwise: str) -> Car:
    car = permitted_car(world, request, permission=CODES_PERMISSION)
    if car is None:
        raise CallError(404, otherwise)
    return car


def _listed(request: Request, car: Car) -> Reply:
    request.no_body()
    return Reply.of_json({"queries": [_query(query) for query in car.code_queries]})


def _explained(world: DimoState, request: Request, car: Car) -> Reply:
    asked = _codes_in(request)
    if not asked:
        return Reply.of_json({"errorCodes": [], "clearedAt": None})
    explained = tuple((code, _explanation(world, car, code)) for code in asked)
    query = CodeQuery(explained, requested_at=world.now())
    car.code_queries.insert(0, query)
    return Reply.of_json(_answer(query))


def _codes_in(request: Request) -> list[str]:
    """Return the codes in a body, without empty ones."""
    given = request.json({"errorCodes"})["errorCodes"]
    if not isinstance(given, list) or not all(isinstance(code, str) for code in given):
        raise ShapeError("Couldn't parse request.")
    if len(given) > MOST_CODES:
        raise CallError(400, f"Too many error codes. Error codes list must be {MOST_CODES} or below in length.")
    for code in given:
        if code and (not SHORTEST <= len(code) <= LONGEST or "\n" in code):
            raise CallError(400, f"Invalid error code {json.dumps(code, ensure_ascii=False)}.")
    if "" in given:
        request.blame("sends an empty error code")
    return [code for code in given if code]


def _explanation(world: DimoState, car: Car, code: str) -> str:
    return world.explanations.get(
        code,
        f"The code {code} tells that a control unit of the {car.make} {car.model} measured something that it did "
        "not expect. A worn part, a damaged cable or a loose plug can be behind it. The warning may come and go "
        "while the cause is still there.",
    )


def _cleared(world: DimoState, request: Request, newest: CodeQuery, *, status_if_cleared: int) -> Reply:
    request.no_body()
    if newest.cleared_at is not None:
        raise CallError(status_if_cleared, "all error codes already cleared")
    newest.cleared_at = world.now()
    return Reply.of_json(_answer(newest))


def _query(query: CodeQuery) -> dict[str, Any]:
    return {**_answer(query), "requestedAt": timestamp(query.requested_at)}


def _answer(query: CodeQuery) -> dict[str, Any]:
    found = [{"code": code, "description": description} for code, description in query.codes]
    return {"errorCodes": found, "clearedAt": None if query.cleared_at is None else timestamp(query.cleared_at)}
