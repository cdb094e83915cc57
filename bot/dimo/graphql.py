"""Ask GraphQL questions, and keep what was answered beside what was not."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from bot.dimo.errors import BadAnswer, DimoError, NotFound, NotPermitted
from bot.dimo.http import Http
from bot.dimo.json_fields import Record, maybe_inner, maybe_text, records
from bot.dimo.redaction import scrub
from bot.dimo.tokens import Jwt

PATH = "/query"


@cache
def query_text(name: str) -> str:
    """Read a query from its file in `queries/`."""
    return (Path(__file__).parent / "queries" / f"{name}.graphql").read_text(encoding="utf-8")


async def ask(
    http: Http, name: str, variables: Record, *, operation: str, limit: float, jwt: Jwt | None = None
) -> Record:
    """Ask a question and give its `data`.

    Errors beside data are passed over: a field that the token does not cover must not cost the others.
    Errors alone become NotFound, NotPermitted or BadAnswer, with the status 200 that GraphQL fails with.
    """
    body = {"query": query_text(name), "variables": variables}
    answer = await http.post(PATH, operation=operation, limit=limit, jwt=jwt, body=body)
    reply = answer.read(lambda found: found)
    data = reply.get("data")
    if isinstance(data, dict) and (any(data.values()) or not reply.get("errors")):
        return data
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
    """Read the first error: its words, and words and code in a form to be searched."""
    first = next(iter(records(reply, "errors")), {})
    said = maybe_text(first, "message") or ""
    code = (maybe_inner(first, "extensions") or {}).get("code")
    return said, f"{said} {code}".lower().replace("_", " ")
