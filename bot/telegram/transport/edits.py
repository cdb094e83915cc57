"""Decides which edit of a message may be sent, so that in the end the message shows the newest."""

import itertools
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from telegram.error import TelegramError

from bot.domain.ids import ChatId, MessageId
from bot.domain.pictures import Picture

Written: TypeAlias = tuple[ChatId, MessageId]

IsOvertaken: TypeAlias = Callable[[], bool]
"""Returns whether a newer edit of the same message has begun."""

Edit: TypeAlias = Callable[[IsOvertaken], Awaitable[bool]]
"""Makes an edit, unless it is overtaken before it is sent; returns whether it may have been sent."""

_MOST = 1000
"""How many messages are remembered: those edited last, as nothing waits for longer than this many edits."""


@dataclass(slots=True)
class MessageVersion:
    """What a message should show, and what it is known to show, as numbers of its edits."""

    wanted: int = 0
    """The newest edit."""
    shown: int | None = 0
    """The newest edit that Telegram has accepted; None if an older one may have arrived after it."""
    turned: int = 0
    """The edit with which the message began to show something else than before."""
    under_way: int = 0
    picture: Picture | None = None
    """The picture that the message certainly shows."""


class MessageEdits:
    """The only writer of each message: a newer edit overtakes a waiting older one, and is repeated if in doubt."""

    def __init__(self) -> None:
        self._versions: dict[Written, MessageVersion] = {}
        self._edits: dict[Written, Edit] = {}
        self._numbers = itertools.count(1)

    def turn(self, place: Written | None) -> int:
        """Note that a message, or one about to be sent, shows something else now; returns the number of that moment."""
        number = next(self._numbers)
        if place is not None:
            self._version(place).turned = number
        return number

    def has_turned(self, place: Written, since: int) -> bool:
        """Return whether a message has shown something else since that moment."""
        return place in self._versions and self._versions[place].turned > since

    def picture_in(self, place: Written) -> Picture | None:
        """Return the picture that a message certainly shows, so that an edit need not send it again."""
        return self._versions[place].picture if place in self._versions else None

    def note_picture(self, place: Written, picture: Picture | None) -> None:
        """Note the picture that Telegram has accepted; None before one is sent, as it may arrive without an answer."""
        version = self._version(place)
        # Of two edits under way at once, nobody knows which came last.
        is_certain = version.under_way <= 1 and version.shown is not None
        version.picture = picture if is_certain else None

    async def make(self, place: Written, edit: Edit) -> None:
        """Make an edit; raises what it raises. If it is cancelled, a repetition is left to the next edit."""
        version = self._version(place)
        version.wanted = mine = next(self._numbers)
        version.under_way += 1
        self._edits[place] = edit
        was_sent = may_repeat = False
        try:
            was_sent = await edit(lambda: version.wanted != mine)
            may_repeat = True
        except TelegramError:
            may_repeat = True
            raise
        finally:
            version.under_way -= 1
            if was_sent and version.shown is not None:
                version.shown = mine if version.wanted == mine else None
            if not version.under_way:
                newest = self._edits.pop(place, edit)
                if version.shown is None and may_repeat:
                    version.shown = 0
                    with suppress(TelegramError):  # most often the message shows it already
                        await self.make(place, newest)

    def _version(self, place: Written) -> MessageVersion:
        """Return the version of a message, and forget that of the message which was edited first."""
        found = self._versions.pop(place, None)
        version = self._versions[place] = MessageVersion() if found is None else found
        if len(self._versions) > _MOST:
            del self._versions[next(iter(self._versions))]
        return version
