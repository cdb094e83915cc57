"""Telegram's menus of commands: a person's own shows what their role may do; it never decides what they may."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import telegram

from bot.domain.ids import PersonId
from bot.domain.roles import Role, abilities_of
from bot.service.background import Background
from bot.telegram.routes import COMMANDS, Command
from bot.telegram.transport.chat import Chat

_MOST_REMEMBERED = 10_000


def menu_of(role: Role | None) -> tuple[Command, ...]:
    """Return the commands of a private chat for a role, or for somebody without access."""
    able = frozenset() if role is None else abilities_of(role)
    is_member = role not in {None, Role.OWNER}
    return tuple(
        one
        for one in COMMANDS
        if (one.ability is None or one.ability in able) and not (is_member and one.is_for_linking)
    )


_MENUS: Mapping[telegram.BotCommandScope, tuple[Command, ...]] = {
    telegram.BotCommandScopeAllPrivateChats(): menu_of(None),
    telegram.BotCommandScopeAllGroupChats(): tuple(one for one in COMMANDS if not one.is_private),
}
"""What everybody sees who has no menu of their own."""


def menu_fingerprint() -> str:
    """Return a text that changes when a menu does, so that Telegram gets a menu only then."""
    entries = [[[command.name, command.description] for command in commands] for commands in _MENUS.values()]
    return hashlib.sha256(json.dumps(entries).encode()).hexdigest()


async def register_menus(chat: Chat) -> bool:
    """Send Telegram the menus of private chats and of groups; returns whether it took them."""
    for scope, commands in _MENUS.items():
        if not await chat.set_menu(scope, _entries(commands)):
            return False
    return True


def _entries(commands: tuple[Command, ...]) -> list[tuple[str, str]]:
    return [(one.name, one.description) for one in commands]


@dataclass(frozen=True, slots=True, kw_only=True)
class Menus:
    """Keeps the menu in each person's private chat in step with their role.

    Telegram stores the menus. What this process has sent is remembered, so that most messages cost one read.
    """

    chat: Chat
    background: Background
    role_of: Callable[[PersonId], Awaitable[Role | None]]
    """Finds the role with which a person uses cars in their private chat."""
    _sent: dict[PersonId, Role] = field(default_factory=dict, init=False)

    def heard(self, person: PersonId, *, is_tap: bool) -> None:
        """Check the menu of somebody who has written in their private chat, or tapped there for the first time."""
        if not is_tap or person not in self._sent:
            self.background.start(self._update(person), name="updating a menu")

    def changed(self, person: PersonId) -> None:
        """Set the menu of somebody whose access has changed or ended."""
        self.background.start(self._update(person, is_certain=True), name="updating a menu")

    async def _update(self, person: PersonId, *, is_certain: bool = False) -> None:
        role = await self.role_of(person)
        if role == self._sent.get(person) and not is_certain:
            return
        scope = telegram.BotCommandScopeChat(int(person))
        if await self.chat.set_menu(scope, _entries(menu_of(role)) if role else []):
            self._sent.pop(person, None)
            if role is not None:
                self._sent[person] = role
            if len(self._sent) > _MOST_REMEMBERED:
                del self._sent[next(iter(self._sent))]
