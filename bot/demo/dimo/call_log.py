"""The calls of the simulated DIMO with their answers, and the faults that tests set."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from bot.demo.dimo.faults import Fault, Faults, html
from bot.demo.watchers import Watchers


class Call(NamedTuple):
    """One request and the status of its answer; None where no answer was sent."""

    service: str
    operation: str
    status: int | None


class CallLog:
    """Calls and faults of all services.

    `violations` lists what a real service may tolerate and a good client avoids. `rate_limit` is the number of
    requests that each service takes within one second of simulated time; None means any number.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.arrived: Counter[tuple[str, str]] = Counter()
        self.faults = Faults()
        self.rate_limit: int | None = None
        self._watchers = Watchers()

    def calls_of(self, service: str, operation: str) -> list[Call]:
        """Return the answered calls of one operation, oldest first."""
        return [call for call in self.calls if call[:2] == (service, operation)]

    def fail(self, service: str, operation: str, fault: Fault, *, times: int | None = 1) -> None:
        """Fail the next `times` calls, or all from now on if `times` is None; the operation "*" means any."""
        self.faults.add(service, operation, fault, times=times)

    def heal(self, service: str) -> None:
        """Remove every remaining fault of a service."""
        self.faults.clear(service)

    def switch_off(self, service: str, fault: Fault | None = None) -> None:
        """Fail every call of a service: with a 404 page for people, unless another fault is given."""
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
        """Wait until this many calls have arrived, answered or not; raises NotSeen after `within` real seconds."""
        await self._wait(lambda: self.arrived[service, operation] >= count, within)

    async def wait_calls(self, service: str, operation: str, count: int = 1, *, within: float = 10.0) -> None:
        """Wait until this many calls have been answered; raises NotSeen after `within` real seconds."""
        await self._wait(lambda: len(self.calls_of(service, operation)) >= count, within)

    def note_arrival(self, service: str, operation: str) -> None:
        """Count a call that arrived."""
        self.arrived[service, operation] += 1
        self._watchers.changed()

    def note_call(self, service: str, operation: str, status: int | None) -> None:
        """Remember a call and the status of its answer."""
        self.calls.append(Call(service, operation, status))
        self._watchers.changed()

    def _set_gone(self, service: str, *, gone: bool) -> None:
        if gone:
            self.switch_off(service)
        else:
            self.heal(service)

    async def _wait(self, holds: Callable[[], bool], within: float) -> None:
        await self._watchers.until(
            holds, within=within, instead=lambda: f"Arrived: {self.arrived}. Calls: {self.calls}"
        )
