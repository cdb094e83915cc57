"""After a crash, ours or another process's: what was under way is told as it is, and nothing is ever sent again."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar

from bot.domain.outcomes import State
from bot.domain.refusals import Reason
from bot.service.actions.messages import ActionMessages
from bot.service.actions.watching import ReportWatcher
from bot.service.background import Background
from bot.service.ports import Clock
from storage import ActionRow, Database, Presence, Tx
from storage.repositories import journal

_log = logging.getLogger(__name__)
T = TypeVar("T")

_EVERY_SECONDS = 15.0
_UNSHOWN_FOR = timedelta(hours=24)
_OURS_AFTER = timedelta(seconds=5)
"""How old an action of this very process must be before it counts as left behind by a fault."""


class Recovery:
    """Takes over the actions that nobody carries any more, one taker for each."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        presence: Presence,
        showing: ActionMessages,
        watcher: ReportWatcher,
        background: Background,
        is_running: Callable[[str], bool],
    ) -> None:
        self._db = db
        self._clock = clock
        self._presence = presence
        self._showing = showing
        self._watcher = watcher
        self._background = background
        self._is_running = is_running
        self._telling: set[str] = set()

    async def keep_recovering(self) -> None:
        """Look for orphans at once, and then every so often: another process may die while this one lives."""
        while True:
            await _to_the_end(self._presence.renew)
            await self.recover()
            await self._clock.sleep(_EVERY_SECONDS)

    async def recover(self) -> None:
        """Settle every orphan there is, which frees its car; then show them, side by side."""
        now = self._clock.now()
        rows = await self._db.read(lambda tx: journal.open_ends(tx, now=now, since=now - _UNSHOWN_FOR))
        for row in rows:
            if await self._is_orphan(row):
                adopted = await self._db.run(partial(self._adopt, row=row))
                if adopted is not None:
                    self._telling.add(adopted.id)
                    self._background.start(self._tell(adopted), name="telling what was left")

    async def _is_orphan(self, row: ActionRow) -> bool:
        if row.instance is None:
            return False
        if row.instance != self._presence.number:
            return not await _to_the_end(partial(self._presence.is_alive, row.instance))
        is_carried = self._is_running(row.id) or self._watcher.is_watching(row.id) or row.id in self._telling
        return not is_carried and self._clock.now() - row.requested_at > _OURS_AFTER

    def _adopt(self, tx: Tx, *, row: ActionRow) -> ActionRow | None:
        """Make an orphan ours and settle it; None where it has moved on, or somebody else was first."""
        was = -1 if row.instance is None else row.instance
        if not journal.adopt(tx, row.id, was=was, state=row.state, instance=self._presence.number):
            return None
        now = self._clock.now()
        if row.state == State.SENDING.value:
            unknown = State.UNKNOWN.value
            return journal.settle(tx, row.id, expected=(row.state,), state=unknown, now=now)
        if row.state == State.QUEUED.value:
            refused, reason = State.REFUSED.value, Reason.RESTARTED_BEFORE_SENDING.value
            return journal.settle(tx, row.id, expected=(row.state,), state=refused, now=now, reason=reason)
        return journal.get(tx, row.id)

    async def _tell(self, row: ActionRow) -> None:
        try:
            if row.shown_state != row.state:
                _log.info("An action was left behind: it is shown as %s", row.state)
                row = await self._showing.show(row)
            if row.watch_until is not None and row.watch_until > self._clock.now():
                self._watcher.watch(row)
        finally:
            self._telling.discard(row.id)


async def _to_the_end(work: Callable[[], T]) -> T:
    """Do blocking work in a thread; whoever is cancelled waits for its end, as the database closes after that."""
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait({working})
        raise
