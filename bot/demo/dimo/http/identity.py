"""Wire of the simulated identity service: who owns which vehicle, and what was shared with whom."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bot.demo.dimo.car import Car
from bot.demo.dimo.http.graphql import Field, FieldError, Schema, answer
from bot.demo.dimo.http_messages import Reply, Request
from bot.demo.dimo.state import DimoState

MOST_PER_PAGE = 100

SCHEMA = Schema(
    types={
        "Query": {
            "vehicles": Field("VehicleConnection", {"first": "Int", "after": "String", "filterBy": "VehiclesFilter"}),
            "vehicle": Field("Vehicle", {"tokenId": "Int"}),
            "developerLicense": Field("DeveloperLicense", {"by": "DeveloperLicenseBy!"}),
        },
        "VehicleConnection": {
            "totalCount": Field("Int"),
            "nodes": Field("Vehicle"),
            "pageInfo": Field("PageInfo"),
        },
        "PageInfo": {"hasNextPage": Field("Boolean"), "endCursor": Field("String")},
        "Vehicle": {
            "tokenId": Field("Int"),
            "tokenDID": Field("String"),
            "owner": Field("Address"),
            "name": Field("String"),
            "imageURI": Field("String"),
            "definition": Field("Definition"),
            "syntheticDevice": Field("SyntheticDevice"),
            "sacd": Field("Sacd", {"grantee": "Address!"}),
        },
        "Definition": {"make": Field("String"), "model": Field("String"), "year": Field("Int")},
        "SyntheticDevice": {"connection": Field("Connection")},
        "Connection": {"name": Field("String")},
        "Sacd": {"permissions": Field("String"), "expiresAt": Field("Time")},
        "DeveloperLicense": {"redirectURIs": Field("RedirectURIConnection", {"first": "Int"})},
        "RedirectURIConnection": {"nodes": Field("RedirectURI")},
        "RedirectURI": {"uri": Field("String")},
    },
    inputs={
        "VehiclesFilter": {"privileged": "Address", "owner": "Address"},
        "DeveloperLicenseBy": {"clientId": "Address"},
    },
)


def query(world: DimoState, request: Request) -> Reply:
    """Answer a GraphQL query; no token is needed, so none should come."""
    if "authorization" in request.headers:
        request.blame("sends a token to a service that needs none")
    return answer(request, SCHEMA, _Root(world).fields())


def utc(moment: datetime) -> str:
    """Spell a moment as the GraphQL services do."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


class _Root:
    def __init__(self, world: DimoState) -> None:
        self._world = world

    def fields(self) -> dict[str, Any]:
        return {"vehicles": self._vehicles, "vehicle": self._vehicle, "developerLicense": self._license}

    def _vehicles(
        self, first: int | None = None, after: str | None = None, **filters: dict[str, str] | None
    ) -> dict[str, Any]:
        _check_page(first)
        cars = self._filtered(filters.get("filterBy") or {})
        start = 0 if after is None else _position_after(after, cars)
        page = cars[start : start + (first or 0)]
        return {
            "totalCount": len(cars),
            "nodes": [self._node(car) for car in page],
            "pageInfo": {
                "hasNextPage": start + len(page) < len(cars),
                "endCursor": _cursor(page[-1]) if page else None,
            },
        }

    def _vehicle(self, tokenId: int | None = None) -> dict[str, Any]:  # noqa: N803 - GraphQL's own spelling
        car = self._world.cars.get(tokenId or 0)
        if car is None or not car.minted:
            raise FieldError("no vehicle found")
        return self._node(car)

    def _license(self, by: dict[str, str]) -> dict[str, Any]:
        licence = self._world.licenses.get(by.get("clientId", "").lower())
        if licence is None:
            raise FieldError("no developer license found")

        def redirect_uris(first: int | None = None) -> dict[str, Any]:
            _check_page(first)
            return {"nodes": [{"uri": uri} for uri in licence.redirect_uris[:first]]}

        return {"redirectURIs": redirect_uris}

    def _filtered(self, filters: dict[str, str]) -> list[Car]:
        cars = [car for car in self._world.cars.values() if car.minted]
        if owner := filters.get("owner"):
            cars = [car for car in cars if car.owner_wallet.lower() == owner.lower()]
        if privileged := filters.get("privileged"):
            cars = [car for car in cars if self._world.granted(car.token_id, privileged)]
        # Newest first, as pages of a growing list have to be.
        return sorted(cars, key=lambda car: -car.token_id)

    def _node(self, car: Car) -> dict[str, Any]:
        world = self._world

        def sacd(grantee: str) -> dict[str, str] | None:
            share = world.shares.get((car.token_id, grantee.lower()))
            return None if share is None else {"permissions": share.hex(), "expiresAt": utc(share.until)}

        return {
            "tokenId": car.token_id,
            "tokenDID": world.did(car.token_id),
            "owner": car.owner_wallet,
            "name": car.name,
            "imageURI": f"{world.base_url}/identity/vehicle/{car.token_id}/image",
            "definition": {"make": car.make, "model": car.model, "year": car.year},
            "syntheticDevice": car.connection and {"connection": {"name": car.connection}},
            "sacd": sacd,
        }


def _check_page(first: int | None) -> None:
    if first is None or not 0 < first <= MOST_PER_PAGE:
        raise FieldError(f"`first` has to be 1 to {MOST_PER_PAGE}.")


def _cursor(car: Car) -> str:
    return b64encode(f"vehicle:{car.token_id}".encode()).decode()


def _position_after(cursor: str, cars: Sequence[Car]) -> int:
    try:
        token_id = int(b64decode(cursor, validate=True).removeprefix(b"vehicle:"))
    except ValueError:
        raise FieldError("invalid cursor") from None
    return sum(car.token_id >= token_id for car in cars)
