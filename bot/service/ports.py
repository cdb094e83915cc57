"""What the use cases need from outside, implemented by others."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.domain.ids import ChatId, MessageId, PersonId, ThreadId
from bot.domain.places import Place, place_of
from bot.domain.time_check import WrongClock


class Clock(Protocol):
    """The time, and waiting for it."""

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""

    async def sleep(self, seconds: float) -> None:
        """Wait until this many seconds have passed on this clock."""


class CheckedTime(Clock, Protocol):
    """A clock that is checked against the dates of Telegram's and DIMO's answers."""

    @property
    def is_known(self) -> bool:
        """Whether Telegram or DIMO has confirmed the time."""

    @property
    def is_in_doubt(self) -> bool:
        """Whether something contradicts the time, until an answer decides."""

    @property
    def wrong(self) -> WrongClock | None:
        """The machine's own clock, if it is wrong."""

    def not_before(self, moment: datetime) -> None:
        """Continue from this moment, if it is later and the time is not known."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person, and the name by which the family knows them."""

    id: PersonId
    name: str


@dataclass(frozen=True, slots=True)
class Ask:
    """One command or tap: the person, the chat, and the key by which a second delivery is recognized."""

    key: str
    person: Person
    chat: ChatId
    thread: ThreadId | None = None
    """The topic of the chat, if it has topics."""

    @property
    def place(self) -> Place:
        """Where the answer goes."""
        return place_of(self.chat, self.thread, int(self.person.id))


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something is shown: in a message of a chat, or in a new one.

    `place` says more about where a new one goes.
    """

    chat: ChatId
    message: MessageId | None = None
    at: Place | None = None

    @property
    def place(self) -> Place:
        """Where a new message goes."""
        return self.at or Place(self.chat)


class Reach(StrEnum):
    """Whether people were reached."""

    SHOWN = "shown"
    LATER = "later"
    """Not now, because Telegram is slow or unreachable: it can be shown again."""
    NEVER = "never"
    """The chat is gone, or the bot is blocked there."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Whether something was shown, and the message that shows it, if there is one."""

    reach: Reach
    message: MessageId | None
    chat: ChatId | None = None
    """The private chat that has the message, because the bot may not write where it was to be."""


class Announcer(Protocol):
    """Shows people what happened, outside of the answer to a tap or a command."""

    async def show(self, spot: Spot, it: object) -> Shown:
        """Show something, each type of it in its own words; copes with what Telegram refuses instead of raising."""

    async def update(self, spot: Spot, it: object) -> Shown:
        """Show something in a message if that still exists; never in a new one."""
