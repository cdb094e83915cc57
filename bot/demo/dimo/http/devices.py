"""The simulated devices-api: a person's own devices."""

from typing import Any

from bot.demo.dimo.car import Car
from bot.demo.dimo.http.authorization import account_of
from bot.demo.dimo.http_messages import Reply, Request
from bot.demo.dimo.state import DimoState


def my_devices(world: DimoState, request: Request) -> Reply:
    """List the devices of the wallet that the user JWT names."""
    account = account_of(world, request)
    devices = [] if account is None else [_device(car) for car in account.cars]
    return Reply.of_json({"userDevices": devices, "sharedDevices": []})


def _device(car: Car) -> dict[str, Any]:
    return {
        "id": car.device_id,
        "name": car.name,
        "vin": car.vin,
        "nft": {"tokenId": car.token_id, "status": "Confirmed"} if car.minted else None,
        "deviceDefinition": {"type": {"make": car.make, "model": car.model, "year": car.year}},
        "integrations": [{"integrationVendor": car.connection, "status": "Active"}] if car.connection else [],
    }
