"""DIMO's services: whether each answers, and which of the two takes the commands."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

from bot.checkup.database import Opened, usable
from bot.checkup.findings import Finding, fail, how, ok, warn
from bot.dimo.client import Dimo
from bot.dimo.environments import Service
from bot.dimo.errors import DimoError, ServiceTrouble
from bot.dimo.http import Send
from bot.domain.refusals import KNOWN_FAULTS, Reason
from bot.proxies import Proxy
from bot.service.actions.command_route import AUTO, CommandRoute
from bot.service.ports import Clock
from bot.settings import Settings
from storage import DatabaseFault

_LOGIN = "DIMO_LOGIN_URL"
_COMMANDS = "DIMO_COMMAND_API"
_LOGIN_TIMEOUT = httpx.Timeout(10.0).as_dict()
_PROXY_SECONDS = 5.0


_WITHOUT: Mapping[Service, str] = {
    Service.AUTH: "nobody can link, and the license can't sign in",
    Service.TOKEN_EXCHANGE: "no car can be commanded or read",
    Service.IDENTITY: "no cars can be found",
    Service.TELEMETRY: "no car's reports can be read",
    Service.DEVICES: "no command can be sent to it",
    Service.ORACLE: "no command can be sent to it",
    Service.TRIGGERS: "cars are looked at for notes every half hour",
}
ROUTES: Mapping[str, Service] = {"devices": Service.DEVICES, "oracle": Service.ORACLE}

Looks = Mapping[Service, Awaitable[None]]


def looks(dimo: Dimo) -> Mapping[Service, Callable[[], Coroutine[Any, Any, None]]]:
    """Return the method of each service that proves that it answers."""
    return {
        Service.AUTH: dimo.auth.look,
        Service.TOKEN_EXCHANGE: dimo.exchange.look,
        Service.IDENTITY: dimo.identity.look,
        Service.TELEMETRY: dimo.telemetry.look,
        Service.DEVICES: dimo.devices.look,
        Service.ORACLE: dimo.oracle.look,
        Service.TRIGGERS: dimo.triggers.look,
    }


@dataclass(frozen=True, slots=True)
class Choice:
    """The service for commands, None if neither answers; a service that the settings name may not answer."""

    route: str | None
    answers: bool
    is_switched_off: bool
    """Whether devices-api is gone while DIMO itself answers."""

    def needs(self, service: Service) -> bool:
        """Return whether commands need this service."""
        return not self.answers or (self.route is not None and ROUTES[self.route] is service)


async def choose(settings: Settings, looks: Looks, *, dimo: Dimo, clock: Clock, opened: Awaitable[Opened]) -> Choice:
    """Decide where commands go, as a start does, and keep it in the database."""
    setting = settings.dimo_command_api
    answers = {route: await _is_there(looks[service]) for route, service in ROUTES.items()}
    is_off = not answers["devices"] and await _is_there(looks[Service.AUTH])
    if setting != AUTO:
        return Choice(setting, answers[setting], is_off)
    if not any(answers.values()):
        return Choice(None, answers=False, is_switched_off=is_off)
    if database := await usable(opened):
        with suppress(DatabaseFault):
            route = await CommandRoute(db=database, dimo=dimo, clock=clock, setting=setting).settle()
            return Choice(route, answers.get(route or "", False), is_off)
    return Choice(next(route for route, is_there in answers.items() if is_there), answers=True, is_switched_off=is_off)


async def _is_there(look: Awaitable[None]) -> bool:
    try:
        await look
    except DimoError as error:
        return isinstance(error, ServiceTrouble) and not error.unreachable
    return True


async def commands(settings: Settings, choice: Awaitable[Choice]) -> Finding:
    """Say where commands go."""
    chosen, setting = await choice, settings.dimo_command_api
    if chosen.route is None:
        return fail(
            _COMMANDS,
            f"neither devices-api nor tesla-oracle answers: no command can be sent.{_known(chosen)}",
            "Wait for DIMO, or set DIMO_DEVICES_URL or DIMO_ORACLE_URL to where it has moved.",
        )
    name = _name(chosen.route)
    if not chosen.answers:
        found = f"commands go to {name}, which does not answer.{_known(chosen)}"
        return fail(_COMMANDS, found, f"Set it to {AUTO}.")
    reason = "the first that answers" if setting == AUTO else "as it is set"
    return ok(_COMMANDS, f"commands go to {name}, {reason}.")


def _known(chosen: Choice) -> str:
    return f" {KNOWN_FAULTS[Reason.DIMO_TAKES_NO_COMMANDS]}" if chosen.is_switched_off else ""


def _name(route: str) -> str:
    return {"devices": "devices-api", "oracle": "tesla-oracle"}[route]


async def service(settings: Settings, service: Service, look: Awaitable[None], choice: Awaitable[Choice]) -> Finding:
    """Say whether a service answers; the one that commands do not use may be off."""
    variable, url = f"DIMO_{service.name}_URL", settings.urls.of(service)
    try:
        await look
    except DimoError as error:
        found = f"DIMO's {service} service at {url} {how(error)}. Without it {_WITHOUT[service]}."
        chosen = await choice if service in ROUTES.values() else None
        if chosen is not None and service is Service.DEVICES:
            found += _known(chosen)
        if chosen is not None and not chosen.needs(service):
            other = _name(chosen.route or "")
            return warn(variable, found, f"Nothing to mend while {other} takes the commands.")
        if service is Service.TRIGGERS:
            return warn(variable, found, "Nothing to mend: notes come all the same.")
        return fail(variable, found, _remedy(settings, variable))
    return ok(variable, f"DIMO's {service} service answers at {url}.")


async def login(settings: Settings, send: Send) -> Finding:
    """Say whether the sign-in page answers."""
    url = settings.urls.login.rstrip("/")
    try:
        request = httpx.Request("GET", f"{url}/", extensions={"timeout": _LOGIN_TIMEOUT})
        status = (await send(request)).status_code
    except httpx.DecodingError:
        status = 200  # a page of any length is a page
    except httpx.HTTPError:
        status = None
    if status is not None and 200 <= status < 400:
        return ok(_LOGIN, f"DIMO's sign-in page answers at {url}.")
    said = "is not reachable" if status is None else f"answers with an error ({status})"
    found = f"DIMO's sign-in page at {url} {said}. Without it nobody can link by signing in."
    return fail(_LOGIN, found, _remedy(settings, _LOGIN))


def _remedy(settings: Settings, variable: str) -> str:
    if getattr(settings, variable.lower()) is None:
        return "Check the network; if other services answer, it is DIMO's trouble: try again later."
    return f"Check the address, or remove {variable} for DIMO's own."


async def proxy(named: Proxy) -> Finding:
    """Say whether anybody listens at a proxy's address."""
    port = named.address.port or {"http": 80, "https": 443}.get(named.address.scheme, 1080)
    try:
        async with asyncio.timeout(_PROXY_SECONDS):
            _, writer = await asyncio.open_connection(named.address.host, port)
    except (OSError, TimeoutError):
        return fail(named.variable, "nobody answers at this proxy.", "Start the proxy, or remove the variable.")
    writer.close()
    return ok(named.variable, "requests go through this proxy, which is there.")
