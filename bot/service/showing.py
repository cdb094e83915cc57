"""One message an action: shows where it stands, and remembers what was shown."""

from dataclasses import replace

from bot.domain.ids import CarId, ChatId
from bot.service.ends import Ends
from bot.service.ports import Announcer
from bot.service.views import outcome_of, spot_of
from storage import ActionRow, Database, journal


class Showing:
    """Shows actions in their messages. What was not shown because of a crash is shown at the next start."""

    def __init__(self, *, db: Database, announcer: Announcer, ends: Ends) -> None:
        self._db = db
        self._announcer = announcer
        self._ends = ends

    async def show(self, row: ActionRow) -> ActionRow:
        """Show an action as it stands; returns the row with the message that holds it."""
        ended = await self._ends.ended(ChatId(row.home_chat_id), CarId(row.car_id))
        outcome = outcome_of(row, ended=ended)
        message = await self._announcer.outcome(spot_of(row), outcome, car=CarId(row.car_id))
        await self._db.run(lambda tx: journal.mark_shown(tx, row.id, state=row.state, message_id=message))
        return replace(row, message_id=message, shown_state=row.state)
