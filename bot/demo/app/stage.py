"""Puts everything of the demo on its stage: the worlds, the real bot, the page; and clears up after it."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from socket import socket

from bot.demo.app import saved_state
from bot.demo.app.bot_process import BotProcess
from bot.demo.app.faults import Troubles
from bot.demo.app.household import Household, Papers, move_in
from bot.demo.app.page_state import Picture
from bot.demo.app.people_actions import Deeds
from bot.demo.app.web import page_app
from bot.demo.clock import ShiftedClock
from bot.demo.server import serve, url_of
from bot.demo.sockets import preferred_socket
from bot.demo.watchers import Feed

_FOR_EVER = 1e9
_SAVE_SECONDS = 1.0


@asynccontextmanager
async def staged(
    bound: socket, process: "subprocess.Popen[bytes]", folder: Path, *, keeps: bool
) -> AsyncIterator[tuple[str, Household]]:
    """Run the demo for the length of the block; yields the page's address, and who lives there. Raises CannotKeep.

    `process` is a bot that waits for its settings. The database is in `folder`, and all else with it if `keeps`.
    """
    kept = saved_state.read(folder) if keeps else None
    ports = kept.get("ports", {}) if kept else {}
    dimo_port, telegram_port = (preferred_socket(ports.get(name)) for name in ("dimo", "telegram"))
    household = _household(kept, url_of(dimo_port))
    settings = household.settings(telegram_url=url_of(telegram_port), database_url=f"sqlite:///{folder / 'demo.db'}")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serve(household.dimo.app, dimo_port))
        stack.callback(household.dimo.close)
        await stack.enter_async_context(serve(household.telegram.app, telegram_port))
        bot = BotProcess(settings, household.clock)
        troubles = Troubles(household)
        feed = Feed(Picture(household, bot, troubles).parts)
        bot.changed = feed.touch
        if keeps:
            used = {"dimo": dimo_port.getsockname()[1], "telegram": telegram_port.getsockname()[1]}
            await stack.enter_async_context(_kept_in(folder, household, feed, used))
        await stack.enter_async_context(_going_on(_watches(household, feed, troubles)))
        stack.push_async_callback(bot.stop)
        bot.start(process)
        deeds = Deeds(household, bot, troubles)
        page = page_app(feed, deeds.by_name(), deeds.file_in)
        yield await stack.enter_async_context(serve(page, bound)), household


def _household(kept: saved_state.Json, dimo_url: str) -> Household:
    if kept is None:
        return move_in(Papers(), ShiftedClock(), dimo_url)
    try:
        papers, key = saved_state.papers_in(kept)
        household = move_in(papers, ShiftedClock(kept["shift"]), dimo_url, key)
        saved_state.put_back(household, kept)
    except (LookupError, TypeError, ValueError) as error:
        raise saved_state.CannotKeep("What was kept can't be put back. Choose another folder with --data.") from error
    return household


def _watches(household: Household, feed: Feed, troubles: Troubles) -> list[Coroutine[object, object, object]]:
    """Whatever has to go on for as long as the demo does."""

    def happened() -> bool:
        feed.touch()
        return False  # nobody waits for an end of this

    cars = household.cars.values()
    return [
        feed.keep_looking(),
        household.telegram.until(happened, within=_FOR_EVER),
        *(car.wait_until(happened, within=_FOR_EVER) for car in cars),
        *(troubles.keep_contradicting(car) for car in cars),
    ]


@asynccontextmanager
async def _going_on(work: list[Coroutine[object, object, object]]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _kept_in(folder: Path, household: Household, feed: Feed, ports: dict[str, int]) -> AsyncIterator[None]:
    """Write everything down whenever it has changed, and at the end."""

    def save() -> None:
        saved_state.write(folder, saved_state.kept_of(household, ports))

    async def keep_saving() -> None:
        saved = 0
        while True:
            if feed.version != saved:
                saved = feed.version
                save()
            await asyncio.sleep(_SAVE_SECONDS)

    async with _going_on([keep_saving()]):
        try:
            yield
        finally:
            save()
