"""Where commands go: devices-api or tesla-oracle, found out by asking both without a token."""

import asyncio
import logging
from dataclasses import dataclass, field
from functools import partial

from bot.dimo.client import Dimo
from bot.dimo.commands import CommandApi
from bot.dimo.environments import Service
from bot.dimo.errors import BadAnswer, DimoError, NotRecognized, SignInExpired
from bot.domain.refusals import Reason
from bot.service.ports import Clock
from bot.service.single_flight import SingleFlight
from storage import Database
from storage.repositories import key_values

_log = logging.getLogger(__name__)

AUTO = "auto"
"""The setting with which the bot itself finds out which service takes commands."""

_CHOSEN, _WORKED = "command_api", "command_api_that_worked"


@dataclass(kw_only=True, slots=True)
class CommandRoute:
    """Chooses the service that takes commands, and remembers the choice and the one that took a command last."""

    db: Database
    dimo: Dimo
    clock: Clock
    setting: str
    fault: Reason | None = field(default=None, init=False)
    """The known fault of DIMO's that keeps it from taking commands, as far as it was met."""
    _name: str | None = field(default=None, init=False)
    _worked: str | None = field(default=None, init=False)
    _settling: SingleFlight[str | None] = field(default_factory=SingleFlight, init=False)

    def __post_init__(self) -> None:
        """Take the operator's choice, if there is one."""
        self._name = None if self.setting == AUTO else self.setting

    @property
    def is_known(self) -> bool:
        """Whether the service is known without asking anybody."""
        return self._name is not None

    async def api(self) -> CommandApi:
        """Return the service that takes commands: known here, or found out by asking DIMO, or else from the last run.

        Raises NotRecognized if neither answers as DIMO does.
        """
        if self._name is None:
            # The look that the start began may be under way: the choice of an earlier run counts only without an answer.
            stored = await self.db.read(lambda tx: key_values.get(tx, _CHOSEN))
            self._name = await self.settle() or (stored if stored in self._apis else None)
        if self._name is None:
            raise NotRecognized(service=Service.DEVICES, operation="command", unreachable=True)
        return self._apis[self._name]

    @property
    def _apis(self) -> dict[str, CommandApi]:
        return {"devices": self.dimo.devices, "oracle": self.dimo.oracle}

    async def preconnect(self) -> None:
        """Open the connection that the next command will use."""
        await self.dimo.preconnect((await self.api()).service)

    async def settle(self, *, instead_of: str | None = None) -> str | None:
        """Find out which service takes commands: the one that worked last, or devices-api, or the oracle.

        Another one is preferred to `instead_of`. The operator's choice stays, and the last one if there is no answer:
        our own network may be down.
        """
        return await self._settling.fly((_CHOSEN, instead_of), partial(self._find_out, instead_of))

    async def learn(self, error: DimoError) -> Reason | None:
        """Choose again if the service is gone or rejects DIMO's own tokens; return DIMO's known fault, if it is one."""
        if error.service not in {api.service for api in self._apis.values()}:
            return None
        if isinstance(error, SignInExpired):  # with a token that DIMO has just made
            if self.setting == AUTO:
                await self.settle(instead_of=self._name)
            if error.service == Service.ORACLE:
                self.fault = Reason.DIMO_REJECTS_ITS_TOKENS
                return self.fault
        elif error.unreachable or isinstance(error, BadAnswer):
            await self.settle()
            if error.unreachable and self.fault is Reason.DIMO_TAKES_NO_COMMANDS:
                return self.fault
        return None

    async def worked(self) -> None:
        """Remember that DIMO has taken a command."""
        if self._worked != self._name and self._name is not None:
            self._worked = name = self._name
            await self.db.run(lambda tx: key_values.put(tx, _WORKED, name, now=self.clock.now()))

    async def _find_out(self, instead_of: str | None) -> str | None:
        names = [self.setting] if self.setting != AUTO else list(self._apis)
        looks = asyncio.gather(*(self._apis[name].is_there() for name in names))
        worked, are_there = await asyncio.gather(self._last_that_worked(), looks)
        found = [name for name, is_there in zip(names, are_there, strict=True) if is_there]
        name = min(found, key=lambda one: (one == instead_of, one != worked), default=None)
        if name is None:
            if "devices" in names and await self._dimo_answers():
                self.fault = Reason.DIMO_TAKES_NO_COMMANDS
            return self._name
        if name != self._name or self.fault is Reason.DIMO_TAKES_NO_COMMANDS:
            self.fault = None
        if name != self._name:
            _log.info("Commands go to DIMO's %s service", name)
        self._name = name
        if self.setting == AUTO:
            await self.db.run(lambda tx: key_values.put(tx, _CHOSEN, name, now=self.clock.now()))
        return name

    async def _last_that_worked(self) -> str | None:
        self._worked = self._worked or await self.db.read(lambda tx: key_values.get(tx, _WORKED))
        return self._worked

    async def _dimo_answers(self) -> bool:
        """Return whether DIMO's sign-in service answers, so that not all of DIMO, or our own network, is down."""
        try:
            await self.dimo.auth.look()
        except DimoError:
            return False
        return True
