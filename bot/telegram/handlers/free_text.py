"""Everything but commands: a secret, an invitation, codes, the answer to a question, or unknown text."""

from dataclasses import dataclass

from bot.telegram import texts
from bot.telegram.handlers.actions import ActionHandlers
from bot.telegram.handlers.codes import CodeHandlers
from bot.telegram.handlers.family import FamilyHandlers
from bot.telegram.handlers.help import HelpHandlers
from bot.telegram.handlers.linking import LinkHandlers
from bot.telegram.handlers.settings import SettingsHandlers
from bot.telegram.requests import Said
from bot.telegram.ui.screen import Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeTextHandler:
    """Offers a text to one capability after the other; linking is first, because it knows what is secret."""

    linking: LinkHandlers
    family: FamilyHandlers
    settings: SettingsHandlers
    codes: CodeHandlers
    help: HelpHandlers
    actions: ActionHandlers

    async def handle(self, said: Said) -> Screen | None:
        """Return the answer of the first capability that takes the text; in a group only codes are taken."""
        if said.is_in_group:
            await self.codes.free_text(said)
            return None
        screen = await self.linking.free_text(said) or await self.family.sent_invitation(said)
        if screen is None and await self.codes.free_text(said):
            return None
        if screen is None and said.is_plain:
            screen = await self.family.free_text(said) or await self.settings.free_text(said)
        return screen or await self.linking.other_address(said) or await self._other(said)

    async def _other(self, said: Said) -> Screen | None:
        """Do what a plain word says, or answer what nothing else understands."""
        if said.command:
            return await self.help.unknown(said)
        action = texts.help.PLAIN_WORDS.get(said.text.strip().casefold()) if said.is_plain else None
        if action is not None:
            return await self.actions.command(action)(said)
        if said.attached is None:
            return self.help.not_understood(said.text)
        return Screen(texts.help.ATTACHED[said.attached])
