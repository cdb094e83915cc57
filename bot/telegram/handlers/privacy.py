"""Privacy: what is stored, and how a person can delete it."""

from dataclasses import dataclass

from bot.service.account.erasure import Erasure
from bot.telegram import screens, texts
from bot.telegram.requests import Said, Tapped
from bot.telegram.screens.buttons import private_chat
from bot.telegram.transport.chat import Chat
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyHandlers:
    """The two commands about a person's own data."""

    erasure: Erasure

    chat: Chat

    async def show(self, said: Said) -> Screen:
        """Say in short what is stored, and how to delete it; a group is pointed to the private chat."""
        if said.is_in_group:
            return Screen(texts.privacy.IN_PRIVATE, ((private_chat(self.chat.private_address),),))
        return screens.privacy.short()

    async def show_all(self, _: Tapped, tap: taps.ShowAllPrivacy) -> Screen:  # noqa: ARG002 - its type is the route
        """Say all that is stored, and for how long."""
        return Screen(texts.privacy.PRIVACY)

    async def forget(self, said: Said) -> Screen | None:
        """Ask before everything about a person is deleted."""
        asked = await self.erasure.ask(said.ask)
        return None if asked is None else screens.privacy.forget_question(asked)
