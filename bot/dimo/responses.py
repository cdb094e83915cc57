"""An answer of DIMO, which is turned into a value or one of our errors."""

import json
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx

from bot import lengths
from bot.dimo.environments import Service
from bot.dimo.errors import BadAnswer, DimoError, NotAToken, TooFast, class_for_status
from bot.dimo.json_fields import Record, WrongShape, record
from bot.dimo.redaction import scrub

T = TypeVar("T")

_FOR_PASSWORDS = ("basic", "digest", "negotiate", "ntlm")


class Answer:
    """A whole answer of one service to one operation."""

    def __init__(self, response: httpx.Response, *, service: Service, operation: str) -> None:
        self._response = response
        self._service = service
        self._operation = operation

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._response.status_code

    def accepted(self) -> "Answer":
        """Return itself if it is a 2xx; raises the DimoError that it means otherwise."""
        if 200 <= self.status < 300:
            return self
        raise self.error()

    def read(self, reader: Callable[[Record], T]) -> T:
        """Read the JSON object; raises BadAnswer where it or a token in it can't be read."""
        return self.read_any(lambda found: reader(record(found)))

    def read_any(self, reader: Callable[[object], T]) -> T:
        """Read the JSON of any kind; raises as `read` does."""
        try:
            return reader(self._json())
        except (WrongShape, NotAToken) as error:
            raise self._failure(BadAnswer, unreachable=self.is_page()) from error

    def is_from_dimo(self) -> bool:
        """Return whether a DIMO service wrote this, and not a proxy or a web page in its place."""
        if self.is_page() or 300 <= self.status < 400 or 520 <= self.status < 530:
            return False
        if self.status < 300:
            return self._has_json()
        # A service that is there says in JSON what it does not know; a bare 404 comes from a proxy in front of it.
        return self.status not in (404, 410) or self._has_json()

    def refuses_as_dimo(self) -> bool:
        """Return whether it has the form in which DIMO refuses requests without a token: its JSON, or plain text."""
        if self.is_page() or not 400 <= self.status < 600 or 520 <= self.status < 530:
            return False
        if self._has_json():
            found = record(self._json())
            return type(found.get("code")) is int and isinstance(found.get("message", ""), str)
        headers = self._response.headers
        is_plain = (
            headers.get("content-type", "").lower().startswith("text/plain") and self._response.text.strip() != ""
        )
        asks_for_password = headers.get("www-authenticate", "").lower().startswith(_FOR_PASSWORDS)
        return self.status in (400, 401) and is_plain and not asks_for_password

    def is_page(self) -> bool:
        """Return whether it is a web page, or comes from a Kubernetes ingress that has no service behind it."""
        kind = self._response.headers.get("content-type", "")
        start = self._response.content[:64].lstrip().lower()
        return "html" in kind or start.startswith((b"<", b"default backend"))

    def error(self) -> DimoError:
        """Return the error that an answer other than 2xx means."""
        kind = class_for_status(self.status)
        away = kind is not TooFast and (self.is_page() or 520 <= self.status < 530)
        if away and self.status < 500:
            kind = BadAnswer
        return self._failure(kind, unreachable=away)

    def _failure(self, kind: type[DimoError], *, unreachable: bool) -> DimoError:
        return kind(
            service=self._service,
            operation=self._operation,
            status=self.status,
            dimo_said=None if self.is_page() or kind is BadAnswer else self._said(),
            retry_after=self._retry_after(),
            unreachable=unreachable,
        )

    def _json(self) -> object:
        try:
            return json.loads(self._response.content)
        # RecursionError: JSON nested deeper than Python's stack.
        except (ValueError, RecursionError):
            raise WrongShape("answer", "JSON") from None

    def _has_json(self) -> bool:
        try:
            return isinstance(self._json(), dict)
        except WrongShape:
            return False

    def _said(self) -> str | None:
        """Find DIMO's own words: its error form, GraphQL's, or plain text."""
        if not self._has_json():
            return scrub(self._response.text) or None
        found = record(self._json())
        errors = found.get("errors")
        first = errors[0] if isinstance(errors, list) and errors else None
        source = first if isinstance(first, dict) else found
        words = (source.get(key) for key in ("message", "error_description", "error"))
        said = next((one for one in words if isinstance(one, str)), "")
        return scrub(said) or None

    def _retry_after(self) -> float | None:
        """Read Retry-After, in seconds; DIMO documents none, proxies in front of it send both forms."""
        value = self._response.headers.get("retry-after", "")[: lengths.DATE]
        if value.isdecimal():
            return float(value[:6])
        try:
            # By its own date, as this machine's clock may be wrong.
            sent = parsedate_to_datetime(self._response.headers.get("date", ""))
            return max(0.0, (parsedate_to_datetime(value) - sent).total_seconds())
        except (ValueError, TypeError):
            return None
