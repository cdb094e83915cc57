"""Connecting a DIMO account: the sign-in link, and what the person sends back."""

from dataclasses import dataclass

from bot.domain.linking import LINK_PREFIX, LinkFault, LinkNews
from bot.domain.refusals import Reason
from bot.service.account.link_permissions import LinkPermissions
from bot.service.account.linking import LinkFailed, Linking, is_for_linking
from bot.service.account.sign_in import SignIn
from bot.service.account.unlinking import Unlinking
from bot.service.declined import Declined
from bot.service.ports import Clock
from bot.telegram import screens
from bot.telegram.handlers.cars import CarHandlers
from bot.telegram.requests import Request, Said, Tapped
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkHandlers:
    """Linking, in private chats only. The gate has already deleted a message that holds a secret."""

    sign_in: SignIn
    permissions: LinkPermissions
    linking: Linking
    unlinking: Unlinking
    cars: CarHandlers
    clock: Clock

    async def link(self, said: Said) -> Screen:
        """Offer the sign-in, or take what was sent along with the command."""
        return await self._receive(said) if said.everything else await self.offer(said, taps.Link())

    async def offer(self, request: Request, _: taps.Link) -> Screen:
        """Offer the sign-in to whoever may link; not in a group, where everybody could use the link."""
        return await self._offer(request, with_location=False)

    async def offer_location(self, request: Request, _: taps.ShareLocation) -> Screen:
        """Offer the sign-in that shares the cars' location, too."""
        return await self._offer(request, with_location=True)

    async def _offer(self, request: Request, *, with_location: bool) -> Screen:
        if request.is_in_group:
            raise Declined(Reason.PRIVATE_CHAT_ONLY)
        if news := await self.permissions.request(request.ask.person):
            return screens.linking.news(news)
        address = await self.sign_in.link(request.ask.chat, with_location=with_location)
        return screens.linking.link(address, with_location=with_location)

    async def answer_permission(self, tapped: Tapped, tap: taps.AnswerLinkPermission) -> Screen | None:
        """Let a person link, or not; only the operator may."""
        name = await self.permissions.answer(tapped.ask, tap.person, tap.answer)
        return None if name is None else screens.linking.permission_answered(tap.person, name, tap.answer)

    async def answer_consent(self, tapped: Tapped, tap: taps.AnswerLinkConsent) -> Screen | None:
        """Let somebody link an account that is linked already, or not; only who was asked may."""
        over = await self.linking.answer_consent(tapped.ask, tap.consent, tap.answer)
        return None if over is None else screens.linking.consent_over(over)

    async def unlink(self, said: Said) -> Screen | None:
        """Ask before the tokens of this chat are deleted."""
        prompt = await self.unlinking.ask(said.ask)
        return None if prompt is None else screens.linking.unlink_question(prompt)

    async def landed(self, said: Said) -> Screen:
        """Link with the address on which the browser landed; the page there has led the person back here."""
        state = said.text.removeprefix(LINK_PREFIX)
        address = await self.sign_in.landed(said.ask.chat, state)
        if address is None:
            return screens.linking.link_failed(LinkFault.LANDED_ELSEWHERE, None)
        return await self._receive_text(said, address)

    async def free_text(self, said: Said) -> Screen | None:
        """Take a landing address or a token; None for any other text."""
        return await self._receive(said) if is_for_linking(said.everything) else None

    async def other_address(self, said: Said) -> Screen | None:
        """Answer an address that is not the one that is waited for after /link; None for any other text."""
        is_missed = await self.sign_in.is_missed_by(said.everything, said.ask.chat)
        return screens.linking.not_the_address() if is_missed else None

    async def _receive(self, said: Said) -> Screen:
        return await self._receive_text(said, said.everything)

    async def _receive_text(self, said: Said, text: str) -> Screen:
        try:
            result = await self.linking.receive(said.ask, text)
        except LinkFailed as failed:
            return screens.linking.link_failed(failed.fault, failed.said)
        return (
            screens.linking.news(result)
            if isinstance(result, LinkNews)
            else screens.linking.linked(result, now=self.clock.now())
        )

    async def look_again(self, tapped: Tapped, _: taps.LookAgain) -> Screen | None:
        """Ask DIMO again which cars are shared, and show them."""
        await self.linking.look_again(tapped.ask)
        return await self.cars.show_found(tapped)
