"""The requests of people, as handlers see them: a message, or a tap on a button."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.domain.ids import MessageId
from bot.domain.refusals import Reason
from bot.service.declined import Declined
from bot.service.ports import Ask
from bot.telegram.ui.attached import Attached
from bot.telegram.ui.callback_data import Tap
from bot.telegram.ui.screen import Screen


@dataclass(frozen=True, slots=True)
class _Request:
    ask: Ask
    title: str = field(default="", repr=False, kw_only=True)
    """The name of the group that it came from; empty in a private chat."""

    @property
    def is_in_group(self) -> bool:
        """Whether others see the answer. A private chat has the same number as its person."""
        return self.ask.chat != int(self.ask.person.id)

    def require_private(self) -> None:
        """Raise Declined where others would see the answer."""
        if self.is_in_group:
            raise Declined(Reason.PRIVATE_CHAT_ONLY)


@dataclass(frozen=True, slots=True)
class Said(_Request):
    """A message from a person: the text after a command, or free text."""

    text: str = field(repr=False)
    behind: str = field(default="", repr=False, kw_only=True)
    """What else is written in the message, such as addresses under its words."""
    command: str = field(default="", repr=False, kw_only=True)
    """The command with which the message begins, as it was typed, known or not."""
    attached: Attached | None = field(default=None, kw_only=True)

    @property
    def everything(self) -> str:
        """All that is written in the message."""
        return f"{self.text}\n{self.behind}" if self.behind else self.text

    @property
    def is_plain(self) -> bool:
        """Whether it is words alone, so that it may answer a question."""
        return not self.command and self.attached is None


@dataclass(frozen=True, slots=True)
class Tapped(_Request):
    """A tap by a person. `message` has the button; it is None if it can't be edited any more."""

    message: MessageId | None


Request = Said | Tapped
SaidHandler = Callable[[Said], Awaitable[Screen | None]]
TapHandler = Callable[[Tapped, Tap], Awaitable[Screen | None]]
"""A handler returns its answer, or None if there is none or if it has shown it by itself."""
