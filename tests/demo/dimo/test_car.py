import asyncio
from collections.abc import Callable

import pytest

from bot.demo.dimo.car import NO_LOCK_SIGNALS, Car
from bot.demo.watchers import NotSeen
from tests.support.dimo_setting import DimoSetting

DONE: dict[str, Callable[[Car], bool]] = {
    "doors/lock": lambda car: car.state.locked,
    "doors/unlock": lambda car: not car.state.locked,
    "frunk/open": lambda car: car.state.frunk_open,
    "trunk/open": lambda car: car.state.trunk_open,
    "charge/start": lambda car: car.state.charging,
    "charge/stop": lambda car: not car.state.charging,
}


@pytest.mark.parametrize("command", DONE)
async def test_car_executes_its_command(setting: DimoSetting, command: str) -> None:
    setting.car.change(locked=command != "doors/lock", charging=command == "charge/stop")
    await setting.command(command)
    assert DONE[command](setting.car)


async def test_report_is_as_new_as_the_change(setting: DimoSetting) -> None:
    setting.clock.pass_time(minutes=5)
    await setting.command("doors/unlock")
    assert setting.car.signals["bodyLockIsLocked"] == (setting.clock(), 0.0)
    assert setting.car.last_seen == setting.clock()


async def test_same_value_is_not_reported_again(setting: DimoSetting) -> None:
    before = setting.clock()
    setting.clock.pass_time(minutes=5)
    await setting.command("doors/lock")
    assert setting.car.received == ["doors/lock"]
    assert setting.car.signals["bodyLockIsLocked"].timestamp == before
    assert setting.car.report("bodyLockIsLocked", 1.0) is False
    assert setting.car.last_seen == before


async def test_backdated_report_does_not_move_last_seen_back(setting: DimoSetting) -> None:
    earlier, noon = setting.clock.moment.replace(hour=9), setting.clock()
    assert setting.car.report("bodyLockIsLocked", 0.0, at=earlier) is True
    assert setting.car.signals["bodyLockIsLocked"].timestamp == earlier
    assert setting.car.last_seen == noon


async def test_silent_car_executes_commands_and_reports_nothing(setting: DimoSetting) -> None:
    setting.car.silent = True
    await setting.command("doors/unlock")
    assert not setting.car.state.locked
    assert setting.car.signals["bodyLockIsLocked"].value == 1.0


async def test_car_reports_only_its_own_signals(setting: DimoSetting) -> None:
    setting.car.reports = NO_LOCK_SIGNALS
    setting.car.forget_reports()
    setting.car.change(locked=False, open_doors=frozenset({"Row1DriverSide"}))
    assert setting.car.signals["cabinDoorRow1DriverSideIsOpen"].value == 1.0
    assert setting.car.signals.keys() <= NO_LOCK_SIGNALS


async def test_sleeping_car_executes_commands_when_it_wakes(setting: DimoSetting) -> None:
    setting.car.asleep = True
    assert (await setting.command("doors/unlock")).status_code == 200
    assert setting.car.received == ["doors/unlock"]
    assert setting.car.signals["bodyLockIsLocked"].value == 1.0
    setting.clock.pass_time(seconds=60)
    setting.car.asleep = False
    assert not setting.car.state.locked
    assert setting.car.signals["bodyLockIsLocked"] == (setting.clock(), 0.0)


async def test_slow_car_executes_commands_after_its_delay(setting: DimoSetting) -> None:
    setting.car.act_delay = may_act = asyncio.Event()
    await setting.command("frunk/open")
    assert not setting.car.state.frunk_open
    may_act.set()
    await setting.car.wait_until(lambda: setting.car.state.frunk_open)


async def test_delay_in_seconds_uses_the_simulated_clock(setting: DimoSetting) -> None:
    slept: list[float] = []
    done = asyncio.Event()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await done.wait()

    setting.car.sleep, setting.car.act_delay = sleep, 20.0
    await setting.command("doors/unlock")
    assert setting.car.state.locked
    done.set()
    await setting.car.wait_until(lambda: not setting.car.state.locked)
    assert slept == [20.0]


async def test_commands_may_overtake_each_other(setting: DimoSetting) -> None:
    setting.car.act_delay = late = asyncio.Event()
    await setting.command("doors/unlock")
    setting.car.act_delay = 0.0
    await setting.command("doors/lock")
    late.set()
    await setting.car.wait_until(lambda: not setting.car.state.locked)


async def test_closed_world_executes_nothing_more(setting: DimoSetting) -> None:
    setting.car.act_delay = asyncio.Event()
    await setting.command("doors/unlock")
    setting.world.close()
    setting.car.act_delay.set()
    await asyncio.sleep(0)
    assert setting.car.state.locked


async def test_powered_trunk_is_a_toggle(setting: DimoSetting) -> None:
    setting.car.powered_trunk = True
    await setting.command("trunk/open")
    assert setting.car.state.trunk_open
    await setting.command("trunk/open")
    assert not setting.car.state.trunk_open


async def test_waiting_for_commands_ends_when_they_have_arrived(setting: DimoSetting) -> None:
    waiting = asyncio.create_task(setting.car.wait_received(2))
    await setting.command("doors/lock")
    await setting.command("doors/unlock")
    await waiting
    with pytest.raises(NotSeen):
        await setting.car.wait_received(3, within=0)
