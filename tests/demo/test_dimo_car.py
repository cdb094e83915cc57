import asyncio
from collections.abc import Callable

import pytest

from bot.demo.dimo.car import NO_LOCK_SIGNALS, Car
from tests.support.dimo_town import Town

DONE: dict[str, Callable[[Car], bool]] = {
    "doors/lock": lambda car: car.state.locked,
    "doors/unlock": lambda car: not car.state.locked,
    "frunk/open": lambda car: car.state.frunk_open,
    "trunk/open": lambda car: car.state.trunk_open,
    "charge/start": lambda car: car.state.charging,
    "charge/stop": lambda car: not car.state.charging,
}


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.mark.parametrize("command", DONE)
async def test_car_does_what_it_was_told(town: Town, command: str) -> None:
    town.car.change(locked=command != "doors/lock", charging=command == "charge/stop")
    await town.command(command)
    assert DONE[command](town.car)


async def test_report_is_as_new_as_the_change(town: Town) -> None:
    town.clock.pass_time(minutes=5)
    await town.command("doors/unlock")
    assert town.car.signals["bodyLockIsLocked"] == (town.clock(), 0.0)
    assert town.car.last_seen == town.clock()


async def test_same_value_is_not_reported_again(town: Town) -> None:
    before = town.clock()
    town.clock.pass_time(minutes=5)
    await town.command("doors/lock")
    assert town.car.received == ["doors/lock"]
    assert town.car.signals["bodyLockIsLocked"].timestamp == before
    assert town.car.report("bodyLockIsLocked", 1.0) is False
    assert town.car.last_seen == before


async def test_report_may_be_backdated_without_turning_the_clock_back(town: Town) -> None:
    earlier, noon = town.clock.moment.replace(hour=9), town.clock()
    assert town.car.report("bodyLockIsLocked", 0.0, at=earlier) is True
    assert town.car.signals["bodyLockIsLocked"].timestamp == earlier
    assert town.car.last_seen == noon


async def test_silent_car_acts_and_reports_nothing(town: Town) -> None:
    town.car.silent = True
    await town.command("doors/unlock")
    assert not town.car.state.locked
    assert town.car.signals["bodyLockIsLocked"].value == 1.0


async def test_car_reports_only_its_own_signals(town: Town) -> None:
    town.car.reports = NO_LOCK_SIGNALS
    town.car.forget_reports()
    town.car.change(locked=False, open_doors=frozenset({"Row1DriverSide"}))
    assert town.car.signals["cabinDoorRow1DriverSideIsOpen"].value == 1.0
    assert town.car.signals.keys() <= NO_LOCK_SIGNALS


async def test_sleeping_car_acts_when_it_wakes(town: Town) -> None:
    town.car.asleep = True
    assert (await town.command("doors/unlock")).status_code == 200
    assert town.car.received == ["doors/unlock"]
    assert town.car.signals["bodyLockIsLocked"].value == 1.0
    town.clock.pass_time(seconds=60)
    town.car.asleep = False
    assert not town.car.state.locked
    assert town.car.signals["bodyLockIsLocked"] == (town.clock(), 0.0)


async def test_slow_car_acts_after_its_delay(town: Town) -> None:
    town.car.act_delay = may_act = asyncio.Event()
    await town.command("frunk/open")
    assert not town.car.state.frunk_open
    may_act.set()
    await town.car.wait_until(lambda: town.car.state.frunk_open)


async def test_delay_in_seconds_is_slept_by_the_worlds_sleep(town: Town) -> None:
    slept: list[float] = []
    done = asyncio.Event()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await done.wait()

    town.car.sleep, town.car.act_delay = sleep, 20.0
    await town.command("doors/unlock")
    assert town.car.state.locked
    done.set()
    await town.car.wait_until(lambda: not town.car.state.locked)
    assert slept == [20.0]


async def test_commands_may_overtake_each_other(town: Town) -> None:
    town.car.act_delay = late = asyncio.Event()
    await town.command("doors/unlock")
    town.car.act_delay = 0.0
    await town.command("doors/lock")
    late.set()
    await town.car.wait_until(lambda: not town.car.state.locked)


async def test_stopped_world_acts_no_more(town: Town) -> None:
    town.car.act_delay = asyncio.Event()
    await town.command("doors/unlock")
    town.world.close()
    town.car.act_delay.set()
    await asyncio.sleep(0)
    assert town.car.state.locked


async def test_powered_trunk_is_a_toggle(town: Town) -> None:
    town.car.powered_trunk = True
    await town.command("trunk/open")
    assert town.car.state.trunk_open
    await town.command("trunk/open")
    assert not town.car.state.trunk_open


async def test_waiting_for_commands_ends_when_they_came(town: Town) -> None:
    waiting = asyncio.create_task(town.car.wait_received(2))
    await town.command("doors/lock")
    await town.command("doors/unlock")
    await waiting
    with pytest.raises(TimeoutError):
        await town.car.wait_received(3, within=0)
