"""devices-api: error codes, explained by DIMO's language model, and the history of such questions.

DIMO does not read codes from a car: they are sent with the question. Each of the three calls has two forms: by a user's
device, and by a vehicle's token id.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

from bot import lengths
from bot.dimo.errors import CannotDo, CodesNotTaken, NothingToClear, NotSent, Refused
from bot.dimo.http import Http
from bot.dimo.json_fields import Record, WrongShape, maybe, moment, record, short_text, values
from bot.dimo.rate_limit import QueueTooLong, place
from bot.dimo.tokens import Jwt, UserJwt, VehicleJwt

# An explanation takes up to a minute; commands, which share the service's places, must find some free.
EXPLANATIONS_AT_ONCE = 8

# DIMO takes a hundred at once; a language model may add to them.
_MOST_CODES = 200

_SUBMIT = "explanation of error codes"

# What DIMO answers to `clear` if it has no query to mark (devices-api, device_data_controller.go). By device the answer
# is "fetching device error queries", also when its database fails; by token id it is "Could not find user device",
# although only queries are looked up, never the device.
_NO_QUERIES = re.compile(r"\bno (error )?(codes?|quer(y|ies))\b|fetching device error queries")
_NO_QUERIES_OF_VEHICLE = "could not find user device"
_ALREADY = "already cleared"

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """A code as DIMO sends it, any text, and what it means: any characters, "" for none."""

    code: str
    description: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ErrorCodeQuery:
    """Codes that were explained together, when, and when somebody marked them as cleared."""

    codes: tuple[ErrorCode, ...]
    requested_at: datetime
    cleared_at: datetime | None


@dataclass(frozen=True, slots=True)
class CodesOf:
    """The path of a car's codes, and the JWT for it; made by `device` and `vehicle` only."""

    path: str = field(repr=False)
    jwt: Jwt

    @classmethod
    def device(cls, device_id: str, jwt: UserJwt) -> "CodesOf":
        """Return the form by a user's own device, which DIMO calls deprecated."""
        return cls(f"/v1/user/devices/{quote(device_id, safe='', errors='replace')}/error-codes", jwt)

    @classmethod
    def vehicle(cls, token_id: int, jwt: VehicleJwt) -> "CodesOf":
        """Return the form by a vehicle's token id; its JWT has to allow permission 1."""
        return cls(f"/v1/vehicle/{token_id}/error-codes", jwt)


class ErrorCodesApi:
    """The error codes of DIMO's devices-api."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._explanations = asyncio.Semaphore(EXPLANATIONS_AT_ONCE)

    async def queries(self, of: CodesOf) -> list[ErrorCodeQuery]:
        """List all queries, newest first; one that can't be read is left out, the others stay."""
        limit = self._http.timeouts.devices
        answer = await self._http.get(of.path, operation="list of error codes", limit=limit, jwt=of.jwt)
        return answer.read(_queries)

    async def submit(self, of: CodesOf, codes: Sequence[str]) -> list[ErrorCode]:
        """Have codes explained and remembered as the newest query, with exactly one request.

        Takes up to a minute. The answer may lack codes, or name others than were sent: a language model wrote it.
        Raises CodesNotTaken, and NotSent if every place stayed busy for as long as one explanation may take.
        """
        limit, body = self._http.timeouts.explanation, {"errorCodes": list(codes)}
        try:
            async with place(self._explanations, limit):
                answer = await self._http.post(of.path, operation=_SUBMIT, limit=limit, jwt=of.jwt, body=body)
        except QueueTooLong as error:
            raise NotSent(service=self._http.service, operation=_SUBMIT) from error
        except CannotDo as error:
            raise error.more_exactly(CodesNotTaken) from error
        return answer.read(_codes)

    async def clear(self, of: CodesOf) -> datetime | None:
        """Mark the newest query as cleared, and return when DIMO did so, if it says. Nothing is sent to the car.

        Raises NothingToClear if there is no query, or it is marked already.
        """
        path, limit = f"{of.path}/clear", self._http.timeouts.devices
        try:
            answer = await self._http.post(path, operation="clearing of error codes", limit=limit, jwt=of.jwt)
        except Refused as error:
            if _says_nothing_to_mark(error, by_token_id=isinstance(of.jwt, VehicleJwt)):
                raise error.more_exactly(NothingToClear) from error
            raise
        return answer.read(_cleared_at)


def _says_nothing_to_mark(error: Refused, *, by_token_id: bool) -> bool:
    """Return whether DIMO's words say that all is cleared or that there are no queries.

    A device or a route that is gone (404) stays what it is: the other form may know the car.
    """
    said = (error.dimo_said or "").lower()
    return bool(
        (error.status in (400, 429) and _ALREADY in said)
        or (error.status in (400, 404) and _NO_QUERIES.search(said))
        or (error.status == 404 and by_token_id and _NO_QUERIES_OF_VEHICLE in said)
    )


def _queries(found: Record) -> list[ErrorCodeQuery]:
    queries = _readable(found, "queries", _query)
    return sorted(queries, key=lambda query: query.requested_at, reverse=True)


def _query(found: Record) -> ErrorCodeQuery:
    return ErrorCodeQuery(tuple(_codes(found)), moment(found, "requestedAt"), maybe(moment, found, "clearedAt"))


def _codes(found: Record) -> list[ErrorCode]:
    return _readable(found, "errorCodes", _code)[:_MOST_CODES]


def _code(found: Record) -> ErrorCode:
    description = found.get("description")
    return ErrorCode(_sound(short_text(found, "code")), _said(description) if isinstance(description, str) else "")


def _said(words: str) -> str:
    return _sound(words if len(words) <= lengths.EXPLANATION else words[: lengths.EXPLANATION - 1] + "…")


def _cleared_at(found: Record) -> datetime | None:
    try:
        return maybe(moment, found, "clearedAt")
    except WrongShape:
        return None


def _readable(source: Record, key: str, reader: Callable[[Record], T]) -> list[T]:
    """Read the items of a list that may be missing or null; skip items that can't be read."""
    read = []
    for one in values(source, key):
        try:
            read.append(reader(record(one, key)))
        except WrongShape:
            continue
    return read


def _sound(words: str) -> str:
    """Replace lone surrogates, which JSON can express and UTF-8 can't."""
    return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", words)
