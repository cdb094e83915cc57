"""After a crash, of this process or another: what was unfinished is shown as it is, and nothing is ever sent again."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TypeVar

from bot.domain.ids import ActionId
from bot.domain.outcomes import State
from bot.domain.refusals import Reason
from bot.service.actions.execution import ActionExecution
from bot.service.actions.messages import ActionMessages
from bot.service.actions.noting import ActionNotes
from bot.service.actions.watching import ReportWatcher
from bot.service.background import Background
from bot.service.ports import Clock
from storage import ActionRow, Database, Presence, Tx
from storage.repositories import journal

_log = logging.getLogger(__name__)
T = TypeVar("T")

_EVERY_SECONDS = 10.0
_UNSHOWN_FOR = timedelta(hours=24)
_ORPHAN_AFTER = timedelta(seconds=5)
"""How long ago an action of this process must have changed before it counts as left behind by a fault."""


@dataclass(kw_only=True, slots=True)
class Recovery:
    """Adopts the actions that no process executes any more; each has one adopter."""

    db: Database
    clock: Clock
    presence: Presence
    execution: ActionExecution
    messages: ActionMessages
    notes: ActionNotes
    watcher: ReportWatcher
    background: Background
    _showing: set[ActionId] = field(default_factory=set, init=False)

    async def keep_recovering(self) -> None:
        """Look for orphans at once, and then again and again: another process may die while this one lives."""
        while True:
            await self.recover()
            await self.clock.sleep(_EVERY_SECONDS)

    async def recover(self) -> None:
        """Settle every orphan, which frees its car; then show them, side by side."""
        now = self.clock.now()
        for row in await self.db.read(lambda tx: journal.open_ends(tx, now=now, since=now - _UNSHOWN_FOR)):
            if await self._is_orphan(row):
                adopted = await self.db.run(partial(self._adopt, row=row))
                if adopted is not None:
                    if adopted.state != row.state:
                        self.notes.left_behind(adopted)
                    if row.instance != self.presence.number:  # what this process could not show yet is no news
                        _log.info("An action was left behind: it is shown as %s", adopted.state)
                    self._showing.add(ActionId(adopted.id))
                    self.background.start(self._show(adopted), name="showing an orphan")

    async def _is_orphan(self, row: ActionRow) -> bool:
        action, is_shown = ActionId(row.id), row.shown_version == row.version
        is_ours = self.execution.is_running(action) or self.messages.is_showing(action) or action in self._showing
        # What this process began may still have the number of before it was declared dead.
        if row.instance is None or is_ours or (is_shown and self.watcher.is_watching(action)):
            return False
        if row.instance != self.presence.number:
            return not await _in_thread(partial(self.presence.is_alive, row.instance))
        return self.clock.now() - (row.settled_at or row.requested_at) > _ORPHAN_AFTER

    def _adopt(self, tx: Tx, *, row: ActionRow) -> ActionRow | None:
        """Adopt an orphan and settle it; None if its state has changed, or another process was first."""
        was = -1 if row.instance is None else row.instance
        if not journal.adopt(tx, row.id, was=was, state=row.state, instance=self.presence.number):
            return None
        now = self.clock.now()
        if row.state == State.SENDING:
            return journal.settle(tx, row.id, expected=(row.state,), state=State.UNKNOWN, now=now)
        if row.state == State.QUEUED:
            reason = Reason.RESTARTED_BEFORE_SENDING.value
            return journal.settle(tx, row.id, expected=(row.state,), state=State.REFUSED, now=now, reason=reason)
        return journal.get(tx, row.id)

    async def _show(self, row: ActionRow) -> None:
        try:
            if row.shown_version != row.version:
                row = await self.messages.show(row)
            is_to_watch = self.watcher.is_watched(row) or (row.state == State.ACCEPTED and row.watch_until is not None)
            if is_to_watch and not self.watcher.is_watching(ActionId(row.id)):
                self.watcher.watch(row)
        finally:
            self._showing.discard(ActionId(row.id))


async def _in_thread(work: Callable[[], T]) -> T:
    """Do blocking work in a thread; if cancelled, wait for its end, as the database is closed after that."""
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait({working})
        raise
