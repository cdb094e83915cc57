"""Connecting a DIMO account: the sign-in link, and what the person sends back."""

from dataclasses import dataclass

from bot.domain.refusals import Reason
from bot.service.account.linking import LinkFailed, Linking, is_for_linking
from bot.service.declined import Declined
from bot.telegram import screens
from bot.telegram.handlers.cars import CarHandlers
from bot.telegram.requests import Request, Said, Tapped
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkHandlers:
    """Linking, in private chats only. The gate has already deleted a message that holds a secret."""

    linking: Linking
    cars: CarHandlers

    async def link(self, said: Said) -> Screen:
        """Offer the sign-in, or take what was sent along with the command."""
        return await self._receive(said) if said.text else await self.offer(said, taps.Link())

    async def offer(self, request: Request, _: taps.Link) -> Screen:
        """Offer the sign-in; not in a group, where everybody could use the link."""
        if request.is_in_group:
            raise Declined(Reason.PRIVATE_CHAT_ONLY)
        return screens.linking.link(await self.linking.sign_in_link(request.ask.chat))

    async def unlink(self, said: Said) -> Screen | None:
        """Ask before the tokens of this chat are deleted."""
        prompt = await self.linking.ask_to_unlink(said.ask)
        return None if prompt is None else screens.linking.unlink_question(prompt)

    async def free_text(self, said: Said) -> Screen | None:
        """Take a landing address or a token; None for any other text."""
        return await self._receive(said) if is_for_linking(said.text) else None

    async def _receive(self, said: Said) -> Screen:
        try:
            return screens.linking.linked(await self.linking.receive(said.ask, said.text))
        except LinkFailed as failed:
            return screens.linking.link_failed(failed.fault, failed.said)

    async def look_again(self, tapped: Tapped, _: taps.LookAgain) -> Screen | None:
        """Ask DIMO again which cars are shared, and show them."""
        await self.linking.look_again(tapped.ask)
        return await self.cars.show_cars(tapped, taps.ShowCars())
