"""One line in the log, and one count, for each state that an action comes to."""

import logging
from dataclasses import dataclass
from datetime import datetime

from bot.domain.actions import Action
from bot.domain.outcomes import State
from bot.service.counts import Counts
from bot.service.event_log import log_event, milliseconds
from storage import ActionRow

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ActionNotes:
    """Notes what became of actions, in numbers and fixed words.

    Call it once the change is committed, by whoever has made it: showing a change may take many tries.
    """

    counts: Counts

    def answered(self, row: ActionRow, *, turn_at: datetime | None, left_at: datetime | None = None) -> None:
        """Note an action that was sent, or refused before that.

        `turn_at` is when its car was free for it, `left_at` when the request left; None where it did not come so far.
        """
        done = row.settled_at
        self._note(
            row,
            queued_ms=milliseconds(row.requested_at, turn_at or done),
            prepared_ms=milliseconds(turn_at, left_at or done),
            answered_ms=milliseconds(left_at, done),
        )

    def reported(self, row: ActionRow) -> None:
        """Note what the car's report, or the end of the wait for it, has made of an action."""
        self._note(row, reported_ms=milliseconds(row.sent_at, row.settled_at))

    def left_behind(self, row: ActionRow) -> None:
        """Note an action of a process that died; how long its stages took is not known."""
        self._note(row)

    def _note(self, row: ActionRow, **stages: int | None) -> None:
        action, state = Action(row.details.action), State(row.state)
        self.counts.acted(action, state)
        log_event(
            _log,
            "action",
            id=row.id,
            home=row.home_chat_id,
            car=row.car_id,
            action=action,
            outcome=state,
            reason=row.details.reason,
            note=row.details.note,
            request=row.details.request_id,
            **stages,
        )
