"""Unknown and Not confirmed are resolved by any report of the same day that the bot comes to see."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from bot.domain.actions import ACTIONS
from bot.domain.ids import CarId, ChatId
from bot.domain.limits import UNSETTLED_FOR
from bot.domain.outcomes import Note, State, is_ahead
from bot.domain.reports import CarReport, Reading
from bot.service.actions.messages import ActionMessages, action_of, reads_after
from bot.service.actions.watching import ReportWatcher, sent_at
from bot.service.background import Background
from bot.service.cars.status import Status
from bot.service.ports import Clock
from storage import ActionRow, Database, Tx
from storage.repositories import journal

_RESOLVED_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class LateReports:
    """Compares each report with the actions whose outcome is not known; it never asks a car by itself."""

    db: Database
    clock: Clock
    status: Status
    messages: ActionMessages
    watcher: ReportWatcher
    background: Background

    def heard(self, home: ChatId, car: CarId) -> None:
        """Resolve, in the background, what a home's car has just reported about."""
        look = self.status.remembered(home, car)
        if look is not None:
            self.background.start(self._resolve(home, car, look.report), name="resolving outcomes")

    async def _resolve(self, home: ChatId, car: CarId, report: CarReport) -> None:
        since = self.clock.now() - _RESOLVED_FOR
        if await self.db.read(partial(journal.is_any_unresolved, home_chat_id=home, car_id=car, since=since)):
            for row in await self.db.run(lambda tx: self._settle_all(tx, home, car, report)):
                await self.messages.show(row)

    def _settle_all(self, tx: Tx, home: ChatId, car: CarId, report: CarReport) -> list[ActionRow]:
        """Settle what the report says something about; returns the actions that have changed."""
        now = self.clock.now()
        recent = journal.recent_on_car(tx, car, since=now - _RESOLVED_FOR)
        changed = []
        for row in recent:
            is_open = State(row.state) in {State.UNKNOWN, State.NOT_CONFIRMED} and row.details.note != Note.CONTRADICTED
            if row.home_chat_id != home or not is_open or self.watcher.is_watched(row):
                continue
            reading = report.reading(ACTIONS[action_of(row)].signal)
            if reading is None or is_ahead(reading, now=now) or not _is_about(reading, row, recent):
                continue
            if reading.is_on is reads_after(row):
                changed.append(self._settle(tx, row, State.CONFIRMED, None, reading))
            elif reading.at > sent_at(row) + UNSETTLED_FOR:
                changed.append(self._settle(tx, row, State(row.state), Note.CONTRADICTED, reading))
        return [row for row in changed if row is not None]

    def _settle(self, tx: Tx, row: ActionRow, state: State, note: Note | None, reading: Reading) -> ActionRow | None:
        return journal.settle(
            tx,
            row.id,
            expected=(row.state,),
            state=state,
            now=self.clock.now(),
            note=note.value if note else None,
            reading_value=reading.value,
            reading_at=reading.at,
        )


def _is_about(reading: Reading, row: ActionRow, recent: list[ActionRow]) -> bool:
    """Return whether a reading is newer than an action, and no other action on the same part came before it."""
    signal = ACTIONS[action_of(row)].signal
    return reading.at > sent_at(row) and not any(
        other.id != row.id
        and ACTIONS[action_of(other)].signal is signal
        and other.state != State.REFUSED
        and sent_at(row) <= sent_at(other) <= reading.at
        for other in recent
    )
