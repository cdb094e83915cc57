"""After a crash: what was under way is told as it is, and nothing is ever sent again."""

import asyncio
import logging
from datetime import timedelta

from bot.domain.outcomes import State
from bot.domain.refusals import Reason
from bot.service.ports import Clock
from bot.service.showing import Showing
from bot.service.watching import Watcher
from storage import ActionRow, Database, Presence, Tx, journal

_log = logging.getLogger(__name__)

_EVERY_SECONDS = 15.0
_UNSHOWN_FOR = timedelta(hours=24)


class Recovery:
    """Takes over the actions of processes that have died, one taker for each."""

    def __init__(
        self, *, db: Database, clock: Clock, presence: Presence, showing: Showing, watcher: Watcher
    ) -> None:
        self._db = db
        self._clock = clock
        self._presence = presence
        self._showing = showing
        self._watcher = watcher

    async def keep_recovering(self) -> None:
        """Look for orphans at once, and then every so often: another process may die while this one lives."""
        while True:
            await self.recover()
            await self._clock.sleep(_EVERY_SECONDS)

    async def recover(self) -> None:
        """Take over every orphan there is."""
        now = self._clock.now()
        for row in await self._db.read(lambda tx: journal.open_ends(tx, now=now, since=now - _UNSHOWN_FOR)):
            if await self._is_orphan(row):
                await self._take_over(row)

    async def _is_orphan(self, row: ActionRow) -> bool:
        if row.instance is None or row.instance == self._presence.number:
            return False
        return not await asyncio.to_thread(self._presence.is_alive, row.instance)

    async def _take_over(self, row: ActionRow) -> None:
        adopted = await self._db.run(lambda tx: self._adopt(tx, row))
        if adopted is None:
            return
        _log.info("Took over an action that was left %s", row.state)
        if adopted.shown_state != adopted.state:
            adopted = await self._showing.show(adopted)
        if adopted.watch_until is not None and adopted.watch_until > self._clock.now():
            self._watcher.watch(adopted)

    def _adopt(self, tx: Tx, row: ActionRow) -> ActionRow | None:
        """Make an orphan ours and settle it; None for all but one of several takers."""
        if row.instance is None or not journal.adopt(
            tx, row.id, was=row.instance, instance=self._presence.number
        ):
            return None
        now = self._clock.now()
        if row.state == State.SENDING.value:
            unknown = State.UNKNOWN.value
            return journal.settle(tx, row.id, expected=(row.state,), state=unknown, now=now)
        if row.state == State.QUEUED.value:
            refused, reason = State.REFUSED.value, Reason.RESTARTED_BEFORE_SENDING.value
            return journal.settle(tx, row.id, expected=(row.state,), state=refused, now=now, reason=reason)
        return journal.get(tx, row.id)
