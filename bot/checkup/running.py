"""Asks everything at once, and prints what was found in the order of the settings."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from bot.checkup import cars, database, licensing, plain, services, telegram
from bot.checkup.findings import Finding, Level, Untried, fail, untried
from bot.clock import CheckedClock, Machine, SystemClock
from bot.connections import Connections
from bot.dimo.client import Dimo
from bot.dimo.environments import Service
from bot.dimo.http import Timeouts
from bot.domain.time_check import Source
from bot.logs import Redactor
from bot.settings import Settings
from bot.wiring import license_in

_log = logging.getLogger(__name__)

T = TypeVar("T")

Found = Awaitable[Finding | Sequence[Finding]]


@dataclass(frozen=True, slots=True)
class Means:
    """What a check needs from outside; tests pass their own."""

    clock: Machine = field(default_factory=SystemClock)
    timeouts: Timeouts = field(default_factory=Timeouts)
    last_database: Path | None = None
    """The file that notes which SQLite file was used last."""


async def run(settings: Settings, tell: Callable[[str], object], means: Means | None = None) -> bool:
    """Try everything and report each result as one line; return True if nothing failed.

    Changes no more than a start does. Whatever fails, everything else is tried and reported.
    """
    means, redact, is_well = means or Means(), Redactor(settings.secrets), True
    connections, clock = Connections(httpx.create_ssl_context()), CheckedClock(means.clock)
    dimo = Dimo(
        settings.urls,
        send=clock.listening(connections.send, Source.DIMO),
        requests_per_second=settings.dimo_requests_per_second,
        now=clock.now,
        sleep=clock.sleep,
        timeouts=means.timeouts,
    )
    check = _Check(settings, clock, dimo, connections, means.last_database)
    try:
        for findings in [check.start(_guarded(subject, found)) for subject, found in check.lines()]:
            for finding in await findings:
                tell(redact(str(finding)))
                is_well = is_well and finding.level is not Level.FAIL
    finally:
        await check.end()
        await connections.close()
    return is_well


class _Check:
    """Asks everything at once, and asks once what several lines need."""

    def __init__(
        self, settings: Settings, clock: CheckedClock, dimo: Dimo, connections: Connections, memory: Path | None
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._dimo = dimo
        self._connections = connections
        self._now = clock.now()
        self._tasks: list[asyncio.Task[Any]] = []
        self._opened = self.start(asyncio.to_thread(database.examine, settings, self._now, memory))
        self._looks = {service: self.start(look()) for service, look in services.looks(dimo).items()}
        send = clock.listening(connections.send, Source.TELEGRAM)
        self._telegram = self.start(telegram.examine(settings, send))
        self._choice = self.start(services.choose(settings, self._looks, dimo=dimo, clock=clock, opened=self._opened))

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start work that ends with the check."""
        task = asyncio.ensure_future(work)
        self._tasks.append(task)
        return task

    def lines(self) -> Iterator[tuple[str, Found]]:
        """Return each line's subject and check, in the order of the settings."""
        settings, choice = self._settings, self._choice
        for proxy in self._connections.proxies.by_scheme.values():
            yield proxy.variable, services.proxy(proxy)
        yield "Telegram", self._telegram
        yield "DATABASE_URL", database.findings(self._opened)
        yield "DIMO_ENVIRONMENT", _as_is(plain.environment(settings))
        asked = self._inquire()
        if asked is None:
            yield licensing.CLIENT, _as_is(licensing.missing())
        else:
            yield licensing.CLIENT, licensing.client(asked)
            yield licensing.REDIRECT, licensing.redirect(asked)
            yield licensing.KEY, licensing.key(asked)
            yield licensing.SIGN_IN, licensing.sign_in(asked)
        for service, look in self._looks.items():
            yield f"DIMO's {service} service", services.service(settings, service, look, choice)
        yield "DIMO_LOGIN_URL", services.login(settings, self._connections.send)
        yield "DIMO_COMMAND_API", services.commands(settings, choice)
        if asked is None:
            yield cars.CARS, _as_is(cars.missing())
        else:
            ticket = self.start(cars.ticket(asked, self._dimo, self._now))
            yield cars.CARS, cars.shared(asked, self._now)
            yield cars.LACKS, cars.lacks(asked, self._dimo, self._now)
            yield cars.TOKEN, cars.token(ticket)
            yield cars.PROBE, cars.probe(ticket, self._looks[Service.ORACLE], choice, self._dimo)
        yield "Clock", self._time()
        yield "Settings", _as_is(plain.examine(settings))

    async def _time(self) -> Finding:
        """Compare the computer's clock with the dates of all answers; raises Untried without any."""
        await asyncio.wait({self._telegram, *self._looks.values()})
        if not self._clock.is_known:
            raise Untried("no answer with a date came")
        return plain.clock(self._clock.wrong)

    def _inquire(self) -> licensing.Inquiries | None:
        dimo, license = self._dimo, license_in(self._settings)  # noqa: A001 - DIMO's word
        if license is None:
            return None
        return licensing.Inquiries(
            license,
            uris=self.start(dimo.identity.license_redirect_uris(license.client_id)),
            sign_in=self.start(dimo.auth.sign_in(license)),
            cars=self.start(dimo.identity.vehicles(license=license.client_id)),
        )

    async def end(self) -> None:
        """Cancel what is still running, and close the database."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if not self._opened.cancelled() and (opened := await database.usable(self._opened)):
            await asyncio.to_thread(opened.close)


async def _as_is(findings: Finding | Sequence[Finding]) -> Finding | Sequence[Finding]:
    return findings


async def _guarded(subject: str, found: Found) -> Sequence[Finding]:
    try:
        findings = await found
    except Untried as reason:
        return [untried(subject, str(reason))]
    except Exception as error:  # noqa: BLE001 - a check reports every fault, and continues
        _log.debug("%s could not be checked", subject, exc_info=True)
        name = type(error).__name__
        return [fail(subject, f"could not be tried ({name}).", "Run it with LOG_LEVEL=DEBUG, which says why.")]
    return [findings] if isinstance(findings, Finding) else findings
