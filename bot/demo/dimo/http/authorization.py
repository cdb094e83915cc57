"""Who calls: the license, person or car behind a bearer token."""

from collections.abc import Collection

from bot.demo.dimo.car import Car
from bot.demo.dimo.http_messages import CallError, Request
from bot.demo.dimo.state import Account, DimoState, License


def license_of(world: DimoState, request: Request) -> License:
    """Return the license whose developer JWT this is."""
    claims = world.tokens.verify(request.bearer(), issuer=world.auth_issuer)
    licence = world.licenses.get(claims["ethereum_address"].lower())
    if licence is None:
        raise CallError(403, "not a dev license")
    return licence


def account_of(world: DimoState, request: Request) -> Account | None:
    """Return the person whose user JWT this is; None for a wallet that never signed up."""
    claims = world.tokens.verify(request.bearer(), issuer=world.auth_issuer)
    return world.accounts.get(claims["ethereum_address"].lower())


def car_of(world: DimoState, request: Request) -> tuple[Car | None, Collection[int]]:
    """Return the car of a vehicle JWT, None if its NFT is gone, and the permissions of the JWT."""
    claims = world.tokens.verify(request.bearer(), issuer=world.exchange_issuer)
    return world.cars.get(int(claims["token_id"])), claims["privilege_ids"]


def permitted_car(world: DimoState, request: Request, *, permission: int) -> Car | None:
    """Return the car that both the path and the vehicle JWT name; None if its NFT is gone."""
    car, permissions = car_of(world, request)
    token_id = token_id_in_path(request)
    if car is not None and car.token_id != token_id:
        raise CallError(401, "Token id does not match the JWT")
    if permission not in permissions:
        raise CallError(403, "Missing required privilege")
    return car


def token_id_in_path(request: Request) -> int:
    """Return the token id that the path names."""
    text = request.parameters["token_id"]
    if not (text.isascii() and text.isdigit()):
        raise CallError(400, "Couldn't parse token id.")
    return int(text)
