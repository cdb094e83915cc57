"""Forgetting: asked for here, confirmed like everything that is asked about."""

from bot.service.account.erasure import Erasure
from bot.service.prompting import Prompting
from bot.telegram.gate import Said
from bot.telegram.screens.actions import yes_no
from bot.telegram.texts import privacy as texts
from bot.telegram.transport.chat import Chat
from bot.telegram.ui.screen import Screen


class PrivacyHandlers:
    """The wish to be forgotten, in private chats only."""

    def __init__(self, *, chat: Chat, forgetting: Erasure, prompting: Prompting) -> None:
        self._chat = chat
        self._forgetting = forgetting
        self._prompting = prompting

    async def ask(self, said: Said) -> None:
        """Ask before everything about a person is deleted."""
        asked = await self._forgetting.ask(said.ask)
        if asked is None:
            return
        screen = Screen(texts.forget_question(asked), yes_no(asked.prompt, texts.FORGET_LABEL))
        message = await self._chat.say(said.ask.chat, screen)
        if message is not None:
            await self._prompting.shown(asked.prompt.id, message)
