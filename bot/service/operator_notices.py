"""Notices to the operator: once for each trouble, by any number of processes."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from bot.domain.ids import ChatId, PersonId
from bot.domain.operator_notices import FREE_BYTES, OVER_AFTER, WAITS, OperatorNotice, Trouble
from bot.service.ports import Announcer, Clock, Reach, Spot
from storage import Database, Tx
from storage.maintenance.backup import BACKED_UP
from storage.repositories import key_values

_EVERY_SECONDS = 60.0


@dataclass(kw_only=True, slots=True)
class OperatorNotices:
    """Looks once a minute at what is known already, and tells the operator of what has begun."""

    db: Database
    clock: Clock
    announcer: Announcer
    operator: Callable[[Tx], PersonId | None]
    signs: Mapping[Trouble, Callable[[], bool]]
    """Return whether each trouble is there."""
    backup_days: int | None
    """How old the last backup may be; None for any age."""
    _since: dict[Trouble, datetime] = field(default_factory=dict, init=False)

    async def keep_telling(self) -> None:
        """Tell the operator of each trouble, for as long as the bot runs."""
        while True:
            for trouble in Trouble:
                if await self._is_there(trouble):
                    await self._tell(trouble)
            await self.clock.sleep(_EVERY_SECONDS)

    async def _is_there(self, trouble: Trouble) -> bool:
        is_so = await self._has_old_backup() if trouble is Trouble.BACKUP else self.signs[trouble]()
        if not is_so:
            self._since.pop(trouble, None)
            return False
        now = self.clock.now()
        return now - self._since.setdefault(trouble, now) >= WAITS.get(trouble, timedelta())

    async def _has_old_backup(self) -> bool:
        if self.backup_days is None:
            return False
        made = await self.db.read(partial(key_values.get, name=BACKED_UP))
        return made is None or self.clock.now() - datetime.fromisoformat(made) > timedelta(days=self.backup_days)

    async def _tell(self, trouble: Trouble) -> None:
        operator = await self.db.run(partial(self._claim, name=f"trouble:{trouble}"))
        if operator is None:
            return
        shown = await self.announcer.show(Spot(ChatId(int(operator))), OperatorNotice(trouble))
        if shown.reach is Reach.LATER:
            await self.db.run(lambda tx: key_values.put(tx, f"trouble:{trouble}", "", now=self.clock.now()))

    def _claim(self, tx: Tx, *, name: str) -> PersonId | None:
        """Note that a trouble is there; returns whom to tell, if it was not there lately. One process gets that."""
        now, seen = self.clock.now(), key_values.get(tx, name)
        key_values.put(tx, name, now.isoformat(timespec="seconds"), now=now)
        return None if seen and now - datetime.fromisoformat(seen) < OVER_AFTER else self.operator(tx)


def is_nearly_full(file: Path | None) -> bool:
    """Return whether the disk that holds a file has little space left; False without a file."""
    return file is not None and shutil.disk_usage(file.parent).free < FREE_BYTES
