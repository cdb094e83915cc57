"""Groups: an owner shares the cars there, and others ask for access."""

from dataclasses import dataclass

from bot.domain.ids import ChatId
from bot.domain.places import Place, place_of
from bot.domain.refusals import Reason
from bot.service.declined import Declined
from bot.service.family.access_requests import AccessRequests
from bot.service.family.groups import Groups
from bot.service.ports import Ask
from bot.telegram import screens, texts
from bot.telegram.requests import Request, Said, Tapped
from bot.telegram.transport.chat import Chat
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupHandlers:
    """Sharing in groups, where not everybody may use the car."""

    chat: Chat
    groups: Groups
    access_requests: AccessRequests

    async def stranger(self, ask: Ask) -> Screen:
        """Answer somebody without access: offer to ask for it or to share an own car, or name what the owner can do."""
        return screens.family.no_access(ask.person.name, await self.groups.access_options(ask))

    async def share(self, said: Said) -> Screen | None:
        """Share an owner's cars in the group that the owner has chosen in Telegram's own list."""
        home = await self.groups.own_home(said.ask.person.id)
        if home is None:
            raise Declined(Reason.NO_CAR_HERE)
        return await self._attach(said, home)

    async def share_here(self, tapped: Tapped, tap: taps.ShareHere) -> Screen | None:
        """Share the cars of a home in the group that has the button; only its owner may."""
        return await self._attach(tapped, tap.home)

    async def _attach(self, request: Said | Tapped, home: ChatId) -> Screen | None:
        attached = await self.groups.attach(request.ask, home, title=request.title)
        return None if attached is None else screens.family.attached(attached, home)

    async def show_groups(self, request: Request, _: taps.ShowGroups) -> Screen:
        """Show the groups in which an owner shares the cars."""
        return screens.family.groups(await self.groups.groups(request.ask), address=self.chat.group_address)

    async def stop_sharing(self, tapped: Tapped, tap: taps.StopSharing) -> None:
        """Stop sharing in a group, show the groups that are left, and announce it in the group."""
        was_shared = await self.groups.detach(tapped.ask, tap.group)
        if was_shared is not None:
            await self.chat.show(tapped.ask.place, tapped.message, await self.show_groups(tapped, taps.ShowGroups()))
        if was_shared:
            await self.chat.say(Place(tap.group), Screen(texts.family.detached(tapped.ask.person.name)))

    async def ask_for_access(self, tapped: Tapped, tap: taps.AskForAccess) -> Screen | None:
        """Bring a person's request to the owner, once."""
        is_new = await self.access_requests.ask(tapped.ask, tap.home, title=tapped.title)
        if is_new is None:
            return None
        return Screen(texts.family.asked(tapped.ask.person.name, is_new=is_new), is_separate=True)

    async def answer(self, tapped: Tapped, tap: taps.AnswerRequest) -> None:
        """Answer a person's request, also in the group where they asked."""
        answered = await self.access_requests.answer(tapped.ask, tap.person, tap.answer)
        if answered is not None:
            await self.chat.show(tapped.ask.place, tapped.message, Screen(texts.family.answered(answered)))
            asked = answered.request
            place = place_of(asked.chat, asked.thread, int(asked.person))
            await self.chat.say(place, Screen(texts.family.answered_in_group(answered)))
