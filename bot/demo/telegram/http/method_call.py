"""A call of a Bot API method, and the chats that it may read or write."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.demo.telegram.bots import Bot, PrivateChat
from bot.demo.telegram.chats import Chat
from bot.demo.telegram.errors import Misuse, bad_request, forbidden, migrated
from bot.demo.telegram.groups import Group
from bot.demo.telegram.http.params import Kind, Params
from bot.demo.telegram.state import TelegramState


@dataclass(frozen=True, slots=True)
class MethodCall:
    """A call that is to be executed."""

    state: TelegramState
    bot: Bot
    params: Params

    @property
    def now(self) -> datetime:
        """The simulated time."""
        return self.state.now()

    @property
    def language(self) -> str:
        """The language that a text or menu is for; empty means all other languages."""
        return str(self.params.get("language_code", ""))

    def chat(self) -> Chat:
        """Return the chat of the call; raises an ApiError if the bot does not know it."""
        return known_chat(self.bot, self.params)

    def readable_chat(self) -> Chat:
        """Return the chat of the call; raises an ApiError if the bot may not read it."""
        found = self.chat()
        if isinstance(found, Group):
            _check_group(found, self.bot)
        return found

    def writable_chat(self) -> Chat:
        """Return the chat of the call; raises an ApiError if the bot may not write there."""
        found = self.readable_chat()
        if isinstance(found, PrivateChat) and found.blocked:
            raise forbidden("bot was blocked by the user")
        return found


@dataclass(frozen=True, slots=True)
class Method:
    """A method with its documented name and the types of its parameters."""

    name: str
    run: Callable[[MethodCall], Any]
    kinds: Mapping[str, Kind]


def known_chat(bot: Bot, params: Mapping[str, Any]) -> Chat:
    """Return the chat that `chat_id` names; a private one exists after the person has written."""
    if "chat_id" not in params:
        raise Misuse("chat_id is empty")
    found = bot.chats.get(params["chat_id"])
    if found is None or (isinstance(found, PrivateChat) and not found.started):
        raise bad_request("chat not found")
    return found


def _check_group(group: Group, bot: Bot) -> None:
    if group.migrated_to is not None:
        raise migrated(group.migrated_to.id)
    status = group.status_of(bot)
    if status == "kicked":
        raise forbidden(f"bot was kicked from the {group.kind} chat")
    if status == "left":
        raise forbidden(f"bot is not a member of the {group.kind} chat")
