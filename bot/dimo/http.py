"""One DIMO service over HTTP: one request a call, at DIMO's pace, and every way to fail named."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlencode

import httpx

from bot.dimo.environments import Service
from bot.dimo.errors import (
    NOBODY_THERE,
    TRANSPORT,
    BadAnswer,
    DimoError,
    NoAnswer,
    NotSent,
    ServiceTrouble,
    class_for_exception,
)
from bot.dimo.json_fields import Record
from bot.dimo.rate_limit import Limiter, QueueTooLong, place
from bot.dimo.responses import Answer
from bot.dimo.tokens import Jwt

logger = logging.getLogger("bot.dimo")

_HEADERS = [
    (b"Accept", b"application/json"),
    (b"Accept-Encoding", b"gzip, deflate"),
    (b"User-Agent", b"dimo-family-bot"),
    (b"Connection", b"keep-alive"),
]
_JSON_KIND = (b"Content-Type", b"application/json")
_FORM_KIND = (b"Content-Type", b"application/x-www-form-urlencoded")

# As many requests at once as DIMO's ten a second make when each takes three seconds.
_AT_ONCE = 30

# A connection younger than this is there to be used again; the pool keeps them a little longer (client.py).
WARM_SECONDS = 45.0


Send: TypeAlias = Callable[[httpx.Request], Awaitable[httpx.Response]]
"""Sends a request once and returns its whole answer; raises httpx's errors."""

Leaving: TypeAlias = Callable[[], Awaitable[None]]
"""Called when a request's turn has come, right before it leaves; what it raises keeps the request here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long to wait, in seconds, by what is waited for."""

    connect: float = 5.0
    queue: float = 20.0
    auth: float = 10.0
    exchange: float = 10.0
    command: float = 15.0
    devices: float = 10.0
    explanation: float = 60.0
    identity: float = 10.0
    telemetry: float = 8.0


class Http:
    """A DIMO service over HTTP; never repeats a request, never follows a redirect, keeps no cookies."""

    def __init__(
        self,
        service: Service,
        base_url: str,
        *,
        send: Send,
        limiter: Limiter,
        timeouts: Timeouts,
        monotonic: Callable[[], float],
    ) -> None:
        self.service = service
        self.base_url = base_url
        self.timeouts = timeouts
        self._exchange = send
        self._limiter = limiter
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._monotonic = monotonic
        self._used_at = -WARM_SECONDS
        self._is_warming = False

    async def get(self, path: str, *, operation: str, limit: float, jwt: Jwt | None = None) -> Answer:
        """Ask for a path; raises a DimoError unless the answer is a 2xx."""
        answer = await self._call("GET", path, operation=operation, limit=limit, jwt=jwt)
        return answer.accepted()

    async def post(
        self,
        path: str,
        *,
        operation: str,
        limit: float,
        jwt: Jwt | None = None,
        body: Record | None = None,
        leaving: Leaving | None = None,
    ) -> Answer:
        """Post JSON, or nothing; raises a DimoError unless the answer is a 2xx, or what `leaving` raises."""
        content = None if body is None else _json(body)
        answer = await self._call(
            "POST", path, operation=operation, limit=limit, jwt=jwt, content=content, leaving=leaving
        )
        return answer.accepted()

    async def post_form(self, path: str, fields: Mapping[str, str], *, operation: str, limit: float) -> Answer:
        """Post a form; raises a DimoError unless the answer is a 2xx."""
        content = urlencode(fields).encode()
        answer = await self._call("POST", path, operation=operation, limit=limit, content=content, kind=_FORM_KIND)
        return answer.accepted()

    async def look(self, path: str, *, body: Record | None = None) -> None:
        """Prove that a service of DIMO's answers at a path, by asking without a token; raises a DimoError.

        A refusal is an answer, too: it proves that somebody is there to refuse.
        """
        operation, limit = "look", self.timeouts.connect
        method, content = ("GET", None) if body is None else ("POST", _json(body))
        answer = await self._call(method, path, operation=operation, limit=limit, content=content)
        if not answer.is_from_dimo():
            raise BadAnswer(service=self.service, operation=operation, status=answer.status, unreachable=True)
        if answer.status >= 500:
            raise answer.error()

    async def is_there(self, path: str, *, body: Record | None = None) -> bool:
        """Tell whether a service of DIMO's answers at a path, if only with trouble of its own."""
        try:
            await self.look(path, body=body)
        except ServiceTrouble:
            return True
        except DimoError:
            return False
        return True

    async def preconnect(self) -> None:
        """Have a connection ready; any answer and any error will do, and a warm one costs nothing."""
        if self._is_warming or self._monotonic() - self._used_at < WARM_SECONDS or not self._limiter.is_free():
            return
        self._is_warming = True
        try:
            # GET, not HEAD: a server that sends a body after HEAD would leave it before the command's answer.
            await self._call("GET", "/", operation="greeting", limit=self.timeouts.connect)
        except DimoError:
            logger.debug("%s could not be greeted", self.service)
        finally:
            self._is_warming = False

    async def _call(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        limit: float,
        jwt: Jwt | None = None,
        content: bytes | None = None,
        kind: tuple[bytes, bytes] = _JSON_KIND,
        leaving: Leaving | None = None,
    ) -> Answer:
        request = self._request(method, path, limit=limit, jwt=jwt, content=content, kind=kind)
        started = self._monotonic()
        try:
            response = await self._send_in_turn(request, operation=operation, limit=limit, leaving=leaving)
        except DimoError as error:
            self._log(operation, type(error).__name__, started)
            raise
        self._used_at = self._monotonic()
        self._log(operation, response.status_code, started)
        return Answer(response, service=self.service, operation=operation)

    def _request(
        self,
        method: str,
        path: str,
        *,
        limit: float,
        jwt: Jwt | None,
        content: bytes | None,
        kind: tuple[bytes, bytes],
    ) -> httpx.Request:
        headers = list(_HEADERS)
        if jwt is not None:
            headers.append((b"Authorization", b"Bearer " + jwt.value.encode()))
        if content is not None:
            headers.append(kind)
        connect = self.timeouts.connect
        times = {"connect": connect, "read": limit, "write": limit, "pool": self.timeouts.queue}
        return httpx.Request(
            method, self.base_url + path, headers=headers, content=content, extensions={"timeout": times}
        )

    async def _send_in_turn(
        self, request: httpx.Request, *, operation: str, limit: float, leaving: Leaving | None
    ) -> httpx.Response:
        try:
            async with place(self._places, self.timeouts.queue):
                await self._limiter.turn(self.timeouts.queue)
                if leaving is not None:
                    await leaving()
                return await self._send(request, operation=operation, limit=limit)
        except QueueTooLong as error:
            raise NotSent(service=self.service, operation=operation) from error

    async def _send(self, request: httpx.Request, *, operation: str, limit: float) -> httpx.Response:
        try:
            # httpx counts each pause between two bytes; the whole answer must come within the limit, too.
            async with asyncio.timeout(2 * self.timeouts.connect + limit):
                return await self._exchange(request)
        except TimeoutError as error:
            raise NoAnswer(service=self.service, operation=operation) from error
        except tuple(TRANSPORT) as error:
            kind = class_for_exception(error)
            unreachable = isinstance(error, NOBODY_THERE)
            raise kind(service=self.service, operation=operation, unreachable=unreachable) from error

    def _log(self, operation: str, outcome: object, started: float) -> None:
        if logger.isEnabledFor(logging.DEBUG):
            spent = round((self._monotonic() - started) * 1000)
            logger.debug("%s: %s -> %s in %d ms", self.service, operation, outcome, spent)


def _json(body: Record) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()
