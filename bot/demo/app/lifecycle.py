"""Starts and stops everything in the demo: the simulators, the real bot and the page."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from socket import socket

from bot.demo.app import saved_state
from bot.demo.app.bot_process import BotProcess
from bot.demo.app.drawn_cars import drawn_car
from bot.demo.app.fault_switches import FaultSwitches
from bot.demo.app.page_feed import PageFeed
from bot.demo.app.page_state import PageState
from bot.demo.app.people_actions import PeopleActions
from bot.demo.app.simulation import Credentials, Simulation, new_simulation
from bot.demo.app.web import page_app
from bot.demo.clock import ShiftedClock
from bot.demo.sockets import preferred_socket
from bot.serving import serve, url_of

_FOR_EVER = 1e9
_SAVE_SECONDS = 1.0


@asynccontextmanager
async def running_demo(
    bound: socket, process: "subprocess.Popen[bytes]", folder: Path, *, keeps: bool
) -> AsyncIterator[tuple[str, Simulation]]:
    """Run the demo during the block; yields the page's address and the simulation. Raises CannotUseFolder.

    `process` is a bot that waits for its settings. The database is in `folder`; with `keeps`, everything else is, too.
    """
    saved = saved_state.read(folder) if keeps else None
    ports = saved.get("ports", {}) if saved else {}
    dimo_port, telegram_port = (preferred_socket(ports.get(name)) for name in ("dimo", "telegram"))
    simulation = _restored(saved, url_of(dimo_port))
    settings = simulation.settings(telegram_url=url_of(telegram_port), database_url=f"sqlite:///{folder / 'demo.db'}")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serve(simulation.dimo.app, dimo_port))
        stack.callback(simulation.dimo.close)
        await stack.enter_async_context(serve(simulation.telegram.app, telegram_port))
        bot = BotProcess(settings, simulation.clock)
        switches = FaultSwitches(simulation)
        feed = PageFeed(PageState(simulation, bot, switches).parts)
        bot.changed = feed.touch
        if keeps:
            used = {"dimo": dimo_port.getsockname()[1], "telegram": telegram_port.getsockname()[1]}
            await stack.enter_async_context(_saved_in(folder, simulation, feed, used))
        await stack.enter_async_context(_running(_background_work(simulation, feed, switches)))
        stack.push_async_callback(bot.stop)
        bot.start(process)
        actions = PeopleActions(simulation, bot, switches)
        page = page_app(feed, actions.by_name(), actions.file_in, partial(drawn_car, simulation))
        yield await stack.enter_async_context(serve(page, bound)), simulation


def _restored(saved: saved_state.Json, dimo_url: str) -> Simulation:
    if saved is None:
        return new_simulation(Credentials(), ShiftedClock(), dimo_url)
    try:
        credentials, key = saved_state.credentials_in(saved)
        simulation = new_simulation(credentials, ShiftedClock(saved["shift"]), dimo_url, key)
        saved_state.restore(simulation, saved)
    except (LookupError, TypeError, ValueError) as error:
        raise saved_state.CannotUseFolder(
            "What was kept can't be put back. Choose another folder with --data."
        ) from error
    return simulation


def _background_work(
    simulation: Simulation, feed: PageFeed, switches: FaultSwitches
) -> list[Coroutine[object, object, object]]:
    """Return what has to run for as long as the demo."""

    def happened() -> bool:
        feed.touch()
        return False  # so that the watch never ends

    cars = simulation.cars.values()
    return [
        feed.keep_refreshing(),
        simulation.telegram.until(happened, within=_FOR_EVER),
        *(car.wait_until(happened, within=_FOR_EVER) for car in cars),
        *(switches.keep_contradicting(car) for car in cars),
    ]


@asynccontextmanager
async def _running(work: list[Coroutine[object, object, object]]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _saved_in(folder: Path, simulation: Simulation, feed: PageFeed, ports: dict[str, int]) -> AsyncIterator[None]:
    """Save everything after each change, and at the end of the block."""

    def save() -> None:
        saved_state.write(folder, saved_state.saved(simulation, ports))

    async def keep_saving() -> None:
        saved_version = 0
        while True:
            if feed.version != saved_version:
                saved_version = feed.version
                save()
            await asyncio.sleep(_SAVE_SECONDS)

    async with _running([keep_saving()]):
        try:
            yield
        finally:
            save()
