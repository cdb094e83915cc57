"""Background tasks that outlive the update that began them, and waiting with a limit."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any, TypeVar

from bot.service.ports import Clock
from storage import DatabaseFault

_log = logging.getLogger(__name__)
T = TypeVar("T")

_RESTART_SECONDS = 5.0
_IDLE_SECONDS = 3600.0
_OTHERS_SECONDS = 30.0
"""How long what another process has stored may go unnoticed: it can't ring the alarm of this one, and may be dead."""

_SOON_SECONDS = 10.0
"""The same where people wait. A death is known after 19 s at most, and the work must be done by another in 30 s."""

_A_LITTLE = 0.01


class Background:
    """Owns the background tasks of a process, so that none is lost, silent or left over."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()
        self._is_closed = False

    def start(self, work: Coroutine[object, object, object], *, name: str) -> None:
        """Run a coroutine as a task; what it raises is logged. After `close` it is not started."""
        if self._is_closed:
            work.close()
            return
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log_failure(_log, f"{task.get_name()} failed", error)

    def keep(self, work: Callable[[], Coroutine[object, object, object]], *, clock: Clock, name: str) -> None:
        """Run work that never ends, and start it again after an error."""
        self.start(self._keep(work, clock, name), name=name)

    async def _keep(self, work: Callable[[], Coroutine[object, object, object]], clock: Clock, name: str) -> None:
        while True:
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - whatever broke, the work must start again
                log_failure(_log, f"{name} failed; it starts again", error)
            await clock.sleep(_RESTART_SECONDS)

    async def close(self) -> None:
        """Cancel what still runs and wait for its end; the database knows what is unfinished."""
        self._is_closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def log_failure(log: logging.Logger, what: str, error: BaseException) -> None:
    """Log a failure with its trace; one of the database in a line, and nothing where the storage has logged an outage."""
    if not isinstance(error, DatabaseFault):
        log.error("%s", what, exc_info=error)
    elif not error.is_outage:
        log.error("%s: %s", what, error)


class Alarm:
    """Sleeps until a moment comes, or until it is rung. Clear it before you look up what is due."""

    def __init__(self, clock: Clock, *, name: str, people_wait: bool = False) -> None:
        """Make an alarm; its name is that of the sleeping task. If `people_wait`, it looks at others' work sooner."""
        self._clock = clock
        self._most_seconds = _SOON_SECONDS if people_wait else _OTHERS_SECONDS
        self._name = name
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake the sleeper: what is due may have changed."""
        self._rung.set()

    def clear(self) -> None:
        """Forget earlier rings."""
        self._rung.clear()

    async def until(self, due: datetime | None) -> None:
        """Sleep until the moment, but at most until others' work is looked at; returns at once if it has come."""
        if due is not None and due <= self._clock.now():
            return
        waits: list[asyncio.Task[Any]] = [
            asyncio.create_task(self._rung.wait()),
            asyncio.create_task(self._sleep(due), name=self._name),
            asyncio.create_task(self._clock.sleep(self._most_seconds), name="looking for the work of others"),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _sleep(self, due: datetime | None) -> None:
        """Sleep until the moment as it is when the task begins: the clock may have been set since it was made."""
        seconds = _IDLE_SECONDS if due is None else (due - self._clock.now()).total_seconds()
        if seconds > 0:
            await self._clock.sleep(seconds + _A_LITTLE)


async def within(clock: Clock, seconds: float, work: Awaitable[T], *, late: T | None = None) -> T | None:
    """Return the result of the work, or `late` if it takes longer: it is then cancelled. Raises what it raises."""
    result = asyncio.ensure_future(work)
    timer = asyncio.create_task(clock.sleep(seconds))
    try:
        await asyncio.wait({result, timer}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        timer.cancel()
        if not result.done():
            result.cancel()
            await asyncio.wait({result})
    return late if result.cancelled() else result.result()
