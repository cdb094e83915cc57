"""People: invited, joining, listed, changed, removed."""

from bot.domain.family import Lasting
from bot.domain.refusals import Reason
from bot.service.declined import Declined
from bot.service.family.groups import Groups
from bot.service.family.invitations import Invitations, Made
from bot.service.family.members import Members
from bot.service.ports import Ask, Clock
from bot.service.prompting import Prompting
from bot.telegram.gate import Said, Tapped
from bot.telegram.screens import family as screens
from bot.telegram.texts import family as texts
from bot.telegram.transport.chat import Chat
from bot.telegram.ui.screen import Screen
from bot.telegram.ui.taps import (
    ChooseRole,
    Invite,
    Join,
    RemoveMember,
    SetEnd,
    SetRole,
    ShowInvitations,
    ShowMember,
    ShowMembers,
    Withdraw,
)


class FamilyHandlers:
    """Invitations and members, in private chats only: what is in a group everybody reads."""

    def __init__(
        self,
        *,
        chat: Chat,
        clock: Clock,
        invitations: Invitations,
        membership: Members,
        sharing: Groups,
        prompting: Prompting,
    ) -> None:
        self._chat = chat
        self._clock = clock
        self._invitations = invitations
        self._membership = membership
        self._sharing = sharing
        self._prompting = prompting

    async def invite(self, said: Said) -> None:
        """Ask what an invited person will be."""
        await self._invitations.check(said.ask)
        await self._chat.say(said.ask.chat, screens.invite_as())

    async def choose_role(self, tapped: Tapped, tap: ChooseRole) -> None:
        """Ask how long the access lasts."""
        await self._invitations.check(tapped.ask)
        await self._chat.show(tapped.ask.chat, tapped.message, screens.invite_for(tap.role))

    async def make(self, tapped: Tapped, tap: Invite) -> None:
        """Make an invitation, or ask for the date until which it gives access."""
        if tap.lasting is Lasting.DATE:
            prompt = await self._invitations.want_date(tapped.ask, tap.role)
            if prompt is not None:
                await self._chat.say(tapped.ask.chat, screens.want_date())
            return
        made = await self._invitations.invite(tapped.ask, tap.role, tap.lasting)
        if made is not None:
            await self._chat.show(tapped.ask.chat, tapped.message, self._made(made))

    def _made(self, made: Made) -> Screen:
        return screens.made(made, address=self._chat.private_address, now=self._clock.now())

    async def free_text(self, said: Said) -> bool:
        """Take a text as the date that was asked for; False for any other."""
        made = await self._invitations.take_date(said.ask, said.text)
        if isinstance(made, Made):
            await self._chat.say(said.ask.chat, self._made(made))
            return True
        member = None if made is not None else await self._membership.take_end(said.ask, said.text)
        if Reason.NO_DATE in (made, member):
            raise Declined(Reason.NO_DATE)
        if member is None or isinstance(member, Reason):
            return False
        await self._chat.say(said.ask.chat, screens.member(member, now=self._clock.now()))
        return True

    async def show_invitations(self, tapped: Tapped, _: ShowInvitations) -> None:
        """Show the open invitations in place."""
        await self._list_invitations(tapped)

    async def withdraw(self, tapped: Tapped, tap: Withdraw) -> None:
        """Withdraw an invitation, and show what is left."""
        done = await self._invitations.withdraw(tapped.ask, tap.invitation)
        if done is False:
            raise Declined(Reason.INVITATION_OVER)
        if done:
            await self._list_invitations(tapped)

    async def _list_invitations(self, tapped: Tapped) -> None:
        found = await self._invitations.open(tapped.ask)
        screen = screens.invitations(found, now=self._clock.now())
        await self._chat.show(tapped.ask.chat, tapped.message, screen)

    async def open_invitation(self, ask: Ask, code: str) -> None:
        """Show who invites to what."""
        offer = await self._invitations.look(ask.person.id, code)
        await self._chat.say(ask.chat, screens.offer(offer, now=self._clock.now()))

    async def join(self, tapped: Tapped, tap: Join) -> None:
        """Become a member."""
        joined = await self._invitations.join(tapped.ask, tap.code)
        if joined is not None:
            text = texts.joined(joined, now=self._clock.now())
            await self._chat.show(tapped.ask.chat, tapped.message, Screen(text))

    async def members(self, said: Said) -> None:
        """Show who may use the cars."""
        await self._chat.say(said.ask.chat, await self._members(said.ask))

    async def show_members(self, tapped: Tapped, tap: ShowMembers) -> None:
        """Show who may use the cars, in place."""
        await self._chat.show(tapped.ask.chat, tapped.message, await self._members(tapped.ask, tap.page))

    async def _members(self, ask: Ask, page: int = 0) -> Screen:
        found, requests = await self._membership.all(ask), await self._sharing.requests(ask)
        return screens.members(found, requests, page=page, now=self._clock.now())

    async def show_member(self, tapped: Tapped, tap: ShowMember) -> None:
        """Show one person's access, in place."""
        member = await self._membership.one(tapped.ask, tap.person)
        screen = screens.member(member, now=self._clock.now())
        await self._chat.show(tapped.ask.chat, tapped.message, screen)

    async def set_role(self, tapped: Tapped, tap: SetRole) -> None:
        """Give a member another role."""
        member = await self._membership.set_role(tapped.ask, tap.person, tap.role)
        if member is not None:
            screen = screens.member(member, now=self._clock.now())
            await self._chat.show(tapped.ask.chat, tapped.message, screen)

    async def set_end(self, tapped: Tapped, tap: SetEnd) -> None:
        """Give a member's access another end."""
        if tap.lasting is Lasting.DATE:
            if await self._membership.want_end(tapped.ask, tap.person) is not None:
                await self._chat.say(tapped.ask.chat, screens.want_date())
            return
        member = await self._membership.set_end(tapped.ask, tap.person, tap.lasting)
        if member is not None:
            screen = screens.member(member, now=self._clock.now())
            await self._chat.show(tapped.ask.chat, tapped.message, screen)

    async def remove(self, tapped: Tapped, tap: RemoveMember) -> None:
        """Ask whether a person's access should be taken away."""
        asked = await self._membership.ask_to_remove(tapped.ask, tap.person)
        if asked is not None:
            message = await self._chat.say(tapped.ask.chat, screens.remove_question(asked))
            if message is not None:
                await self._prompting.shown(asked.prompt.id, message)
