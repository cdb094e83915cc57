"""One DIMO service over HTTP: one request per call, within DIMO's rate limit; every failure has its own error."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import httpx

from bot.dimo.environments import Service
from bot.dimo.errors import (
    HTTPX_ERRORS,
    NOBODY_THERE,
    BadAnswer,
    DimoError,
    NoAnswer,
    NotRecognized,
    NotSent,
    ServiceTrouble,
    class_for_exception,
)
from bot.dimo.json_fields import Record
from bot.dimo.rate_limit import Limiter, QueueTooLong, place
from bot.dimo.responses import Answer
from bot.dimo.tokens import Jwt

_LOOK = "look"

logger = logging.getLogger("bot.dimo")

_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
    "User-Agent": "dimo-family-bot",
    "Connection": "keep-alive",
}

# Ten requests a second, DIMO's limit, of three seconds each.
_AT_ONCE = 30

# A connection younger than this can be used again; bot.connections keeps them a little longer.
WARM_SECONDS = 45.0

Send: TypeAlias = Callable[[httpx.Request], Awaitable[httpx.Response]]
"""Sends a request once and returns its whole answer; raises httpx's errors."""

BeforeSending: TypeAlias = Callable[[], Awaitable[None]]
"""Called right before a request is sent; if it raises, the request is not sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How many seconds to wait for each step of a request."""

    connect: float = 5.0
    queue: float = 20.0
    auth: float = 10.0
    exchange: float = 10.0
    command: float = 15.0
    devices: float = 10.0
    explanation: float = 60.0
    identity: float = 10.0
    telemetry: float = 8.0
    triggers: float = 10.0


