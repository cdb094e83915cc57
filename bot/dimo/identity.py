"""Which vehicles there are, whose they are, and what is shared with a license: public, no token needed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from bot.dimo import graphql
from bot.dimo.errors import NotFound
from bot.dimo.http import Http
from bot.dimo.json_fields import Record, WrongShape, inner, maybe, moment, records, short_text, text, whole
from bot.dimo.permissions import Permission, from_bits
from bot.dimo.signing import checksummed

T = TypeVar("T")

_NOBODY = "0x" + "0" * 40
_PAGE = 100
_PAGES = 50
_OPERATION = "list of vehicles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """A vehicle as identity knows it.

    `permissions` is empty when nothing is shared with the license asked for, and None when none was named.
    """

    token_id: int
    owner: str
    name: str
    make: str
    model: str
    year: int | None
    connection: str | None
    permissions: frozenset[Permission] | None
    share_expires_at: datetime | None


class IdentityApi:
    """DIMO's identity service."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def look(self) -> None:
        """Prove that the service answers, by asking for any vehicle; raises a DimoError."""
        await self.vehicle(1)

    async def vehicles(self, *, owner: str | None = None, license: str | None = None) -> list[Vehicle]:  # noqa: A002 - DIMO's word
        """List a wallet's vehicles, or without a wallet those shared with a license.

        If a license is named, each vehicle says what is shared with it, even if that is nothing.
        """
        if not (owner or license):
            raise ValueError("A wallet or a license is needed: the list of all vehicles has no end.")
        grantee = checksummed(license) if license else _NOBODY
        filter_by = {"owner": owner} if owner else {"privileged": grantee}
        found: list[Vehicle] = []
        after: str | None = None
        for _ in range(_PAGES):
            variables = {"first": _PAGE, "after": after, "filterBy": filter_by, "grantee": grantee}
            vehicles, after = await self._ask("vehicles", variables, lambda data: _page(data, shared_with=license))
            found += vehicles
            if after is None:
                break
        return found

    async def vehicle(self, token_id: int, *, grantee: str | None = None) -> Vehicle | None:
        """Find one vehicle, with what is shared with a license; None if there is no such vehicle."""
        return await self._find(
            "vehicle",
            {"tokenId": token_id, "grantee": checksummed(grantee) if grantee else _NOBODY},
            lambda data: _maybe_vehicle(data, shared_with=grantee),
        )

    async def license_redirect_uris(self, client_id: str) -> list[str] | None:
        """List the redirect URIs that are registered on a license; None if there is no such license."""
        return await self._find("redirect_uris", {"clientId": checksummed(client_id)}, _uris)

    async def _find(self, name: str, variables: Record, read: Callable[[Record], T | None]) -> T | None:
        try:
            return await self._ask(name, variables, read)
        except NotFound as error:
            # GraphQL reports a missing object with a 200; a 404 means that the service itself is missing.
            if error.status != 200:
                raise
            return None

    async def _ask(self, name: str, variables: Record, read: Callable[[Record], T]) -> T:
        limit = self._http.timeouts.identity
        return await graphql.ask(self._http, name, variables, read, operation=_OPERATION, limit=limit)


def _page(data: Record, *, shared_with: str | None) -> tuple[list[Vehicle], str | None]:
    """Read a page of vehicles, and the cursor of the next page."""
    found = inner(data, "vehicles")
    info = inner(found, "pageInfo")
    vehicles = [_vehicle(node, shared_with=shared_with) for node in records(found, "nodes")]
    return vehicles, text(info, "endCursor") if info.get("hasNextPage") is True else None


def _maybe_vehicle(data: Record, *, shared_with: str | None) -> Vehicle | None:
    node = maybe(inner, data, "vehicle")
    return None if node is None else _vehicle(node, shared_with=shared_with)


def _vehicle(node: Record, *, shared_with: str | None) -> Vehicle:
    definition = maybe(inner, node, "definition") or {}
    device = maybe(inner, node, "syntheticDevice") or {}
    connection = maybe(inner, device, "connection") or {}
    share = maybe(inner, node, "sacd")
    return Vehicle(
        token_id=whole(node, "tokenId"),
        owner=short_text(node, "owner").lower(),
        name=maybe(short_text, node, "name") or "",
        make=maybe(short_text, definition, "make") or "",
        model=maybe(short_text, definition, "model") or "",
        year=maybe(whole, definition, "year"),
        connection=maybe(short_text, connection, "name"),
        permissions=_permissions(share) if shared_with else None,
        share_expires_at=_share_end(share) if share else None,
    )


def _permissions(share: Record | None) -> frozenset[Permission]:
    return from_bits(short_text(share, "permissions")) if share else frozenset()


def _share_end(share: Record) -> datetime | None:
    """Read when a share ends; None also for an end that no calendar has."""
    try:
        return maybe(moment, share, "expiresAt")
    except WrongShape:
        return None


def _uris(data: Record) -> list[str] | None:
    found = maybe(inner, data, "developerLicense")
    return None if found is None else [text(one, "uri") for one in records(inner(found, "redirectURIs"), "nodes")]
