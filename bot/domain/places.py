"""Where people read and write."""

from dataclasses import dataclass

from bot.domain.ids import ChatId, ThreadId


@dataclass(frozen=True, slots=True)
class Place:
    """A chat, or a topic of it, and the private chats to use instead if the bot may not write there."""

    chat: ChatId
    thread: ThreadId | None = None
    instead: tuple[ChatId, ...] = ()


def place_of(chat: int, thread: int | None, *people: int) -> Place:
    """Return a stored place; what can't be written in a group goes to the first of these people who can be reached."""
    instead = tuple(ChatId(one) for one in dict.fromkeys(people) if one > 0) if chat < 0 else ()
    return Place(ChatId(chat), None if thread is None else ThreadId(thread), instead)
