"""One message an action: shows how far it has come, and remembers what was shown."""

from dataclasses import dataclass, replace

from bot.domain.actions import Action
from bot.domain.expiry import Ending
from bot.domain.ids import CarId, ChatId, MessageId
from bot.domain.outcomes import Note, Outcome, State
from bot.domain.places import place_of
from bot.domain.refusals import Reason
from bot.domain.reports import Reading
from bot.service.account.expiry import Expiry
from bot.service.ports import Announcer, Reach, Spot
from storage import ActionRow, Database
from storage.repositories import journal


@dataclass(kw_only=True, slots=True)
class ActionMessages:
    """Shows actions in their messages; what could not be shown is left to the recovery."""

    db: Database
    announcer: Announcer
    expiry: Expiry

    async def show(self, row: ActionRow) -> ActionRow:
        """Show an action as it is stored; returns its row with the message that shows it."""
        place = place_of(row.chat_id, row.thread_id, row.person_id, row.home_chat_id)
        if row.shown_chat_id is not None:
            place = place_of(row.shown_chat_id, None)
        spot = Spot(place.chat, None if row.message_id is None else MessageId(row.message_id), place)
        ended = await self.expiry.ended(ChatId(row.home_chat_id), CarId(row.car_id))
        shown = await self.announcer.show(spot, _outcome(row, ended))
        if shown.reach is Reach.LATER:
            return row
        message, there = shown.message, shown.chat
        await self.db.run(
            lambda tx: journal.mark_shown(tx, row.id, state=row.state, message_id=message, shown_chat_id=there)
        )
        return replace(row, message_id=message, shown_state=row.state, shown_chat_id=there or row.shown_chat_id)


def action_of(row: ActionRow) -> Action:
    """Return the action that a row is about."""
    return Action(row.details.action)


def _outcome(row: ActionRow, ended: Ending | None) -> Outcome:
    details, reading = row.details, None
    if details.reading_value is not None and details.reading_at is not None:
        reading = Reading(details.reading_value, details.reading_at)
    return Outcome(
        state=State(row.state),
        action=action_of(row),
        car=CarId(row.car_id),
        car_name=details.car_name,
        person_name=details.person_name,
        reason=Reason(details.reason) if details.reason else None,
        note=Note(details.note) if details.note else None,
        reading=reading,
        open_door_at=details.open_door_at,
        opening_may_run_until=details.opening_until,
        ended=ended,
    )
