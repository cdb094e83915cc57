"""How long things stay stored, and deleting what has stayed for that long."""

from dataclasses import dataclass

from bot.domain.preferences import Preferences, read
from bot.service.ports import Clock
from storage import Database, Tx
from storage.maintenance import retention
from storage.repositories import home_settings

LIFETIMES = retention.LIFETIMES
_EVERY_SECONDS = 1800.0


@dataclass(kw_only=True, slots=True)
class Retention:
    """Purges the database regularly."""

    db: Database
    clock: Clock

    async def keep_purging(self) -> None:
        """Purge every half hour, for as long as the bot runs."""
        while True:
            await self.db.run(self._purge)
            await self.clock.sleep(_EVERY_SECONDS)

    def _purge(self, tx: Tx) -> None:
        """Delete what is over; each home says how long its log is kept."""
        log_kept = {home: read(values).log_kept for home, values in home_settings.every(tx).items()}
        retention.purge(tx, now=self.clock.now(), keep_actions=Preferences().log_kept, keep_actions_of=log_kept)
