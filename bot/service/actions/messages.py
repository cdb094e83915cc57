"""One message an action: shows where it stands, and remembers what was shown."""

from dataclasses import replace

from bot.domain.ids import CarId, ChatId
from bot.service.account.expiry import Expiry
from bot.service.mapping import outcome_of, spot_of
from bot.service.ports import Announcer, Reach
from storage import ActionRow, Database
from storage.repositories import journal


class ActionMessages:
    """Shows actions in their messages. What could not be shown is shown later, by the recovery."""

    def __init__(self, *, db: Database, announcer: Announcer, expiry: Expiry) -> None:
        self._db = db
        self._announcer = announcer
        self._expiry = expiry

    async def show(self, row: ActionRow) -> ActionRow:
        """Show an action as it stands; returns the row with the message that holds it."""
        ended = await self._expiry.ended(ChatId(row.home_chat_id), CarId(row.car_id))
        outcome = outcome_of(row, ended=ended)
        shown = await self._announcer.outcome(spot_of(row), outcome, car=CarId(row.car_id))
        if shown.reach is Reach.LATER:
            return row  # left for the recovery, which shows what nobody has seen
        await self._db.run(lambda tx: journal.mark_shown(tx, row.id, state=row.state, message_id=shown.message))
        return replace(row, message_id=shown.message, shown_state=row.state)
