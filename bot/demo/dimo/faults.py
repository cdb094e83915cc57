"""The ways in which a call of DIMO can fail."""

import asyncio
import gzip
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import httpx

from bot.demo.dimo.http_messages import Reply, error_reply


class Loss(StrEnum):
    """How an answer gets lost. Over `httpx.ASGITransport`, httpx's own error is raised instead."""

    DROPPED = "dropped"
    HANGING = "hanging"
    REFUSED = "refused"


LOSS_ERRORS: Mapping[Loss, Callable[[], httpx.TransportError]] = MappingProxyType(
    {
        Loss.DROPPED: lambda: httpx.RemoteProtocolError("Server disconnected without sending a response."),
        Loss.HANGING: lambda: httpx.ReadTimeout(""),
        Loss.REFUSED: lambda: httpx.ConnectError("All connection attempts failed"),
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail: wait, then execute the call or not, then give this answer; None means the true one."""

    wait: float | asyncio.Event | None = None
    acts: bool = True
    answer: Reply | Loss | None = None


def slow(until: float | asyncio.Event) -> Fault:
    """Wait for some seconds or for an event, then answer as usual."""
    return Fault(wait=until)


def lose_answer() -> Fault:
    """Execute the call, then close the connection without an answer."""
    return Fault(answer=Loss.DROPPED)


def drop() -> Fault:
    """Close the connection without executing the call."""
    return Fault(acts=False, answer=Loss.DROPPED)


def never_answer(*, acts: bool = True) -> Fault:
    """Execute the call or not, and make the client wait until it gives up."""
    return Fault(acts=acts, answer=Loss.HANGING)


def refuse_connection() -> Fault:
    """Raise httpx's ConnectError; in process only. Over real HTTP, use a closed port."""
    return Fault(acts=False, answer=Loss.REFUSED)


def status(code: int, message: str = "", *, acts: bool = False, retry_after: int | None = None) -> Fault:
    """Answer with this status and DIMO's error body."""
    headers = () if retry_after is None else ((b"retry-after", b"%d" % retry_after),)
    return Fault(acts=acts, answer=error_reply(code, message, headers=headers))


def html(code: int = 404, *, acts: bool = False) -> Fault:
    """Answer with a page for people, as a proxy does when the service behind it is down."""
    page = f"<!DOCTYPE html>\n<html><head><title>{code}</title></head><body><h1>Error {code}</h1></body></html>"
    return Fault(acts=acts, answer=Reply(code, page.encode(), b"text/html; charset=UTF-8"))


def garbage(code: int = 200, *, acts: bool = True) -> Fault:
    """Answer with truncated JSON."""
    return Fault(acts=acts, answer=Reply(code, b'{"requestId": "0c', b"application/json"))


def bomb(size: int = 64 << 20, *, acts: bool = True) -> Fault:
    """Answer with a few bytes that decompress to this many."""
    body = gzip.compress(b'{"requestId": "' + b" " * size + b'"}', compresslevel=1)
    return Fault(acts=acts, answer=Reply(200, body, headers=((b"content-encoding", b"gzip"),)))


def answer(code: int, body: object, *, acts: bool = True) -> Fault:
    """Answer with this JSON instead of the true one."""
    return Fault(acts=acts, answer=Reply.of_json(body, code))


class Faults:
    """The faults of each operation: queued ones apply once each, in order; a standing one applies to every call."""

    def __init__(self) -> None:
        self._queued: dict[tuple[str, str], deque[Fault]] = defaultdict(deque)
        self._standing: dict[tuple[str, str], Fault] = {}

    def add(self, service: str, operation: str, fault: Fault, *, times: int | None) -> None:
        """Queue the fault `times` times; None makes it standing. The operation "*" means any."""
        if times is None:
            self._standing[service, operation] = fault
        else:
            self._queued[service, operation].extend([fault] * times)

    def clear(self, service: str) -> None:
        """Remove every fault of a service."""
        for faults in (self._queued, self._standing):
            for key in [key for key in faults if key[0] == service]:
                del faults[key]

    def is_standing(self, service: str, operation: str) -> bool:
        """Return whether this service and operation have a standing fault of their own."""
        return (service, operation) in self._standing

    def take(self, service: str, operation: str) -> Fault | None:
        """Return the fault of this call, if there is one; a queued one is removed."""
        keys = ((service, operation), (service, "*"))
        for key in keys:
            if self._queued.get(key):
                return self._queued[key].popleft()
        return next((self._standing[key] for key in keys if key in self._standing), None)
