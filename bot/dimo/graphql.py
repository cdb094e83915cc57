"""GraphQL questions, whose answers may hold data and errors side by side."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from bot.dimo.errors import BadAnswer, DimoError, NotFound, NotPermitted
from bot.dimo.http import Http
from bot.dimo.json_fields import Record, inner, maybe, records, text
from bot.dimo.redaction import scrub
from bot.dimo.tokens import Jwt

PATH = "/query"

T = TypeVar("T")


@cache
def query_text(name: str) -> str:
    """Read a query from its file in `queries/`."""
    return (Path(__file__).parent / "queries" / f"{name}.graphql").read_text(encoding="utf-8")


async def ask(
    http: Http,
    name: str,
    variables: Record,
    read: Callable[[Record], T],
    *,
    operation: str,
    limit: float,
    jwt: Jwt | None = None,
) -> T:
    """Ask a question and read its `data`.

    Errors beside data are ignored: a field that the token does not cover must not cost the others.
    Errors alone raise NotFound, NotPermitted or BadAnswer, with the status 200 that GraphQL fails with.
    """
    body = {"query": query_text(name), "variables": variables}
    answer = await http.post(PATH, operation=operation, limit=limit, jwt=jwt, body=body)
    reply = answer.read(lambda found: found)
    data = reply.get("data")
    if isinstance(data, dict) and (any(data.values()) or not reply.get("errors")):
        return answer.read(lambda _: read(data))
    said, signs = answer.read(_complaint)
    kind = next((kind for sign, kind in _SIGNS.items() if sign in signs), BadAnswer)
    raise kind(service=http.service, operation=operation, status=answer.status, dimo_said=scrub(said) or None)


# DIMO's GraphQL services say in words, or in a code, what REST says with a status.
_SIGNS: Mapping[str, type[DimoError]] = MappingProxyType(
    {
        "not found": NotFound,
        "no vehicle": NotFound,
        "no developer license": NotFound,
        "unauthorized": NotPermitted,
        "forbidden": NotPermitted,
        "permission": NotPermitted,
        "privilege": NotPermitted,
    }
)


def _complaint(reply: Record) -> tuple[str, str]:
    """Read the first error: its words, and words and code in a form to search in."""
    first = next(iter(records(reply, "errors")), {})
    said = maybe(text, first, "message") or ""
    code = (maybe(inner, first, "extensions") or {}).get("code")
    return said, f"{said} {code}".lower().replace("_", " ")
