"""Which of several late answers may still change a message: the one that belongs to what it shows."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.domain.ids import ChatId, MessageId

Place = tuple[ChatId, MessageId]


class PendingEdits:
    """Remembers for each message the last thing that it was asked to show, as long as something is to follow."""

    def __init__(self) -> None:
        self._marks: dict[Place, object] = {}
        self._watched: list[tuple[ChatId, set[MessageId]]] = []

    def put(self, chat: ChatId, message: MessageId) -> object:
        """Say that the message shows something new, which will be completed; returns its mark."""
        mark = self._marks[chat, message] = object()
        return mark

    def drop(self, chat: ChatId, message: MessageId) -> None:
        """Say that the message shows something else, which is complete."""
        self._marks.pop((chat, message), None)
        for watched, dropped in self._watched:
            if watched == chat:
                dropped.add(message)

    @contextmanager
    def watching(self, chat: ChatId) -> Iterator[set[MessageId]]:
        """Collect the messages of a chat that come to show something else during the block.

        People see a new message, and tap, before its sender knows that it is there.
        """
        dropped: set[MessageId] = set()
        self._watched.append((chat, dropped))
        try:
            yield dropped
        finally:
            self._watched = [one for one in self._watched if one[1] is not dropped]

    def take(self, chat: ChatId, message: MessageId, mark: object) -> bool:
        """Tell whether the message still shows what got this mark; the mark is used up."""
        if self._marks.get((chat, message)) is not mark:
            return False
        del self._marks[chat, message]
        return True
