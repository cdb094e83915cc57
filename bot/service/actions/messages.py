"""One message an action: shows how far it has come, and remembers what was shown."""

from dataclasses import dataclass, replace

from bot.domain.actions import ACTIONS, Action
from bot.domain.ids import CarId, ChatId, MessageId, PersonId
from bot.domain.limits import LATE_AFTER
from bot.domain.outcomes import BAD, LateOutcome, Note, Outcome, SeeBelow, State
from bot.domain.places import place_of
from bot.domain.refusals import Reason
from bot.domain.reports import Reading, Signal
from bot.service.ports import Announcer, Clock, Reach, Spot
from storage import ActionRow, Database
from storage.repositories import journal


@dataclass(kw_only=True, slots=True)
class ActionMessages:
    """Shows actions in their messages; what could not be shown is left to the recovery."""

    db: Database
    announcer: Announcer
    clock: Clock

    async def show(self, row: ActionRow) -> ActionRow:
        """Show an action as it is stored; returns its row with the message that shows it.

        A bad outcome that comes late is told in a message of its own, as an edit makes no sound.
        """
        if self._is_late(row):
            return await self._tell_late(row)
        return await self._show(row, outcome_of(row))

    def _is_late(self, row: ActionRow) -> bool:
        is_new = State(row.state) in BAD and row.message_id is not None and row.shown_state not in BAD
        is_new = is_new and row.details.note != Note.CONTRADICTED  # that is told in place
        return is_new and self.clock.now() - row.requested_at >= LATE_AFTER

    async def _tell_late(self, row: ActionRow) -> ActionRow:
        """Tell the person who asked: in the private chat, or in the group if they have none with the bot."""
        outcome, person = outcome_of(row), PersonId(row.person_id)
        first = Spot(ChatId(row.chat_id), None if row.message_id is None else MessageId(row.message_id))
        if row.chat_id < 0 and row.person_id:
            told = await self.announcer.show(Spot(ChatId(int(person))), LateOutcome(outcome))
            if told.reach is not Reach.NEVER:
                return await self._show(row, outcome)
        shown = await self._show(replace(row, message_id=None), LateOutcome(outcome))
        if shown.message_id is not None and row.shown_chat_id is None:
            await self.announcer.update(first, SeeBelow(outcome))
        return shown

    async def _show(self, row: ActionRow, it: Outcome | LateOutcome) -> ActionRow:
        place = place_of(row.chat_id, row.thread_id, row.person_id, row.home_chat_id)
        if row.shown_chat_id is not None:
            place = place_of(row.shown_chat_id, None)
        spot = Spot(place.chat, None if row.message_id is None else MessageId(row.message_id), place)
        shown = await self.announcer.show(spot, it)
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


def reads_after(row: ActionRow) -> bool:
    """Return what the signal of an action reads once the action has happened."""
    return ACTIONS[action_of(row)].agrees is not row.details.closes


def outcome_of(row: ActionRow) -> Outcome:
    """Return what people are shown about an action."""
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
        still_open=frozenset(Signal(name) for name in details.still_open),
        closes=details.closes,
        opening_may_run_until=details.opening_until,
    )
