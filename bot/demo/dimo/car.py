"""A simulated car: how it reacts to commands, and what it reports."""

import asyncio
from bisect import insort
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from bot.demo.dimo import past
from bot.demo.dimo.faults import Fault, lose_answer
from bot.demo.watchers import Watchers

LOCK_SIGNALS = frozenset({"bodyLockIsLocked", "bodyTrunkFrontIsOpen", "bodyTrunkRearIsOpen"})

WHEELS = ("Row1WheelLeft", "Row1WheelRight", "Row2WheelLeft", "Row2WheelRight")

SEATS = ("Row1DriverSide", "Row1PassengerSide", "Row2DriverSide", "Row2PassengerSide")

NUMBER_SIGNALS = LOCK_SIGNALS | {
    *(f"cabinDoor{seat}IsOpen" for seat in SEATS),
    *(f"cabinDoor{seat}WindowIsOpen" for seat in SEATS),
    "powertrainTractionBatteryStateOfChargeCurrent",
    "powertrainTractionBatteryChargingIsCharging",
    "powertrainRange",
    "powertrainFuelSystemRelativeLevel",
    "powertrainTractionBatteryChargingIsChargingCableConnected",
    "powertrainTractionBatteryChargingChargeLimit",
    "powertrainTransmissionTravelledDistance",
    "speed",
    *(f"chassisAxle{wheel}TirePressure" for wheel in WHEELS),
    "obdStatusDTCCount",
}

TEXT_SIGNALS = frozenset({"obdDTCList"})

ALL_SIGNALS = NUMBER_SIGNALS | TEXT_SIGNALS

NO_LOCK_SIGNALS = ALL_SIGNALS - LOCK_SIGNALS
"""The signals of Teslas today: doors, windows, charging and battery, but neither lock nor trunk."""

Sleep = Callable[[float], Awaitable[object]]


class Report(NamedTuple):
    """One value that the car reported; 1.0 means true."""

    timestamp: datetime
    value: float | str


class Location(NamedTuple):
    """Where the car is, in degrees, and how exact its receiver is: 1 at best."""

    latitude: float
    longitude: float
    hdop: float


START = Location(52.516275, 13.377704, 1.2)
"""Where every car is at first: beside the Brandenburg Gate."""


@dataclass(slots=True)
class CodeQuery:
    """Error codes with their explanations, as DIMO remembers them."""

    codes: tuple[tuple[str, str], ...]
    requested_at: datetime
    cleared_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CarState:
    """The true state of the car, whether or not it was reported."""

    locked: bool = True
    frunk_open: bool = False
    trunk_open: bool = False
    charging: bool = False
    plugged_in: bool = False
    charge_limit: float = 80.0
    battery_percent: float = 72.0
    range_km: float = 310.0
    odometer_km: float = 18250.0
    speed_kmh: float = 0.0
    low_tyres: frozenset[str] = frozenset()
    fuel_percent: float | None = None
    open_doors: frozenset[str] = frozenset()
    open_windows: frozenset[str] = frozenset()
    trouble_codes: tuple[str, ...] = ()

    def signals(self) -> Mapping[str, float | str]:
        """Return every signal that a car in this state can report."""
        doors = {f"cabinDoor{seat}IsOpen": float(seat in self.open_doors) for seat in SEATS}
        windows = {f"cabinDoor{seat}WindowIsOpen": float(seat in self.open_windows) for seat in SEATS}
        fuel = {} if self.fuel_percent is None else {"powertrainFuelSystemRelativeLevel": self.fuel_percent}
        codes = ", ".join(f'"{code}"' for code in self.trouble_codes)
        return {
            "bodyLockIsLocked": float(self.locked),
            "bodyTrunkFrontIsOpen": float(self.frunk_open),
            "bodyTrunkRearIsOpen": float(self.trunk_open),
            "powertrainTractionBatteryChargingIsCharging": float(self.charging),
            "powertrainTractionBatteryChargingIsChargingCableConnected": float(self.plugged_in or self.charging),
            "powertrainTractionBatteryChargingChargeLimit": self.charge_limit,
            "powertrainTractionBatteryStateOfChargeCurrent": self.battery_percent,
            "speed": self.speed_kmh,
            **{f"chassisAxle{one}TirePressure": 180.0 if one in self.low_tyres else 240.0 for one in WHEELS},
            "powertrainRange": self.range_km,
            "powertrainTransmissionTravelledDistance": self.odometer_km,
            "obdStatusDTCCount": float(len(self.trouble_codes)),
            "obdDTCList": f"[{codes}]",
            **doors,
            **windows,
            **fuel,
        }


EFFECTS: Mapping[str, Mapping[str, bool]] = MappingProxyType(
    {
        "doors/lock": {"locked": True},
        "doors/unlock": {"locked": False},
        "frunk/open": {"frunk_open": True},
        "trunk/open": {"trunk_open": True},
        "charge/start": {"charging": True},
        "charge/stop": {"charging": False},
    }
)
"""Every command path, and what it changes in a car."""


