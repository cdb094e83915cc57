"""What came in, what was answered, and what is to fail: the part of the simulated DIMO that tests steer."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from bot.demo.dimo.faults import Fault, Faults, html


class Call(NamedTuple):
    """One request as it was answered; the status is None where no answer left."""

    service: str
    operation: str
    status: int | None


class CallLog:
    """Calls and faults of all services.

    `violations` holds what a real service may tolerate and a good client avoids. `rate_limit` is how many
    requests each service takes within a second of world time; None lifts it.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.arrived: Counter[tuple[str, str]] = Counter()
        self.faults = Faults()
        self.rate_limit: int | None = None
        self._changed = asyncio.Event()

    def calls_of(self, service: str, operation: str) -> list[Call]:
        """Return the answered calls of one operation, oldest first."""
        return [call for call in self.calls if call[:2] == (service, operation)]

    def fail(self, service: str, operation: str, fault: Fault, *, times: int | None = 1) -> None:
        """Fail the next `times` calls in this way, or all from here on (None); "*" is any operation."""
        self.faults.add(service, operation, fault, times=times)

    def heal(self, service: str) -> None:
        """Drop every fault of this service that was not used up."""
        self.faults.clear(service)

    def switch_off(self, service: str, fault: Fault | None = None) -> None:
        """Let every call of this service fail: a page for people with 404 unless another fault is given."""
        self.fail(service, "*", fault or html(404), times=None)

    @property
    def devices_gone(self) -> bool:
        """Whether devices-api is switched off."""
        return self.faults.is_standing("devices", "*")

    @devices_gone.setter
    def devices_gone(self, gone: bool) -> None:
        self._set_gone("devices", gone=gone)

    @property
    def oracle_gone(self) -> bool:
        """Whether tesla-oracle is switched off."""
        return self.faults.is_standing("oracle", "*")

    @oracle_gone.setter
    def oracle_gone(self, gone: bool) -> None:
        self._set_gone("oracle", gone=gone)

    async def wait_arrived(self, service: str, operation: str, count: int = 1, *, within: float = 10.0) -> None:
        """Return once this many calls came in, answered or not; TimeoutError after `within` real seconds."""
        await self._wait(lambda: self.arrived[service, operation] >= count, within)

    async def wait_calls(self, service: str, operation: str, count: int = 1, *, within: float = 10.0) -> None:
        """Return once this many calls were answered; TimeoutError after `within` real seconds."""
        await self._wait(lambda: len(self.calls_of(service, operation)) >= count, within)

    def note_arrival(self, service: str, operation: str) -> None:
        """Count a call that came in."""
        self.arrived[service, operation] += 1
        self._tell()

    def note_call(self, service: str, operation: str, status: int | None) -> None:
        """Remember a call as it was answered."""
        self.calls.append(Call(service, operation, status))
        self._tell()

    def _set_gone(self, service: str, *, gone: bool) -> None:
        if gone:
            self.switch_off(service)
        else:
            self.heal(service)

    async def _wait(self, holds: Callable[[], bool], within: float) -> None:
        async with asyncio.timeout(within):
            while not holds():
                await self._changed.wait()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
