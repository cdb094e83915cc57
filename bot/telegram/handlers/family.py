"""People: invited, joining, listed, changed, removed."""

from dataclasses import dataclass

from bot.domain.family import AccessLength, Member, sent_code
from bot.domain.refusals import Reason
from bot.service.declined import Declined
from bot.service.family.access_requests import AccessRequests
from bot.service.family.invitations import Invitations, Made
from bot.service.family.members import Members
from bot.service.ports import Ask, Clock
from bot.telegram import screens, texts
from bot.telegram.requests import Request, Said, Tapped
from bot.telegram.transport.chat import Chat
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyHandlers:
    """Invitations and members, in private chats only, because everybody reads what is in a group."""

    chat: Chat
    clock: Clock
    invitations: Invitations
    members: Members
    access_requests: AccessRequests

    async def invite(self, said: Said) -> Screen:
        """Ask for the role of the invited person."""
        await self.invitations.check_may_invite(said.ask)
        return screens.family.invite_as()

    async def choose_role(self, tapped: Tapped, tap: taps.ChooseRole) -> Screen:
        """Ask how long the access lasts."""
        await self.invitations.check_may_invite(tapped.ask)
        return screens.family.invite_for(tap.role)

    async def make_invitation(self, tapped: Tapped, tap: taps.Invite) -> Screen | None:
        """Make an invitation, or ask for the date until which it gives access."""
        if tap.length is AccessLength.DATE:
            prompt = await self.invitations.ask_for_date(tapped.ask, tap.role)
            return None if prompt is None else screens.family.want_date()
        return self._made(await self.invitations.invite(tapped.ask, tap.role, tap.length))

    def _made(self, made: Made | None) -> Screen | None:
        address, now = self.chat.private_address, self.clock.now()
        return None if made is None else screens.family.made(made, address=address, now=now)

    async def free_text(self, said: Said) -> Screen | None:
        """Read a text as the requested date; None if no date was requested."""
        made = await self.invitations.take_date(said.ask, said.text)
        if made is not None:
            return self._made(made)
        return self._member(await self.members.take_end(said.ask, said.text))

    async def show_invitations(self, tapped: Tapped, _: taps.ShowInvitations) -> Screen:
        """Show the open invitations."""
        return screens.family.invitations(await self.invitations.list_open(tapped.ask), now=self.clock.now())

    async def withdraw(self, tapped: Tapped, tap: taps.Withdraw) -> Screen | None:
        """Withdraw an invitation, and show what is left."""
        done = await self.invitations.withdraw(tapped.ask, tap.invitation)
        if done is False:
            raise Declined(Reason.INVITATION_OVER)
        return await self.show_invitations(tapped, taps.ShowInvitations()) if done else None

    async def sent_invitation(self, said: Said) -> Screen | None:
        """Show the invitation whose link or code somebody sent; None for any other text."""
        sent = sent_code(said.everything)
        if sent is None or not (sent.is_certain or await self.invitations.exists(sent.code)):
            return None
        return await self.open_invitation(said.ask, sent.code)

    async def open_invitation(self, ask: Ask, code: str) -> Screen:
        """Show who invites to what."""
        return screens.family.offer(await self.invitations.offer(ask.person.id, code), now=self.clock.now())

    async def join(self, tapped: Tapped, tap: taps.Join) -> Screen | None:
        """Become a member."""
        joined = await self.invitations.join(tapped.ask, tap.code)
        return None if joined is None else Screen(texts.family.joined(joined, now=self.clock.now()))

    async def show_members(self, request: Request, tap: taps.ShowMembers) -> Screen:
        """Show a page of the people who may use the cars."""
        found, requests = await self.members.list_all(request.ask), await self.access_requests.list_open(request.ask)
        return screens.family.members(found, requests, page=tap.page, now=self.clock.now())

    async def show_member(self, tapped: Tapped, tap: taps.ShowMember) -> Screen | None:
        """Show one person's access."""
        return self._member(await self.members.get(tapped.ask, tap.person))

    async def set_role(self, tapped: Tapped, tap: taps.SetRole) -> Screen | None:
        """Give a member another role."""
        return self._member(await self.members.set_role(tapped.ask, tap.person, tap.role))

    async def set_end(self, tapped: Tapped, tap: taps.SetEnd) -> Screen | None:
        """Give a member's access another end, or ask for its date."""
        if tap.length is AccessLength.DATE:
            wanted = await self.members.ask_for_end(tapped.ask, tap.person)
            return None if wanted is None else screens.family.want_date()
        return self._member(await self.members.set_end(tapped.ask, tap.person, tap.length))

    def _member(self, member: Member | None) -> Screen | None:
        return None if member is None else screens.family.member(member, now=self.clock.now())

    async def remove(self, tapped: Tapped, tap: taps.RemoveMember) -> Screen | None:
        """Ask whether a person's access should be taken away."""
        asked = await self.members.ask_to_remove(tapped.ask, tap.person)
        return None if asked is None else screens.family.remove_question(asked)