@dataclass(kw_only=True, eq=False)
class Car:
    """A car with a vehicle NFT. It executes the commands that DIMO accepted, and reports what changes.

    `silent` cars report nothing. `cannot` holds the commands that a car is not capable of.
    """

    token_id: int
    owner_wallet: str
    name: str
    make: str
    model: str
    year: int | None
    connection: str | None
    reports: frozenset[str]
    device_id: str
    vin: str
    now: Callable[[], datetime]
    sleep: Sleep
    minted: bool = True

    reported: Callable[["Car", str, Report], None] = lambda *_: None
    """Called with each new report."""

    act_delay: float | asyncio.Event = 0.0
    silent: bool = False
    powered_trunk: bool = False
    subscription_active: bool = True
    cannot: set[str] = field(default_factory=set)

    state: CarState = field(default_factory=CarState)
    received: list[str] = field(default_factory=list)
    request_ids: list[str] = field(default_factory=list)
    signals: dict[str, Report] = field(default_factory=dict)
    last_seen: datetime | None = None
    is_at: Location = START
    location: tuple[datetime, Location] | None = None
    """Where the car has last said that it is, and when."""
    code_queries: list[CodeQuery] = field(default_factory=list)
    """The queries for error codes that DIMO remembers, newest first."""
    faults: deque[Fault] = field(default_factory=deque)
    under_way: int = 0
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self._asleep = False
        self._waiting: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._watchers = Watchers()
        known = {name: value for name, value in self.state.signals().items() if isinstance(value, float)}
        self.past = past.before(self.now(), {name: value for name, value in known.items() if name in self.reports})
        self._report(self.state.signals().items())
        self.drives_to(START)

    @property
    def asleep(self) -> bool:
        """Whether accepted commands wait until the car is awake; setting it to False wakes the car."""
        return self._asleep

    @asleep.setter
    def asleep(self, asleep: bool) -> None:
        self._asleep = asleep
        if not asleep:
            waiting, self._waiting = self._waiting, []
            for command in waiting:
                self._start(command)

    def accept(self, command: str, *, request_id: str) -> None:
        """Receive a command; the car executes it after `act_delay`, but not before it is awake."""
        self.received.append(command)
        self.request_ids.append(request_id)
        if self._asleep:
            self._waiting.append(command)
        else:
            self._start(command)
        self._watchers.changed()

    def change(self, **changes: Any) -> None:  # noqa: ANN401 - fields of CarState, each of its own type
        """Change the state by hand; the car reports this as after a command."""
        self.state = replace(self.state, **changes)
        if not (self.silent or self._asleep):
            self._report(self.state.signals().items())
        self._watchers.changed()

    def drives_to(self, place: Location) -> None:
        """Be in another place, and report it."""
        self.is_at = place
        if not (self.silent or self._asleep):
            self.location = (self.now(), place)
            self._watchers.changed()

    def report(self, signal: str, value: float | str, *, at: datetime | None = None) -> bool:
        """Report one value; return False if the last report had the same value, so that nothing was sent."""
        known = self.signals.get(signal)
        if known is not None and known.value == value:
            return False
        timestamp = at or self.now()
        self.signals[signal] = Report(timestamp, value)
        if isinstance(value, float):
            insort(self.past.setdefault(signal, []), (timestamp, value))
        self.last_seen = max(timestamp, self.last_seen or timestamp)
        self.reported(self, signal, self.signals[signal])
        self._watchers.changed()
        return True

    def forget_reports(self) -> None:
        """Become a car that has never reported anything."""
        self.signals.clear()
        self.past.clear()
        self.location = None
        self.last_seen = None

    def lose_next_answer(self) -> None:
        """Execute the next command, but lose its answer."""
        self.fail_next(lose_answer())

    def fail_next(self, fault: Fault) -> None:
        """Fail the next command for this car, whichever service it is sent to."""
        self.faults.append(fault)

    async def wait_received(self, count: int, *, within: float = 10.0) -> None:
        """Wait until the car has received this many commands; raises NotSeen after `within` real seconds."""
        await self.wait_until(lambda: len(self.received) >= count, within=within)

    async def wait_until(self, holds: Callable[[], bool], *, within: float = 10.0) -> None:
        """Wait until this holds; it is checked at each command, change and report."""
        await self._watchers.until(
            holds, within=within, instead=lambda: f"{self.name} received {self.received} and is {self.state}"
        )

    def stop(self) -> None:
        """Cancel the commands that were not yet executed."""
        self._waiting.clear()
        for task in self._tasks:
            task.cancel()

    def _start(self, command: str) -> None:
        if self.act_delay == 0:
            self._act(command)
            return
        task = asyncio.create_task(self._act_later(command, self.act_delay))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _act_later(self, command: str, delay: float | asyncio.Event) -> None:
        if isinstance(delay, asyncio.Event):
            await delay.wait()
        else:
            await self.sleep(delay)
        self._act(command)

    def _act(self, command: str) -> None:
        changes = EFFECTS[command]
        if command == "trunk/open" and self.powered_trunk:
            changes = {"trunk_open": not self.state.trunk_open}
        self.change(**changes)

    def _report(self, signals: Iterable[tuple[str, float | str]]) -> None:
        for signal, value in signals:
            if signal in self.reports:
                self.report(signal, value)
