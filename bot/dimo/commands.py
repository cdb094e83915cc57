"""Commands to a car, in the form that both of DIMO's command APIs share."""

from abc import ABC, abstractmethod
from enum import StrEnum

from bot.dimo.environments import Service
from bot.dimo.errors import DimoError, ServiceTrouble
from bot.dimo.http import BeforeSending, Http
from bot.dimo.tokens import VehicleJwt


class Command(StrEnum):
    """The commands; the value is DIMO's path, in both APIs."""

    LOCK = "doors/lock"
    UNLOCK = "doors/unlock"
    OPEN_FRUNK = "frunk/open"
    OPEN_TRUNK = "trunk/open"
    START_CHARGING = "charge/start"
    STOP_CHARGING = "charge/stop"


class CommandApi(ABC):
    """One of the two services that take commands."""

    def __init__(self, http: Http) -> None:
        self._http = http

    @property
    def service(self) -> Service:
        """Which service it is."""
        return self._http.service

    @abstractmethod
    async def send(
        self, command: Command, *, token_id: int, jwt: VehicleJwt, before_sending: BeforeSending | None = None
    ) -> str:
        """Queue a command with at most one request, and return DIMO's id for it: the car has not acted yet."""

    @property
    def is_recognized(self) -> bool:
        """Whether the service last answered as DIMO does, so that tokens are sent to it."""
        return self._http.is_recognized

    async def look(self) -> None:
        """Prove that the service answers, without a token and without moving anything; raises a DimoError."""
        await self._http.recognize()

    async def is_there(self) -> bool:
        """Return whether the service answers, even if with a 5xx."""
        try:
            await self.look()
        except ServiceTrouble:
            return True
        except DimoError:
            return False
        return True
