"""The simulated identity service: who owns which vehicle, and what was shared with whom."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, TypeVar

from bot.demo.dimo.car import Car
from bot.demo.dimo.http.graphql import FieldError, answer
from bot.demo.dimo.http_messages import Reply, Request, timestamp
from bot.demo.dimo.state import DimoState, License, Share
from bot.demo.dimo.wallets import checksummed

MOST_PER_PAGE = 100

Fields = dict[str, Any]
T = TypeVar("T")


def query(world: DimoState, request: Request) -> Reply:
    """Answer a GraphQL query; no token is needed, so none should come."""
    if "authorization" in request.headers:
        request.blame("sends a token to a service that needs none")
    root = {
        "vehicles": lambda **arguments: _vehicles(world, **arguments),
        "vehicle": lambda **arguments: _vehicle(world, **arguments),
        "developerLicense": lambda by: _license(world, by),
        "rewards": lambda user: {"totalTokens": "0"},  # noqa: ARG005 - the name is the argument's
    }
    return answer(request, "identity", root)


def _vehicles(
    world: DimoState,
    *,
    first: int | None = None,
    after: str | None = None,
    filterBy: Fields | None = None,  # noqa: N803 - GraphQL's own spelling
) -> Fields:
    cars = _filtered(world, **filterBy or {})
    return _connection(cars, first, after, lambda car: str(car.token_id), lambda car: _node(world, car))


def _filtered(world: DimoState, *, owner: str | None = None, privileged: str | None = None) -> list[Car]:
    """Return the vehicles that meet both conditions, the newest first; an owner is privileged, too."""
    cars = [car for car in world.cars.values() if car.minted]
    if owner:
        cars = [car for car in cars if car.owner_wallet.lower() == owner.lower()]
    if privileged:
        who = privileged.lower()
        cars = [car for car in cars if car.owner_wallet.lower() == who or world.share_of(car.token_id, who) is not None]
    return sorted(cars, key=lambda car: -car.token_id)


def _vehicle(world: DimoState, *, tokenId: int | None = None) -> Fields:  # noqa: N803 - GraphQL's own spelling
    car = world.cars.get(tokenId or 0)
    if car is None or not car.minted:
        raise FieldError(f"No vehicle with token id {tokenId}.", code="NOT_FOUND")
    return _node(world, car)


def _license(world: DimoState, by: Fields) -> Fields:
    client_id = by.get("clientId", "")
    licence = world.licenses.get(client_id.lower())
    if licence is None:
        raise FieldError(f"No developer license with client id {client_id}.", code="NOT_FOUND")
    return {"clientId": licence.client_id, "redirectURIs": _redirect_uris(licence)}


def _redirect_uris(licence: License) -> Callable[..., Fields]:
    return lambda first=None: _connection(licence.redirect_uris, first, None, str, lambda uri: {"uri": uri})


def _node(world: DimoState, car: Car) -> Fields:
    def sacd(grantee: str) -> Fields | None:
        share = world.share_of(car.token_id, grantee)
        return _sacd(grantee, share) if share else None

    def sacds(first: int | None = None, after: str | None = None) -> Fields:
        shares = list(world.shares_of(car.token_id).items())
        return _connection(shares, first, after, lambda one: one[0], lambda one: _sacd(*one))

    return {
        "tokenId": car.token_id,
        "tokenDID": world.did(car.token_id),
        "owner": car.owner_wallet,
        "name": car.name,
        "imageURI": f"{world.base_url}/identity/vehicle/{car.token_id}/image",
        "definition": {"make": car.make, "model": car.model, "year": car.year},
        "syntheticDevice": _synthetic_device(car),
        "aftermarketDevice": None,
        "sacd": sacd,
        "sacds": sacds,
        "privileges": lambda first=None: _connection([], first, None, str, lambda _: {}),
        "dcn": None,
        "earnings": None,
    }


def _synthetic_device(car: Car) -> Fields | None:
    if car.connection is None:
        return None
    address = checksummed(sha256(car.vin.encode()).digest()[:20])
    return {"tokenId": car.token_id, "address": address, "connection": {"name": car.connection}}


def _sacd(grantee: str, share: Share) -> Fields:
    address = checksummed(bytes.fromhex(grantee.removeprefix("0x")))
    return {"grantee": address, "permissions": share.hex(), "expiresAt": timestamp(share.until)}


def _connection(
    items: Sequence[T], first: int | None, after: str | None, key: Callable[[T], str], node: Callable[[T], Fields]
) -> Fields:
    """Return one page of a list; the cursor of an item is its key in Base64."""
    if first is None:
        raise FieldError("provide `first` or `last`")
    if first < 0:
        raise FieldError("the value for `first` cannot be negative")
    if first > MOST_PER_PAGE:
        raise FieldError(f"the value {first} for `first` exceeds the limit {MOST_PER_PAGE}")
    cursors = [b64encode(key(item).encode()).decode() for item in items]
    if after is not None and after not in cursors:
        raise FieldError("invalid cursor")
    start = 0 if after is None else cursors.index(after) + 1
    page = slice(start, start + first)
    return {
        "totalCount": len(items),
        "nodes": [node(item) for item in items[page]],
        "pageInfo": {
            "startCursor": next(iter(cursors[page]), None),
            "endCursor": next(reversed(cursors[page]), None),
            "hasPreviousPage": start > 0,
            "hasNextPage": start + first < len(items),
        },
    }
