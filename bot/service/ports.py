"""What the use cases need from outside, implemented by others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.domain.code_history import CodesView, NewCodes
from bot.domain.expiry import Notice
from bot.domain.family import Request
from bot.domain.ids import CarId, ChatId, MessageId, PersonId
from bot.domain.notifications import NewsItem
from bot.domain.outcomes import Outcome
from bot.domain.prompts import Prompt


class Clock(Protocol):
    """The time, and waiting for it."""

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""

    async def sleep(self, seconds: float) -> None:
        """Wait until this many seconds have passed on this clock."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts, and by which name the family knows them."""

    id: PersonId
    name: str


@dataclass(frozen=True, slots=True)
class Ask:
    """One command or tap that wants something done: who, where, and the key that it is remembered by."""

    key: str
    person: Person
    chat: ChatId


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an outcome is shown: the chat, and the message to edit once there is one."""

    chat: ChatId
    message: MessageId | None


class Reach(StrEnum):
    """Whether people were reached."""

    SHOWN = "shown"
    LATER = "later"
    """Not now: Telegram was slow or away. Showing it again makes sense."""
    NEVER = "never"
    """Never: the chat is gone, or the bot is blocked there."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What became of showing something, and the message that holds it, if any."""

    reach: Reach
    message: MessageId | None


class Announcer(Protocol):
    """Shows people what happened, outside of the answer to a tap or a command.

    Every method copes with what Telegram refuses; none raises for it.
    """

    async def outcome(self, spot: Spot, outcome: Outcome, *, car: CarId) -> Shown:
        """Show an outcome in its message, or in a new one."""

    async def prompt_closed(self, prompt: Prompt) -> None:
        """Show that a prompt was cancelled or has expired, so that nothing was sent."""

    async def codes(self, spot: Spot, view: CodesView) -> Shown:
        """Show what became of codes that were asked about or cleared, in their message or in a new one."""

    async def new_codes(self, chat: ChatId, news: NewCodes) -> Reach:
        """Tell a chat of codes that a watched car reports for the first time."""

    async def news(self, home: ChatId, items: Sequence[NewsItem]) -> Reach:
        """Tell an owner what others did, and what became of the car."""

    async def request(self, home: ChatId, request: Request) -> Reach:
        """Bring somebody's request for access to an owner."""

    async def access_ended(self, chat: ChatId, *, owner_name: str, person_name: str | None = None) -> Reach:
        """Tell somebody that their access has ended; in a group by their name."""

    async def notice(self, chat: ChatId, notice: Notice) -> Reach:
        """Tell a chat something by itself."""