@dataclass(frozen=True, slots=True)
class Probe:
    """What is asked without a token, so that a service is recognized by its refusal before it is sent one."""

    path: str
    body: Record | None = None


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
        heard: Callable[[int | None], None],
        probe: Probe | None = None,
    ) -> None:
        """With a probe, the service is recognized by it before a token is sent there.

        `heard` is called with the status of each answer, and with None where a request went unanswered.
        """
        self.service = service
        self.base_url = base_url
        self.timeouts = timeouts
        self._exchange = send
        self._limiter = limiter
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._monotonic = monotonic
        self._heard = heard
        self._used_at = -WARM_SECONDS
        self._is_warming = False
        self._probe = probe
        self._recognizing = asyncio.Lock()
        self.is_recognized = probe is None

    async def get(self, path: str, *, operation: str, limit: float, jwt: Jwt | None = None) -> Answer:
        """Ask for a path; raises a DimoError unless the answer is a 2xx."""
        if jwt is not None:
            await self._make_sure(operation)
        return (await self._call(self._request("GET", path, limit, jwt), operation)).accepted()

    async def post(
        self,
        path: str,
        *,
        operation: str,
        limit: float,
        jwt: Jwt | None = None,
        body: Record | None = None,
        form: Mapping[str, str] | None = None,
        before_sending: BeforeSending | None = None,
    ) -> Answer:
        """Post JSON, a form or nothing; raises as `get` does, or what `before_sending` raises."""
        if jwt is not None:
            await self._make_sure(operation)
        request = self._request("POST", path, limit, jwt, body=body, form=form)
        return (await self._call(request, operation, before_sending)).accepted()

    async def put(self, path: str, *, operation: str, limit: float, jwt: Jwt, body: Record) -> Answer:
        """Change something at a path; raises as `get` does."""
        return (await self._call(self._request("PUT", path, limit, jwt, body=body), operation)).accepted()

    async def delete(self, path: str, *, operation: str, limit: float, jwt: Jwt) -> Answer:
        """Delete what is at a path; raises as `get` does."""
        return (await self._call(self._request("DELETE", path, limit, jwt), operation)).accepted()

    async def look(self, path: str, *, body: Record | None = None) -> None:
        """Prove that a DIMO service answers at a path, by asking without a token; raises a DimoError.

        A refusal is an answer, too: it comes from the service itself.
        """
        self._raise_unless(Answer.is_from_dimo, await self._ask(path, body))

    async def recognize(self) -> None:
        """Prove that the service is DIMO's by the form of its refusal; raises a DimoError, ServiceTrouble if it is."""
        if self._probe is None:
            return
        try:
            answer = await self._ask(self._probe.path, self._probe.body, in_turn=False)
        except DimoError:
            self.is_recognized = False
            raise
        self.is_recognized = answer.refuses_as_dimo()
        self._raise_unless(Answer.refuses_as_dimo, answer)

    async def _make_sure(self, operation: str) -> None:
        """Recognize the service before it is sent a token; raises NotRecognized, or NotSent without a connection."""
        async with self._recognizing:
            if self.is_recognized:
                return
            try:
                await self.recognize()
            except ServiceTrouble:
                return  # it is DIMO's all the same, and the request itself meets its trouble
            except DimoError as error:
                kind = NotSent if isinstance(error, NotSent) else NotRecognized
                raise kind(service=self.service, operation=operation, unreachable=error.unreachable) from error

    async def _ask(self, path: str, body: Record | None, *, in_turn: bool = True) -> Answer:
        """Ask something without a token."""
        request = self._request("GET" if body is None else "POST", path, self.timeouts.connect, body=body)
        return await self._call(request, _LOOK, in_turn=in_turn)

    def _raise_unless(self, is_good: Callable[[Answer], bool], answer: Answer) -> None:
        if not is_good(answer):
            raise BadAnswer(service=self.service, operation=_LOOK, status=answer.status, unreachable=True)
        if answer.status >= 500:
            raise answer.error()

    async def preconnect(self) -> None:
        """Open a connection, whatever the answer or error; do nothing if a recent one to DIMO is there.

        The service is recognized with the same request.
        """
        is_warm = self.is_recognized and self._monotonic() - self._used_at < WARM_SECONDS
        if self._is_warming or is_warm or not self._limiter.is_free():
            return
        self._is_warming = True
        try:
            if self._probe is not None:
                await self.recognize()
            else:
                # GET, not HEAD: a server that sends a body after HEAD would leave it before the command's answer.
                await self._call(self._request("GET", "/", self.timeouts.connect), "greeting")
        except DimoError:
            logger.debug("No connection to %s could be opened in advance", self.service)
        finally:
            self._is_warming = False

    def _request(
        self,
        method: str,
        path: str,
        limit: float,
        jwt: Jwt | None = None,
        *,
        body: Record | None = None,
        form: Mapping[str, str] | None = None,
    ) -> httpx.Request:
        headers = _HEADERS if jwt is None else {**_HEADERS, "Authorization": f"Bearer {jwt.value}"}
        times = {"connect": self.timeouts.connect, "read": limit, "write": limit, "pool": self.timeouts.queue}
        return httpx.Request(
            method, self.base_url + path, headers=headers, json=body, data=form, extensions={"timeout": times}
        )

    async def _call(
        self,
        request: httpx.Request,
        operation: str,
        before_sending: BeforeSending | None = None,
        *,
        in_turn: bool = True,
    ) -> Answer:
        """Send a request when its turn comes; raises a DimoError without an answer, or what `before_sending` raises."""
        started, outcome = self._monotonic(), "nothing"
        try:
            async with place(self._places, self.timeouts.queue):
                if in_turn:  # a command does not wait a turn longer for the recognition before it
                    await self._limiter.turn(self.timeouts.queue)
                if before_sending is not None:
                    await before_sending()
                response = await self._send(request, operation)
            self._used_at, outcome = self._monotonic(), str(response.status_code)
            self._heard(response.status_code)
            answer = Answer(response, service=self.service, operation=operation)
            if self._probe is not None and not answer.is_from_dimo():
                self.is_recognized = False
            return answer  # noqa: TRY300 - what fails after it is no answer
        except QueueTooLong as error:
            outcome = NotSent.__name__
            raise NotSent(service=self.service, operation=operation) from error
        except DimoError as error:
            outcome = type(error).__name__
            self._heard(None)
            if error.unreachable and self._probe is not None:
                self.is_recognized = False
            raise
        finally:
            spent = round((self._monotonic() - started) * 1000)
            logger.debug("%s: %s -> %s in %d ms", self.service, operation, outcome, spent)

    async def _send(self, request: httpx.Request, operation: str) -> httpx.Response:
        try:
            # httpx limits each pause between two bytes; this limits the whole answer.
            async with asyncio.timeout(2 * self.timeouts.connect + request.extensions["timeout"]["read"]):
                return await self._exchange(request)
        except TimeoutError as error:
            raise NoAnswer(service=self.service, operation=operation) from error
        except HTTPX_ERRORS as error:
            kind, unreachable = class_for_exception(error), isinstance(error, NOBODY_THERE)
            raise kind(service=self.service, operation=operation, unreachable=unreachable) from error
