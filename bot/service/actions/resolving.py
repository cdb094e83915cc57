"""Unknown and Not confirmed are resolved by any report of the same day that the bot comes to see."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from bot.domain.actions import ACTIONS
from bot.domain.ids import CarId, ChatId
from bot.domain.limits import QUIET_WATCH, UNSETTLED_FOR
from bot.domain.outcomes import Note, State, is_ahead
from bot.domain.reports import CarReport, Reading
from bot.service.actions.messages import ActionMessages, action_of, may_learn, reads_after
from bot.service.actions.noting import ActionNotes
from bot.service.actions.watching import ReportWatcher, is_about, open_parts_after, sent_at
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
    notes: ActionNotes
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
                if row.state == State.CONFIRMED:
                    self.notes.reported(row)
                await self.messages.show(row)

    def _settle_all(self, tx: Tx, home: ChatId, car: CarId, report: CarReport) -> list[ActionRow]:
        """Settle what the report says something about; returns the actions that have changed."""
        now = self.clock.now()
        recent = journal.recent_on_car(tx, car, since=now - _RESOLVED_FOR)
        found = [
            self._settle(tx, row, report, reading)
            for row in recent
            if row.home_chat_id == home
            and State(row.state) in {State.UNKNOWN, State.NOT_CONFIRMED}
            and row.details.note != Note.REPORTED_SINCE
            and not self.watcher.is_watched(row)
            and (reading := report.reading(ACTIONS[action_of(row)].signal)) is not None
            and not is_ahead(reading, now=now)
            and is_about(reading, row, recent)
            # What was known before, or during the watch, did not prove anything then either.
            and (reading.value, reading.at) != (row.details.reading_value, row.details.reading_at)
            and may_learn(tx, row, row.chat_id, now=now)
        ]
        return [row for row in found if row is not None]

    def _settle(self, tx: Tx, row: ActionRow, report: CarReport, reading: Reading) -> ActionRow | None:
        """Settle an action by a reading about it; None if the car may still do it, or somebody else was first.

        What the car reports long after the command may be somebody's key: it is told, and proves nothing.
        """
        agrees, age = reading.is_on is reads_after(row), reading.at - sent_at(row)
        if not agrees and age <= UNSETTLED_FOR:
            return None
        is_proof = agrees and age <= QUIET_WATCH
        return journal.settle(
            tx,
            row.id,
            expected=(row.state,),
            state=State.CONFIRMED if is_proof else row.state,
            now=self.clock.now(),
            note=None if is_proof else Note.REPORTED_SINCE.value,
            reading_value=reading.value,
            reading_at=reading.at,
            still_open=open_parts_after(row, report) if is_proof else row.details.still_open,
        )
