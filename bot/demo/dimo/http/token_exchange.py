"""The simulated token exchange."""

from typing import Any

from bot.demo.dimo.http.authorization import license_of
from bot.demo.dimo.http_messages import CallError, Reply, Request, ShapeError
from bot.demo.dimo.state import PERMISSION_NAMES, DimoState

_PERMISSION_IDS = {name: number for number, name in PERMISSION_NAMES.items()}


def exchange(world: DimoState, request: Request) -> Reply:
    """Trade a developer JWT for a vehicle JWT that has all requested permissions, or fail."""
    licence = license_of(world, request)
    token_id, wanted = _wanted(world, request.json_object())
    missing = sorted(wanted - world.granted(token_id, licence.client_id))
    if missing:
        names = " ".join(PERMISSION_NAMES[permission] for permission in missing)
        asset = world.did(token_id)
        raise CallError(403, f"{licence.client_id} lacks permissions [{names}] for asset {asset}")
    return Reply.of_json({"token": world.vehicle_jwt(world.cars[token_id], permissions=wanted)})


def _wanted(world: DimoState, body: dict[str, Any]) -> tuple[int, frozenset[int]]:
    if body.keys() == {"asset", "permissions"}:
        token_id = _asset(world, body["asset"])
        permissions = _known(body["permissions"], _PERMISSION_IDS)
    elif body.keys() == {"nftContractAddress", "tokenId", "privileges"}:
        token_id = _older_token_id(world, body)
        permissions = _known(body["privileges"], {number: number for number in PERMISSION_NAMES})
    else:
        raise ShapeError("The body has neither the documented fields nor those of the older form.")
    if not permissions:
        raise CallError(400, "No permissions requested.")
    return token_id, permissions


def _asset(world: DimoState, did: object) -> int:
    token_id = world.token_id_of(did) if isinstance(did, str) else None
    if token_id is None:
        raise CallError(400, "Couldn't parse the asset DID, or it is not of this vehicle contract.")
    return token_id


def _older_token_id(world: DimoState, body: dict[str, Any]) -> int:
    contract, token_id = body["nftContractAddress"], body["tokenId"]
    if not isinstance(contract, str) or contract.lower() != world.vehicle_contract.lower():
        raise CallError(400, "Not the vehicle contract.")
    if type(token_id) is not int:
        raise ShapeError("tokenId is not a number.")
    return token_id


def _known(given: object, permissions: dict[Any, int]) -> frozenset[int]:
    if not isinstance(given, list) or not all(isinstance(item, str | int) for item in given):
        raise ShapeError("The permissions are not a list of names or numbers.")
    if unknown := [item for item in given if item not in permissions]:
        raise ShapeError(f"Unknown permissions: {unknown}.")
    return frozenset(permissions[item] for item in given)
