"""Work that outlives the update which began it: started, watched over, and ended together."""

import asyncio
import logging
from collections.abc import Callable, Coroutine

from bot.service.ports import Clock

_log = logging.getLogger(__name__)

_BEGIN_AGAIN_AFTER = 5.0


class Background:
    """Owns the tasks of one process, so that none is lost, silent or left over."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()
        self._is_closed = False

    def start(self, work: Coroutine[object, object, object], *, name: str) -> None:
        """Run a coroutine as a task; what it raises is logged. After `close` it is not begun."""
        if self._is_closed:
            work.close()
            return
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("%s failed", task.get_name(), exc_info=error)

    def keep(self, work: Callable[[], Coroutine[object, object, object]], *, clock: Clock, name: str) -> None:
        """Run work that should go on for ever, and begin it again after an error."""
        self.start(self._keep(work, clock, name), name=name)

    async def _keep(self, work: Callable[[], Coroutine[object, object, object]], clock: Clock, name: str) -> None:
        while True:
            try:
                await work()
            except Exception:  # noqa: BLE001 - whatever broke, tomorrow's work must not depend on it
                _log.exception("%s failed; it begins again", name)
            await clock.sleep(_BEGIN_AGAIN_AFTER)

    async def close(self) -> None:
        """Cancel what still runs and wait for its end; the database knows what was left undone."""
        self._is_closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
