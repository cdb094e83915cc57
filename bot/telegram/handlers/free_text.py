"""What is written without a command: a link's secret, codes, an answer, or something that is not understood."""

from bot.telegram.gate import Said
from bot.telegram.handlers.codes import CodeHandlers
from bot.telegram.handlers.family import FamilyHandlers
from bot.telegram.handlers.linking import LinkHandlers
from bot.telegram.handlers.settings import SettingsHandlers
from bot.telegram.texts import help as pages
from bot.telegram.transport.chat import Chat
from bot.telegram.ui.screen import Screen


class FreeTextHandler:
    """Finds out whom a text is for; linking goes first, as it knows what is secret."""

    def __init__(
        self,
        *,
        chat: Chat,
        linking: LinkHandlers,
        family: FamilyHandlers,
        settings: SettingsHandlers,
        codes: CodeHandlers,
    ) -> None:
        self._chat = chat
        self._linking = linking
        self._family = family
        self._settings = settings
        self._codes = codes

    async def handle(self, said: Said) -> None:
        """Hand a text to who understands it."""
        if said.is_in_group:
            await self._codes.free_text(said)
            return
        answers = (self._codes.free_text, self._family.free_text, self._settings.free_text)
        for take in (self._linking.free_text, *answers):
            if await take(said):
                return
        await self._chat.say(said.ask.chat, Screen(pages.NOT_UNDERSTOOD))
