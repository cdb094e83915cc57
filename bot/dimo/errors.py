"""What can go wrong between the bot and DIMO.

DimoError
├── NotSent              the request was never sent: there was no connection
│   └── NotRecognized    no token was sent to a host that does not answer as DIMO does
├── NoAnswer             it was sent, and no complete answer came back
├── ServiceTrouble       5xx: DIMO may have acted before it failed
├── BadAnswer            an answer that can't be read: a web page, broken JSON, a redirect, one that is too long
└── Refused              4xx: DIMO said no, and nothing happened
    ├── SignInExpired    401
    ├── NotPermitted     403
    ├── NotFound         404, 410
    ├── CannotDo         400, 409, 422
    │   └── CodesNotTaken  error codes that DIMO does not explain
    ├── TooFast          429
    └── NothingToClear   400, 404 or 429: no error codes, or all are marked as cleared

BadToken                 a token that must not be trusted; never holds the token's text
├── NotAToken            not a JWT, or one that lacks what DIMO's tokens hold
├── ForgedToken          DIMO's keys did not sign it
│   └── UnknownKey       a key signed it that DIMO does not list, or does not list yet
├── ForeignToken         somebody else than this DIMO environment issued it
└── ExpiredToken         it was good once
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar, TypeVar

import httpx

E = TypeVar("E", bound="DimoError")


@dataclass(kw_only=True, eq=False, repr=False)
class DimoError(Exception):
    """A call to DIMO that failed.

    `may_have_happened` is True unless the opposite is proven; `temporary` says that the same call may
    succeed later; `unreachable` says that no service of DIMO was there to answer.
    """

    temporary: ClassVar[bool] = False
    happens: ClassVar[bool] = True
    says: ClassVar[str] = "DIMO's {service} service failed at the {operation}"

    service: str
    operation: str
    status: int | None = None
    dimo_said: str | None = None
    retry_after: float | None = None
    unreachable: bool = False

    @property
    def may_have_happened(self) -> bool:
        """Whether DIMO may have done what was asked; a 4xx proves that it did not."""
        return self.happens and not (self.status is not None and 400 <= self.status < 500)

    def more_exactly(self, kind: type[E]) -> E:
        """Return an error of another kind with the same content."""
        return kind(**{one.name: getattr(self, one.name) for one in fields(self)})

    def __str__(self) -> str:
        if self.unreachable:
            return f"DIMO's {self.service} service is not reachable."
        sentence = self.says.format(service=self.service, operation=self.operation)
        status = f" ({self.status})" if self.status is not None else ""
        said = f": {self.dimo_said.rstrip('.')}" if self.dimo_said else ""
        return f"{sentence}{status}{said}."


class NotSent(DimoError):
    """The request was never sent."""

    temporary = True
    happens = False
    says = "The {operation} did not leave for DIMO's {service} service"


class NotRecognized(NotSent):
    """No token was sent to a host that does not answer as DIMO's service does."""

    temporary = False


class NoAnswer(DimoError):
    """The request was sent, or may have been; no complete answer came back."""

    temporary = True
    says = "DIMO's {service} service did not answer the {operation}, which may have arrived"


class ServiceTrouble(DimoError):
    """DIMO's own trouble, after the request arrived."""

    temporary = True
    says = "DIMO's {service} service is in trouble and may have done the {operation}"


class BadAnswer(DimoError):
    """An answer that can't be read."""

    says = "DIMO's {service} service answered the {operation} with something unreadable"


class Refused(DimoError):
    """DIMO said no, so nothing happened."""

    happens = False
    says = "DIMO's {service} service refused the {operation}"


class SignInExpired(Refused):
    """The token is missing, has ended, or is for something else."""

    says = "DIMO's {service} service did not accept the token for the {operation}"


class NotPermitted(Refused):
    """The token is good and does not allow this."""

    says = "DIMO's {service} service does not permit the {operation}"


class NotFound(Refused):
    """DIMO does not know the thing that was asked about."""

    says = "DIMO's {service} service did not find what the {operation} is about"


class CannotDo(Refused):
    """DIMO understood the request, but it can't be done."""

    says = "DIMO's {service} service cannot do the {operation}"


class TooFast(Refused):
    """More than ten requests in a second."""

    temporary = True
    says = "DIMO's {service} service got too many requests to take the {operation}"


class CodesNotTaken(CannotDo):
    """DIMO does not accept these error codes, so sending them again is useless."""


class NothingToClear(Refused):
    """There are no error codes, or the newest are marked as cleared already."""

    says = "DIMO's {service} service has nothing for the {operation}"


REFUSALS: Mapping[int, type[Refused]] = MappingProxyType(
    {
        400: CannotDo,
        401: SignInExpired,
        403: NotPermitted,
        404: NotFound,
        409: CannotDo,
        410: NotFound,
        422: CannotDo,
        429: TooFast,
    }
)


def class_for_status(status: int) -> type[DimoError]:
    """Return the error that an HTTP status means; anything but 4xx and 5xx is a bad answer."""
    if 400 <= status < 500:
        return REFUSALS.get(status, Refused)
    return ServiceTrouble if 500 <= status < 600 else BadAnswer


HTTPX_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict)
"""The ancestors of all exceptions of httpx."""

# httpcore raises these while it looks for, opens or secures a connection (a ProxyError while it asks a proxy for a
# tunnel), so nothing of the request was sent. After every other one it may have reached DIMO.
_NOT_SENT = (httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)
NOBODY_THERE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)


def class_for_exception(error: Exception) -> type[DimoError]:
    """Return the error that one of httpx's exceptions means."""
    if isinstance(error, httpx.DecodingError):
        return BadAnswer
    return NotSent if isinstance(error, _NOT_SENT + NOBODY_THERE) else NoAnswer


class BadToken(Exception):
    """A token that must not be trusted; its text is never part of the error."""


class NotAToken(BadToken):
    """Not a JWT, or one that lacks what DIMO's tokens hold."""


class ForgedToken(BadToken):
    """DIMO's keys did not sign it."""


class UnknownKey(ForgedToken):
    """A key signed it that DIMO does not list, or does not list yet."""


class ForeignToken(BadToken):
    """Somebody else than this DIMO environment issued it."""


class ExpiredToken(BadToken):
    """It was good until `expired_at`."""

    def __init__(self, expired_at: datetime) -> None:
        super().__init__(f"The token ended at {expired_at:%Y-%m-%d %H:%M} UTC.")
        self.expired_at = expired_at
