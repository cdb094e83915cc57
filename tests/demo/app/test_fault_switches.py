"""The fault switches of the demo, its clock, and the feed for pages."""

import asyncio

import httpx
import pytest

from bot.demo.app.fault_switches import FaultSwitches
from bot.demo.app.page_feed import PageFeed
from bot.demo.app.simulation import Simulation
from bot.demo.clock import ShiftedClock
from bot.serving import serve
from tests.support.demo_simulation import simulation as simulation
from tests.support.page_client import SECONDS


async def test_a_contradicting_car_reports_the_opposite_of_its_command(simulation: Simulation) -> None:
    switches, car = FaultSwitches(simulation), next(iter(simulation.cars.values()))
    car.act_delay = 0.0
    switches.contradict(car, True)
    watching = asyncio.create_task(switches.keep_contradicting(car))
    await asyncio.sleep(0)
    car.accept("doors/lock", request_id="1")
    await car.wait_until(lambda: not car.state.locked)
    assert car.signals["bodyLockIsLocked"].value == 0.0
    watching.cancel()


async def test_a_car_reports_what_changed_after_it_wakes_or_may_report_again(simulation: Simulation) -> None:
    switches, car = FaultSwitches(simulation), next(iter(simulation.cars.values()))
    for trouble in (switches.silence, switches.put_to_sleep):
        trouble(car, True)
        car.change(locked=not car.state.locked)
        assert car.signals["bodyLockIsLocked"].value != car.state.locked
        trouble(car, False)
        assert car.signals["bodyLockIsLocked"].value == car.state.locked


async def test_dimo_is_down_slow_or_well_as_switched(simulation: Simulation) -> None:
    switches = FaultSwitches(simulation)
    async with serve(simulation.dimo.app) as address, httpx.AsyncClient(base_url=address) as http:
        switches.slow_dimo(60)
        switches.take_dimo_down(True)
        assert (await http.get("/auth/keys")).status_code == 503
        switches.take_dimo_down(False)
        asking = asyncio.create_task(http.get("/auth/keys"))
        await simulation.dimo.wait_arrived("auth", "keys", 2)
        simulation.clock.skip(60)
        assert (await asking).status_code == 200
        switches.slow_dimo(0)
        assert (await http.get("/auth/keys")).status_code == 200


async def test_telegram_is_slow_until_it_is_switched_back(simulation: Simulation) -> None:
    switches, anna = FaultSwitches(simulation), simulation.people["owner"]
    anna.says("/start")
    message = {"chat_id": anna.id, "text": "hello"}
    path = f"/bot{simulation.credentials.bot_token}/sendMessage"
    async with serve(simulation.telegram.app) as address, httpx.AsyncClient(base_url=address) as http:
        switches.slow_telegram(0.05)
        switches.slow_telegram(60)
        sending = asyncio.create_task(http.post(path, json=message))
        await simulation.telegram.until(lambda: simulation.telegram.calls_of("sendMessage"))
        switches.slow_telegram(0)
        assert (await http.post(path, json=message)).status_code == 200
        assert not sending.done()
        sending.cancel()


async def test_a_skip_wakes_sleepers_whose_time_has_come() -> None:
    clock = ShiftedClock()
    before = clock.now()
    short, long = (asyncio.create_task(clock.sleep(seconds)) for seconds in (60, 7200))
    await asyncio.sleep(0)
    clock.skip(3600)
    await short
    assert not long.done()
    assert (clock.now() - before).total_seconds() >= 3600
    with pytest.raises(ValueError, match="does not go back"):
        clock.skip(-1)
    long.cancel()


async def test_a_sleep_that_was_computed_before_a_skip_is_shortened() -> None:
    clock = ShiftedClock(aftermath_seconds=0.02)
    clock.skip(3600)
    async with asyncio.timeout(SECONDS):
        await clock.sleep(3600)


async def test_the_feed_sends_everything_first_and_then_only_changes() -> None:
    state: dict[str, object] = {"a": 1, "b": 2}
    feed = PageFeed(lambda: dict(state))
    changes = feed.changes()
    first = await anext(changes)
    assert (first.parts, first.gone) == ({"a": 1, "b": 2}, ())
    state["a"] = 3
    feed.refresh()
    del state["b"]
    feed.refresh()
    feed.refresh()
    second = await anext(changes)
    assert (second.parts, second.gone) == ({"a": 3}, ("b",))
    assert (await anext(feed.changes())).parts == {"a": 3}
