"""Wire of the simulated devices-api and tesla-oracle: a person's own devices, and commands."""

from typing import Any
from uuid import uuid4

from bot.demo.dimo.car import EFFECTS, Car
from bot.demo.dimo.http.auth import require_vehicle_jwt
from bot.demo.dimo.http_messages import CallError, Reply, Request
from bot.demo.dimo.state import Account, DimoState

COMMAND_PERMISSION = 2


def my_devices(world: DimoState, request: Request) -> Reply:
    """List the devices of the wallet that the user JWT names."""
    account = account_of(world, request)
    devices = [] if account is None else [_device(car) for car in account.cars]
    return Reply.of_json({"userDevices": devices, "sharedDevices": []})


def send_by_path(world: DimoState, request: Request) -> Reply:
    """Queue the command that the path names (devices-api)."""
    request.no_body()
    token_part, _, command = request.path.removeprefix("/v1/vehicle/").partition("/commands/")
    car = permitted_car(world, request, token_part, permission=COMMAND_PERMISSION)
    if car is None:
        raise CallError(404, "Vehicle NFT not found.")
    if not car.subscription_active:
        raise CallError(403, "Vehicle subscription is not active.")
    _must_take_commands(car, command)
    return Reply.of_json({"requestId": _accept(car, command)})


def send_by_name(world: DimoState, request: Request) -> Reply:
    """Queue the command that the body names (tesla-oracle)."""
    command = request.json({"command"})["command"]
    if world.oracle_wants_user_token:
        # Its user-token check stands before the route, and a vehicle JWT is no user token.
        world.tokens.verify(request.bearer(), issuer=world.auth_issuer)
    car, permissions = require_vehicle_jwt(world, request)
    token_id = _whole_number(request.path.removeprefix("/v1/commands/"))
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


def account_of(world: DimoState, request: Request) -> Account | None:
    """Return whose user JWT it is; None for a wallet that never signed up."""
    claims = world.tokens.verify(request.bearer(), issuer=world.auth_issuer)
    return world.accounts.get(claims["ethereum_address"].lower())


def permitted_car(world: DimoState, request: Request, token_part: str, *, permission: int) -> Car | None:
    """Return the car of this path (None: its NFT is gone), which the vehicle JWT has to be for."""
    car, permissions = require_vehicle_jwt(world, request)
    token_id = _whole_number(token_part)
    if car is not None and car.token_id != token_id:
        raise CallError(401, "Token id does not match the JWT")
    if permission not in permissions:
        raise CallError(403, "Missing required privilege")
    return car


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise CallError(400, "Couldn't parse token id.")
    return int(text)


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


def _device(car: Car) -> dict[str, Any]:
    return {
        "id": car.device_id,
        "name": car.name,
        "vin": car.vin,
        "nft": {"tokenId": car.token_id, "status": "Confirmed"} if car.minted else None,
        "deviceDefinition": {"type": {"make": car.make, "model": car.model, "year": car.year}},
        "integrations": [{"integrationVendor": car.connection, "status": "Active"}] if car.connection else [],
    }
