"""HTTP requests and replies of the simulated DIMO; requests are read strictly."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

JSON_TYPE = b"application/json"
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP reply."""

    status: int
    body: bytes
    content_type: bytes = JSON_TYPE
    headers: tuple[tuple[bytes, bytes], ...] = ()

    @classmethod
    def of_json(cls, value: object, status: int = 200) -> "Reply":
        """Return a reply with this value as JSON."""
        return cls(status, json.dumps(value, separators=(",", ":")).encode())


def timestamp(moment: datetime) -> str:
    """Return a moment as DIMO writes it in JSON."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def error_reply(status: int, message: str, *, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Reply:
    """Return an error in the form that all services of DIMO use."""
    body = json.dumps({"code": status, "message": message}).encode()
    return Reply(status, body, headers=headers)


class CallError(Exception):
    """A call that the service refuses with this status and message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def reply(self) -> Reply:
        """Return the reply with this error."""
        return error_reply(self.status, self.message)


class ShapeError(CallError):
    """A call that contradicts DIMO's documentation; it is also added to the violations."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(status, message)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request to one service; `path` is without the service's prefix."""

    service: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    blame: Callable[[str], None] = field(repr=False)
    """Adds to the violations what a real service tolerates and a good client avoids."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """The named parts of the path."""

    def bearer(self) -> str:
        """Return the bearer token; raises a 401 if there is none or the scheme is another one."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not token or " " in token:
            raise CallError(401, "Missing or malformed JWT")
        return token

    def form(self, fields: Iterable[str]) -> dict[str, str]:
        """Return the form fields of URL and body together, which are exactly these, once each."""
        if self.body or not self.query:
            self._must_be(FORM_TYPE)
        parts = [part for part in (self.query, self.body.decode()) if part]
        pairs = [pair for part in parts for pair in parse_qsl(part, keep_blank_values=True, strict_parsing=True)]
        form = dict(pairs)
        if len(form) != len(pairs):
            raise ShapeError("A form field is given twice.")
        self._must_hold(form, set(fields))
        return form

    def json(self, fields: Iterable[str]) -> dict[str, Any]:
        """Return the JSON body, an object of exactly these fields."""
        body = self.json_object()
        self._must_hold(body, set(fields))
        return body

    def json_object(self) -> dict[str, Any]:
        """Return the JSON body, an object of any fields."""
        self._must_be(JSON_TYPE.decode())
        try:
            body = json.loads(self.body)
        except ValueError:
            raise ShapeError("The body is not JSON.") from None
        if not isinstance(body, dict):
            raise ShapeError("The body is not a JSON object.")
        return body

    def no_body(self) -> None:
        """Add a body that nobody asked for to the violations."""
        if self.body:
            self.blame("sends a body where none is documented")

    def _must_be(self, content_type: str) -> None:
        given = self.headers.get("content-type", "").partition(";")[0].strip()
        if given != content_type:
            raise ShapeError(f"Content type is {given!r} and has to be {content_type!r}.")

    def _must_hold(self, body: Mapping[str, object], fields: set[str]) -> None:
        if missing := sorted(fields - body.keys()):
            raise ShapeError(f"Missing: {', '.join(missing)}.")
        if unknown := sorted(body.keys() - fields):
            raise ShapeError(f"Unknown: {', '.join(unknown)}.")
