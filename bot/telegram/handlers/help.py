"""Greeting, help, privacy."""

from bot.service.cars.accessible_cars import AccessibleCars
from bot.telegram.gate import Said
from bot.telegram.handlers.cars import CarHandlers
from bot.telegram.handlers.family import FamilyHandlers
from bot.telegram.handlers.groups import GroupHandlers
from bot.telegram.screens.family import JOIN_PREFIX, SHARE_PAYLOAD
from bot.telegram.texts import help as pages
from bot.telegram.texts.privacy import PRIVACY
from bot.telegram.transport.chat import Chat
from bot.telegram.ui.screen import Button, Screen
from bot.telegram.ui.taps import Link


class HelpHandlers:
    """What the bot says of itself."""

    def __init__(
        self,
        *,
        chat: Chat,
        garage: AccessibleCars,
        cars: CarHandlers,
        family: FamilyHandlers,
        groups: GroupHandlers,
    ) -> None:
        self._chat = chat
        self._garage = garage
        self._cars = cars
        self._family = family
        self._groups = groups

    async def start(self, said: Said) -> None:
        """Greet; show the panel where there is a car, an invitation where the link was one."""
        if said.is_in_group:
            await self._start_in_group(said)
            return
        if said.text.startswith(JOIN_PREFIX):
            await self._family.open_invitation(said.ask, said.text.removeprefix(JOIN_PREFIX))
            return
        if await self._garage.are_any(said.ask):
            await self._cars.panel(said)
            return
        await self._chat.say(said.ask.chat, Screen(pages.GREETING, ((Button("🔗 Link", Link()),),)))

    async def _start_in_group(self, said: Said) -> None:
        """Share the car where its owner brought the bot for that, else show the panel."""
        if said.text == SHARE_PAYLOAD:
            await self._groups.share(said.ask, said.title)
        else:
            await self._cars.panel(said)

    async def help(self, said: Said) -> None:
        """Say what the bot can do for this person."""
        abilities = await self._garage.abilities(said.ask)
        await self._chat.say(said.ask.chat, Screen(pages.help_for(abilities)))

    async def privacy(self, said: Said) -> None:
        """Say what is stored, and how to delete it."""
        await self._chat.say(said.ask.chat, Screen(PRIVACY))

    async def unknown(self, said: Said) -> None:
        """Point from a command that there is not to those that there are."""
        await self._chat.say(said.ask.chat, Screen(pages.UNKNOWN_COMMAND))
