"""Privacy: what is stored, and how a person can delete it."""

from dataclasses import dataclass

from bot.service.account.erasure import Erasure
from bot.telegram import screens, texts
from bot.telegram.requests import Said
from bot.telegram.ui.screen import Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyHandlers:
    """The two commands about a person's own data."""

    erasure: Erasure

    async def show(self, _: Said) -> Screen:
        """Say what is stored, and how to delete it."""
        return Screen(texts.privacy.PRIVACY)

    async def forget(self, said: Said) -> Screen | None:
        """Ask before everything about a person is deleted."""
        asked = await self.erasure.ask(said.ask)
        return None if asked is None else screens.privacy.forget_question(asked)
