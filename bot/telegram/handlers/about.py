"""Greeting, help, privacy."""

from bot.service.garage import Garage
from bot.telegram import pages
from bot.telegram.chat import Chat
from bot.telegram.gate import Said
from bot.telegram.handlers.cars import CarHandlers
from bot.telegram.screen import Button, Screen
from bot.telegram.taps import Link


class AboutHandlers:
    """What the bot says of itself."""

    def __init__(self, *, chat: Chat, garage: Garage, cars: CarHandlers) -> None:
        self._chat = chat
        self._garage = garage
        self._cars = cars

    async def start(self, said: Said) -> None:
        """Greet; show the panel where there is a car."""
        if await self._garage.is_linked(said.ask.chat, said.ask.person.id):
            await self._cars.panel(said)
            return
        await self._chat.say(said.ask.chat, Screen(pages.GREETING, ((Button("🔗 Link", Link()),),)))

    async def help(self, said: Said) -> None:
        """Say what the bot can do."""
        await self._chat.say(said.ask.chat, Screen(pages.HELP))

    async def privacy(self, said: Said) -> None:
        """Say what is stored, and how to delete it."""
        await self._chat.say(said.ask.chat, Screen(pages.PRIVACY))

    async def unknown(self, said: Said) -> None:
        """Point from a command that there is not to those that there are."""
        await self._chat.say(said.ask.chat, Screen(pages.UNKNOWN_COMMAND))
