"""One message an action: shows how far it has come, and remembers what was shown."""

import asyncio
from dataclasses import dataclass, field, replace

from bot.domain.actions import Action
from bot.domain.expiry import Ending
from bot.domain.ids import ActionId, CarId, ChatId, MessageId
from bot.domain.outcomes import Note, Outcome, State
from bot.domain.places import place_of
from bot.domain.refusals import Reason
from bot.domain.reports import Reading
from bot.service.account.expiry import Expiry
from bot.service.background import Background
from bot.service.ports import Announcer, Reach, Spot
from storage import ActionRow, Database
from storage.repositories import journal

_MOST_FOLLOWED = 1000
"""How many actions are remembered with their followers: those that were joined last."""


@dataclass(slots=True)
class _Follower:
    """Another place where an action is shown, besides its own message, and what is shown there."""

    spot: Spot
    shown: Outcome | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(kw_only=True, slots=True)
class ActionMessages:
    """Shows actions in their messages; what could not be shown is left to the recovery."""

    db: Database
    announcer: Announcer
    expiry: Expiry
    background: Background
    _followers: dict[ActionId, list[_Follower]] = field(default_factory=dict, init=False)

    def follow(self, action: ActionId, spot: Spot) -> None:
        """Show an action and its outcome in one more place."""
        follower = _Follower(spot)
        self._followers.setdefault(action, []).append(follower)
        if len(self._followers) > _MOST_FOLLOWED:
            del self._followers[next(iter(self._followers))]
        self._show_to(follower, action)

    def _show_to(self, follower: _Follower, action: ActionId) -> None:
        self.background.start(self._show_newest(follower, action), name="showing an action to others")

    async def _show_newest(self, follower: _Follower, action: ActionId) -> None:
        """Show a follower the action as it is stored now; an older state never replaces a newer one."""
        async with follower.turn:
            row = await self.db.read(lambda tx: journal.get(tx, action))
            if row is None:
                return
            outcome = _outcome(row, await self.expiry.ended(ChatId(row.home_chat_id), CarId(row.car_id)))
            if outcome != follower.shown:
                shown = await self.announcer.show(follower.spot, outcome)
                follower.spot = replace(follower.spot, message=shown.message)
                if shown.chat is not None:
                    follower.spot = Spot(shown.chat, shown.message)
                follower.shown = outcome if shown.reach is Reach.SHOWN else None

    async def show(self, row: ActionRow) -> ActionRow:
        """Show an action as it is stored; returns its row with the message that shows it."""
        for follower in self._followers.get(ActionId(row.id), ()):
            self._show_to(follower, ActionId(row.id))
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
