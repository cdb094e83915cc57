"""One message an action: shows how far it has come, and remembers what was shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.actions import ACTIONS, Action
from bot.domain.ids import ActionId, CarId, ChatId, MessageId, PersonId
from bot.domain.limits import LATE_AFTER
from bot.domain.outcomes import BAD, LateOutcome, Note, Outcome, SeeBelow, State
from bot.domain.places import place_of
from bot.domain.refusals import Reason
from bot.domain.reports import Reading, Signal
from bot.domain.roles import Ability
from bot.service.access import authorize_for_home
from bot.service.declined import Declined
from bot.service.ports import Announcer, Ask, Clock, Person, Reach, Spot
from storage import ActionRow, Database, Tx
from storage.repositories import journal


@dataclass(kw_only=True, slots=True)
class ActionMessages:
    """Shows actions in their messages; what could not be shown is left to the recovery."""

    db: Database
    announcer: Announcer
    clock: Clock
    _showing: set[ActionId] = field(default_factory=set, init=False)

    def is_showing(self, action: ActionId) -> bool:
        """Return whether this process shows a change of an action right now, or is about to."""
        return action in self._showing

    @contextmanager
    def changing(self, action: ActionId) -> Iterator[None]:
        """Keep the recovery away from an action while a change of it is stored and then shown."""
        self._showing.add(action)
        try:
            yield
        finally:
            self._showing.discard(action)

    async def show(self, row: ActionRow) -> ActionRow:
        """Show an action as it is stored; returns its row with the message that shows it.

        A bad outcome that comes late is told in a message of its own, as an edit makes no sound. What can't be shown
        now is shown by the recovery.
        """
        return await (self._tell_late(row) if self._is_late(row) else self._show(row, outcome_of(row)))

    def _is_late(self, row: ActionRow) -> bool:
        is_new = State(row.state) in BAD and row.message_id is not None and row.shown_state not in BAD
        return is_new and self.clock.now() - row.requested_at >= LATE_AFTER

    async def _tell_late(self, row: ActionRow) -> ActionRow:
        """Tell the person who asked: in the private chat, or in the group if they have none with the bot.

        It is marked as shown last. If the bot dies before that, or Telegram is away, the recovery does all of it again.
        """
        outcome, person = outcome_of(row), PersonId(row.person_id)
        if row.chat_id < 0:
            if not await self.db.read(lambda tx: may_learn(tx, row, person, now=self.clock.now())):
                return await self._show(row, outcome)
            told = await self.announcer.show(
                Spot(ChatId(int(person))), LateOutcome(outcome, is_followed_elsewhere=True)
            )
            if told.reach is not Reach.NEVER:
                return row if told.reach is Reach.LATER else await self._show(row, outcome)
        pointed = await self.announcer.update(_spot(row), SeeBelow(outcome))
        return row if pointed.reach is Reach.LATER else await self._show(row, LateOutcome(outcome), is_anew=True)

    async def _show(self, row: ActionRow, it: Outcome | LateOutcome, *, is_anew: bool = False) -> ActionRow:
        spot = _spot(row)
        shown = await self.announcer.show(replace(spot, message=None) if is_anew else spot, it)
        if shown.reach is Reach.LATER:
            return row
        message, there = shown.message, shown.chat
        await self.db.run(lambda tx: journal.mark_shown(tx, row, message_id=message, shown_chat_id=there))
        return replace(
            row,
            message_id=message,
            shown_state=row.state,
            shown_version=row.version,
            shown_chat_id=there or row.shown_chat_id,
        )


def _spot(row: ActionRow) -> Spot:
    """Return the message that shows an action, and where a new one goes."""
    place = place_of(row.chat_id, row.thread_id, row.person_id, row.home_chat_id)
    if row.shown_chat_id is not None:
        place = place_of(row.shown_chat_id, None)
    return Spot(place.chat, None if row.message_id is None else MessageId(row.message_id), place)


def may_learn(tx: Tx, row: ActionRow, chat: int, *, now: datetime) -> bool:
    """Return whether the person of an action may still be told in a chat what the car reports."""
    ask = Ask(row.id, Person(PersonId(row.person_id), ""), ChatId(chat))
    try:
        authorize_for_home(tx, ask, ChatId(row.home_chat_id), Ability.STATUS, now=now)
    except Declined:
        return False
    return True


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
