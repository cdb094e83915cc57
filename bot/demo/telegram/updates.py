"""The updates of a bot: `getUpdates` with its offsets, its long poll and its single listener."""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.demo.telegram.errors import ApiError, conflict
from bot.demo.telegram.users import Json
from bot.demo.watchers import Watchers

UPDATE_TYPES = frozenset(
    {
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
        "message_reaction",
        "message_reaction_count",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "purchased_paid_media",
        "managed_bot",
        "guest_message",
        "stopped_message_generation",
        "subscription",
    }
)
_ONLY_IF_NAMED = {"chat_member", "message_reaction", "message_reaction_count"}


@dataclass(slots=True)
class _Waiting:
    update: Json
    until: datetime
    repeated: bool = False


class UpdateQueue:
    """The updates of one bot that it has not acknowledged."""

    def __init__(self, now: Callable[[], datetime], watchers: Watchers) -> None:
        self._now = now
        self._watchers = watchers
        self._numbers = itertools.count(700_000_001)
        self._waiting: list[_Waiting] = []
        self._listener: asyncio.Future[None] | None = None
        self._allowed = UPDATE_TYPES - _ONLY_IF_NAMED

    @property
    def unacknowledged(self) -> list[Json]:
        """The updates that the bot has not acknowledged."""
        return [waiting.update for waiting in self._waiting]

    @property
    def has_listener(self) -> bool:
        """Whether a long poll is open."""
        return self._listener is not None

    def push(self, kind: str, content: Json, *, until: datetime) -> Json:
        """Add an update that Telegram keeps until then, if the bot wants its kind; return the update."""
        update = {"update_id": next(self._numbers), kind: content}
        if kind in self._allowed:
            self._waiting.append(_Waiting(update, until))
            self._wake()
        return update

    def push_again(self, update: Json, *, until: datetime) -> None:
        """Deliver an update once more, under its old id, whether or not it was acknowledged."""
        self._waiting.insert(0, _Waiting(update, until, repeated=True))
        self._wake()

    def allow(self, kinds: Sequence[str] | None) -> None:
        """Remember which kinds the bot wants; None changes nothing, an empty list means the default kinds."""
        if kinds is not None:
            self._allowed = frozenset(kinds) or UPDATE_TYPES - _ONLY_IF_NAMED

    def drop_all(self) -> None:
        """Remove every update."""
        self._waiting.clear()

    def delivered(self, update_id: int) -> None:
        """Forget an update that a webhook has taken."""
        self._waiting = [waiting for waiting in self._waiting if waiting.update["update_id"] != update_id]

    def end_listening(self, why: ApiError) -> None:
        """End the open long poll, if there is one, with this error."""
        if self._listener is not None and not self._listener.done():
            self._listener.set_exception(why)
        self._listener = None

    async def poll(self, *, offset: int, limit: int, seconds: float) -> list[Json]:
        """Acknowledge the updates before the offset; return those after it, and wait while there are none."""
        self.end_listening(
            conflict(
                "terminated by other getUpdates request; make sure that only one bot instance is running",
            )
        )
        self._acknowledge(offset)
        ready = self._ready(limit)
        if ready or not seconds:
            return ready
        listener = self._listener = asyncio.get_running_loop().create_future()
        self._watchers.changed()
        try:
            async with asyncio.timeout(seconds):
                await listener
        except TimeoutError:
            return []
        finally:
            if self._listener is listener:
                self._listener = None
                self._watchers.changed()
        return self._ready(limit)

    def _acknowledge(self, offset: int) -> None:
        if offset < 0:
            del self._waiting[:offset]
        elif offset:
            self._waiting = [w for w in self._waiting if w.repeated or w.update["update_id"] >= offset]

    def _ready(self, limit: int) -> list[Json]:
        now = self._now()
        self._waiting = [waiting for waiting in self._waiting if waiting.until > now]
        handed_out = self._waiting[:limit]
        for waiting in handed_out:
            waiting.repeated = False
        return [waiting.update for waiting in handed_out]

    def _wake(self) -> None:
        if self._listener is not None and not self._listener.done():
            self._listener.set_result(None)
        else:
            self._watchers.changed()  # a webhook waits for it


def kinds_asked(value: Any) -> Sequence[str] | None:  # noqa: ANN401 - what a caller sent as allowed_updates
    """Return the kinds of updates that a call names; raises ValueError for an unknown one."""
    if value is None:
        return None
    unknown = [kind for kind in value if kind not in UPDATE_TYPES]
    if unknown:
        raise ValueError(f"allowed_updates has unknown types: {unknown}")
    return list(value)
