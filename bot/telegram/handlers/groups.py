"""Groups: shared in by an owner, asked for access in by everybody else."""

from bot.domain.ids import ChatId
from bot.domain.refusals import Reason
from bot.service.chat_migration import ChatMigration
from bot.service.declined import Declined
from bot.service.family.groups import Groups
from bot.service.ports import Ask
from bot.telegram.gate import Tapped
from bot.telegram.screens import family as screens
from bot.telegram.texts import family as texts
from bot.telegram.transport.chat import Chat
from bot.telegram.ui.screen import Screen
from bot.telegram.ui.taps import AnswerRequest, AskForAccess, ShareHere, ShowGroups, StopSharing


class GroupHandlers:
    """What is different in a group: not everybody who writes there may use the car."""

    def __init__(self, *, chat: Chat, sharing: Groups, moves: ChatMigration) -> None:
        self._chat = chat
        self._sharing = sharing
        self._moves = moves

    async def stranger(self, ask: Ask) -> None:
        """Show the way to somebody without access: to ask for it, to share an own car, or to the owner."""
        ways = await self._sharing.ways_in(ask)
        await self._chat.say(ask.chat, screens.no_access(ask.person.name, ways))

    async def share(self, ask: Ask, title: str) -> None:
        """Attach the group that an owner has chosen in Telegram's own list."""
        own = await self._sharing.own_home(ask.person.id)
        if own is None:
            raise Declined(Reason.NO_CAR_HERE)
        await self._attach(ask, own, title)

    async def share_here(self, tapped: Tapped, tap: ShareHere) -> None:
        """Attach the group that has the button; only for its owner's own tap."""
        await self._attach(tapped.ask, tap.home, tapped.title)

    async def _attach(self, ask: Ask, home: ChatId, title: str) -> None:
        attached = await self._sharing.attach(ask, home, title=title)
        if attached is not None:
            await self._chat.say(ask.chat, Screen(texts.attached(attached)))

    async def show_groups(self, tapped: Tapped, _: ShowGroups) -> None:
        """Show the groups that an owner shares in, in place."""
        screen = screens.groups(await self._sharing.groups(tapped.ask))
        await self._chat.show(tapped.ask.chat, tapped.message, screen)

    async def stop_sharing(self, tapped: Tapped, tap: StopSharing) -> None:
        """End the sharing in a group, which is told, and show what is left."""
        done = await self._sharing.detach(tapped.ask, tap.group)
        if done is None:
            return
        screen = screens.groups(await self._sharing.groups(tapped.ask))
        await self._chat.show(tapped.ask.chat, tapped.message, screen)
        if done:
            await self._chat.say(tap.group, Screen(texts.detached(tapped.ask.person.name)))

    async def ask_for_access(self, tapped: Tapped, tap: AskForAccess) -> None:
        """Bring somebody's request to the owner, once."""
        asked = await self._sharing.ask_for_access(tapped.ask, tap.home, title=tapped.title)
        if asked is None:
            return
        text = texts.asked(tapped.ask.person.name, is_new=asked.is_new)
        await self._chat.say(tapped.ask.chat, Screen(text))

    async def answer(self, tapped: Tapped, tap: AnswerRequest) -> None:
        """Let somebody in, or not; the group is told where they asked."""
        answered = await self._sharing.answer(tapped.ask, tap.person, tap.answer)
        if answered is not None:
            await self._chat.show(tapped.ask.chat, tapped.message, Screen(texts.answered(answered)))
            await self._chat.say(answered.request.chat, Screen(texts.answered_in_group(answered)))

    async def removed_from(self, chat: ChatId) -> None:
        """Forget a group that the bot is not in any more."""
        await self._sharing.removed_from(chat)

    async def moved(self, old: ChatId, new: ChatId) -> None:
        """Keep everything of a group that became a supergroup."""
        await self._moves.note(old, new)
