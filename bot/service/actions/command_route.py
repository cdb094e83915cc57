"""Where commands go: devices-api or the oracle, found out at run time and remembered."""

import asyncio
import logging
from collections.abc import Mapping

from bot.dimo.client import Dimo
from bot.dimo.commands import CommandApi
from bot.dimo.errors import BadAnswer, DimoError, SignInExpired
from bot.service.ports import Clock
from bot.service.single_flight import SingleFlight
from storage import Database
from storage.repositories import key_values

_log = logging.getLogger(__name__)

AUTO = "auto"
_FACT = "command_api"
_FIRST = "devices"


class CommandRoute:
    """Chooses the service that takes commands; a choice holds for a whole action."""

    def __init__(self, *, db: Database, dimo: Dimo, clock: Clock, setting: str) -> None:
        self._db = db
        self._dimo = dimo
        self._clock = clock
        self._apis: Mapping[str, CommandApi] = {"devices": dimo.devices, "oracle": dimo.oracle}
        self._is_fixed = setting != AUTO
        self._name: str | None = setting if self._is_fixed else None
        self._settling: SingleFlight[str] = SingleFlight()

    async def name(self) -> str:
        """Return the chosen service's name, from memory, else from the last run, else by asking DIMO."""
        if self._name is None:
            kept = await self._db.read(lambda tx: key_values.get(tx, _FACT))
            if kept is None or kept not in self._apis:
                return await self.settle()
            self._name = kept
        return self._name

    @property
    def at_hand(self) -> CommandApi | None:
        """The service that takes commands, if it is known without asking anybody."""
        return None if self._name is None else self._apis[self._name]

    async def api(self) -> CommandApi:
        """Return the service that takes commands."""
        return self._apis[await self.name()]

    async def preconnect(self) -> None:
        """Open the connection that the next command will use."""
        await self._dimo.preconnect((await self.api()).service)

    async def settle(self) -> str:
        """Find out which service answers: devices-api if it is there, else the oracle."""
        if self._is_fixed and self._name is not None:
            return self._name
        return await self._settling.fly(_FACT, self._ask_around)

    async def reconsider(self, error: DimoError) -> None:
        """Settle again when the chosen service has gone."""
        if _is_gone(error) and not self._is_fixed:
            await self.settle()

    async def _ask_around(self) -> str:
        is_there = await asyncio.gather(*(api.is_there() for api in self._apis.values()))
        name = next((name for name, there in zip(self._apis, is_there, strict=True) if there), None)
        if name is None:
            return self._name or _FIRST  # nobody answers: our own network may be down, so nothing is concluded
        if name != self._name:
            _log.info("Commands go to DIMO's %s service", name)
        self._name = name
        await self._db.run(lambda tx: key_values.put(tx, _FACT, name, now=self._clock.now()))
        return name


def _is_gone(error: DimoError) -> bool:
    """Tell a service that is not there, or takes no token of DIMO's own, from one that says no."""
    return error.unreachable or isinstance(error, BadAnswer | SignInExpired)
