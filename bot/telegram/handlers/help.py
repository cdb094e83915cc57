"""The greeting, the help, and the answer to an unknown command."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.family import JOIN_PREFIX
from bot.domain.linking import LINK_PREFIX
from bot.domain.typos import closest
from bot.service.cars.accessible_cars import AccessibleCars
from bot.telegram import texts
from bot.telegram.handlers.cars import CarHandlers
from bot.telegram.handlers.family import FamilyHandlers
from bot.telegram.handlers.groups import GroupHandlers
from bot.telegram.handlers.linking import LinkHandlers
from bot.telegram.requests import Said, Tapped
from bot.telegram.screens.buttons import LINK, private_chat
from bot.telegram.screens.family import SHARE_PAYLOAD
from bot.telegram.transport.chat import Chat
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Button, Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpHandlers:
    """What the bot says about itself."""

    accessible_cars: AccessibleCars
    cars: CarHandlers
    family: FamilyHandlers
    groups: GroupHandlers
    linking: LinkHandlers
    chat: Chat
    commands: Sequence[str]
    """The names of all commands."""

    async def start(self, said: Said) -> Screen | None:
        """Show the invitation or share the car if the link says so, else the panel; greet a person without a car."""
        if said.is_in_group:
            if said.text == SHARE_PAYLOAD:
                return await self.groups.share(said)
        elif said.text.startswith(LINK_PREFIX):
            return await self.linking.landed(said)
        elif said.text.startswith(JOIN_PREFIX):
            return await self.family.open_invitation(said.ask, said.text.removeprefix(JOIN_PREFIX))
        elif (invitation := await self.family.sent_invitation(said)) is not None:
            return invitation
        elif not await self.accessible_cars.are_any(said.ask):
            return Screen(texts.help.GREETING, ((LINK,),))
        await self.cars.panel(said)
        return None

    async def help(self, said: Said) -> Screen:
        """Say in short what the bot can do for this person; a group is pointed to the private chat."""
        if said.is_in_group:
            return Screen(texts.help.IN_PRIVATE, ((private_chat(self.chat.private_address),),))
        abilities = await self.accessible_cars.abilities(said.ask)
        return Screen(texts.help.short_help_for(abilities), ((Button("☰ More", taps.ShowAllHelp()),),))

    async def show_all(self, tapped: Tapped, _: taps.ShowAllHelp) -> Screen:
        """Say all that the bot can do for this person."""
        return Screen(texts.help.help_for(await self.accessible_cars.abilities(tapped.ask)))

    def not_understood(self, text: str) -> Screen:
        """Answer a text that nothing else understands; a single word may be a command without its slash."""
        return Screen(texts.help.not_understood([] if " " in text else closest(text, self.commands)))

    async def unknown(self, said: Said) -> Screen:
        """Answer a command that does not exist, and offer the one that was meant; it is never run by itself."""
        return Screen(texts.help.unknown_command(closest(said.command, self.commands)))
