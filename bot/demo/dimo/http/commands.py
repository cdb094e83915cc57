"""Commands, as the simulated devices-api and the simulated tesla-oracle take them."""

from uuid import uuid4

from bot.demo.dimo.car import EFFECTS, Car
from bot.demo.dimo.http.authorization import car_of, permitted_car, token_id_in_path
from bot.demo.dimo.http_messages import CallError, Reply, Request
from bot.demo.dimo.state import DimoState

COMMAND_PERMISSION = 2


def send_to_devices_api(world: DimoState, request: Request) -> Reply:
    """Queue the command that the path names."""
    request.no_body()
    car = permitted_car(world, request, permission=COMMAND_PERMISSION)
    if car is None:
        raise CallError(404, "Vehicle NFT not found.")
    if not car.subscription_active:
        raise CallError(403, "Vehicle subscription is not active.")
    command = request.parameters["command"]
    _must_take_commands(car, command)
    return Reply.of_json({"requestId": _accept(car, command)})


def send_to_oracle(world: DimoState, request: Request) -> Reply:
    """Queue the command that the body names."""
    command = request.json({"command"})["command"]
    if world.oracle_wants_user_token:
        # The check for a user JWT comes before the route, and a vehicle JWT does not pass it.
        world.tokens.verify(request.bearer(), issuer=world.auth_issuer)
    car, permissions = car_of(world, request)
    token_id = token_id_in_path(request)
    if (car is not None and car.token_id != token_id) or COMMAND_PERMISSION not in permissions:
        raise CallError(401, "Not allowed to send commands to this vehicle.")
    if car is None or car.connection != "Tesla":
        raise CallError(404, "Vehicle not found.")
    if command not in EFFECTS or command in car.cannot:
        raise CallError(400, f"Command {command!r} is not supported.")
    if not car.subscription_active:
        raise CallError(409, "Vehicle subscription is not active.")
    reply = {"commandId": _accept(car, command), "status": "pending", "message": "Command queued."}
    return Reply.of_json(reply)


def _must_take_commands(car: Car, command: str) -> None:
    if car.connection is None:
        raise CallError(404, "No command-capable integrations found for this vehicle.")
    if car.connection != "Tesla":
        raise CallError(409, "Integration is not capable of this command.")
    if command in car.cannot:
        raise CallError(400, "Integration is not capable of this command.")


def _accept(car: Car, command: str) -> str:
    request_id = str(uuid4())
    car.accept(command, request_id=request_id)
    return request_id
