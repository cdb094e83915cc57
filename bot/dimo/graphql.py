"""Ask GraphQL questions, and keep what was answered beside what was not."""

from functools import cache
from pathlib import Path

from bot.dimo.answers import Answer
from bot.dimo.errors import BadAnswer, DimoError, NotFound, NotPermitted
from bot.dimo.http import Http
from bot.dimo.scrubbing import scrub
from bot.dimo.shapes import Record, WrongShape, record, records
from bot.dimo.tokens import Jwt


@cache
def query_text(name: str) -> str:
    """Read a query from its file in `queries/`."""
    return (Path(__file__).parent / "queries" / f"{name}.graphql").read_text(encoding="utf-8")


async def ask(
    http: Http, name: str, variables: Record, *, operation: str, limit: float, jwt: Jwt | None = None
) -> Record:
    """Ask a question and give its `data`.

    Errors beside data are passed over: a field that the token does not cover must not cost the others.
    Without data they become NotFound, NotPermitted or BadAnswer, with the status 200 that GraphQL fails with.
    """
    body = {"query": query_text(name), "variables": variables}
    answer = await http.post("/query", operation=operation, limit=limit, jwt=jwt, body=body)
    reply = answer.read(lambda found: found)
    data = reply.get("data")
    if isinstance(data, dict) and any(value is not None for value in data.values()):
        return data
    raise _failure(http, answer, reply, operation)


def _failure(http: Http, answer: Answer, reply: Record, operation: str) -> DimoError:
    try:
        first = next(iter(records(reply, "errors")), {})
    except WrongShape:
        first = {}
    message = first.get("message")
    said = message if isinstance(message, str) else ""
    kind = _kind(said, first)
    return kind(
        service=http.service, operation=operation, status=answer.status, dimo_said=scrub(said) or None
    )


def _kind(said: str, error: Record) -> type[DimoError]:
    extensions = error.get("extensions")
    code = record(extensions).get("code") if isinstance(extensions, dict) else ""
    signs = f"{said} {code}".lower().replace("_", " ")
    if "not found" in signs or "no rows" in signs or not error:
        return NotFound if error else BadAnswer
    denied = ("unauthorized", "forbidden", "permission", "privilege")
    return NotPermitted if any(sign in signs for sign in denied) else BadAnswer
