"""Commands to a car, in the one form that both of DIMO's command APIs share."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.dimo.environments import Service
from bot.dimo.http import Leaving
from bot.dimo.tokens import VehicleJwt


class Command(StrEnum):
    """What a car can be told; the value is DIMO's path, in both APIs."""

    LOCK = "doors/lock"
    UNLOCK = "doors/unlock"
    OPEN_FRUNK = "frunk/open"
    OPEN_TRUNK = "trunk/open"
    START_CHARGING = "charge/start"
    STOP_CHARGING = "charge/stop"


@dataclass(frozen=True, slots=True)
class CommandReceipt:
    """DIMO queued a command: the car has not acted yet."""

    request_id: str


class CommandApi(Protocol):
    """One of the two services that take commands."""

    @property
    def service(self) -> Service:
        """Which service it is."""

    async def send(
        self, command: Command, *, token_id: int, jwt: VehicleJwt, leaving: Leaving | None = None
    ) -> CommandReceipt:
        """Queue a command with at most one request. Accepted means queued: the car has not acted yet."""

    async def is_there(self) -> bool:
        """Tell whether the service answers at all, without a token and without moving anything."""
