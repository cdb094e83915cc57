"""Connecting a DIMO account: the sign-in link, and what the person sends back."""

from bot.domain.refusals import Reason
from bot.service.account.linking import LinkFailed, Linking, is_for_linking
from bot.service.declined import Declined
from bot.telegram.gate import Said, Tapped
from bot.telegram.handlers.cars import CarHandlers
from bot.telegram.screens import actions as screens
from bot.telegram.transport.chat import Chat
from bot.telegram.ui.taps import Link, LookAgain, ShowCars


class LinkHandlers:
    """Linking, in private chats only; the gate has deleted a message that holds a secret before it comes here."""

    def __init__(self, *, chat: Chat, linking: Linking, cars: CarHandlers) -> None:
        self._chat = chat
        self._linking = linking
        self._cars = cars

    async def link(self, said: Said) -> None:
        """Offer the sign-in, or take what was sent along with the command."""
        if said.text:
            await self._receive(said)
            return
        await self._chat.say(said.ask.chat, screens.link(await self._linking.sign_in_link(said.ask.chat)))

    async def link_again(self, tapped: Tapped, _: Link) -> None:
        """Offer the sign-in in a new message; not in a group, where everybody could take the link."""
        if tapped.is_in_group:
            raise Declined(Reason.PRIVATE_CHAT_ONLY)
        address = await self._linking.sign_in_link(tapped.ask.chat)
        await self._chat.say(tapped.ask.chat, screens.link(address))

    async def free_text(self, said: Said) -> bool:
        """Take a landing address or a token; False for any other text."""
        is_ours = is_for_linking(said.text)
        if is_ours:
            await self._receive(said)
        return is_ours

    async def _receive(self, said: Said) -> None:
        try:
            screen = screens.linked(await self._linking.receive(said.ask, said.text))
        except LinkFailed as failed:
            screen = screens.link_failed(failed.fault, failed.said)
        await self._chat.say(said.ask.chat, screens.secret_remains(screen) if said.secret_remains else screen)

    async def look_again(self, tapped: Tapped, _: LookAgain) -> None:
        """Ask DIMO again which cars are shared, and show them."""
        await self._linking.look_again(tapped.ask)
        await self._cars.show_cars(tapped, ShowCars())
