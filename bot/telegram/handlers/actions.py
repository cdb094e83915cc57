"""Lock, unlock, frunk, trunk, charging: asked for, confirmed, cancelled."""

from collections.abc import Awaitable, Callable, Mapping

from bot.domain.actions import Action
from bot.domain.ids import CarId
from bot.domain.prompts import WRITTEN, Prompt
from bot.domain.refusals import Reason
from bot.service.account.erasure import Forgotten
from bot.service.account.linking import Linking, Unlinked
from bot.service.actions.requests import ActionRequests, Asked
from bot.service.confirmation import Confirmation, Started
from bot.service.declined import Declined
from bot.service.family.members import Removed
from bot.service.ports import Ask, Clock
from bot.service.prompting import Prompting
from bot.telegram import screens, texts
from bot.telegram.requests import Said, Tapped
from bot.telegram.transport.chat import Chat
from bot.telegram.ui.screen import Screen
from bot.telegram.ui.taps import Act, Cancel, Confirm

RESULTS: Mapping[type, Callable[..., Screen]] = {
    Unlinked: lambda _: Screen(texts.linking.UNLINKED),
    Forgotten: lambda _: Screen(texts.privacy.FORGOTTEN),
    Removed: lambda removed: screens.family.removed(removed.name),
}
"""The screen of each result of a confirmed prompt; what was only started shows its outcome by itself."""


class ActionHandlers:
    """What is done to a car, and the questions before it."""

    def __init__(
        self,
        *,
        chat: Chat,
        clock: Clock,
        actions: ActionRequests,
        confirmation: Confirmation,
        linking: Linking,
        prompting: Prompting,
    ) -> None:
        self._chat = chat
        self._clock = clock
        self._actions = actions
        self._confirmation = confirmation
        self._linking = linking
        self._prompting = prompting

    def command(self, action: Action) -> Callable[[Said], Awaitable[None]]:
        """Make the handler of an action's command, on the car that the chat means."""

        async def handle(said: Said) -> None:
            await self._request(said.ask, action, None)

        return handle

    async def act(self, tapped: Tapped, tap: Act) -> None:
        """Do what a button says, or ask before it."""
        await self._request(tapped.ask, tap.action, tap.car)

    async def _request(self, ask: Ask, action: Action, car: CarId | None) -> None:
        result = await self._actions.request(ask, action, car)
        if isinstance(result, Asked):
            screen = screens.actions.question(result, person=ask.person.name, now=self._clock.now())
            await self._ask(result.prompt, screen)

    async def _ask(self, prompt: Prompt, screen: Screen) -> None:
        message = await self._chat.say(prompt.chat, screen)
        if message is not None:
            await self._prompting.shown(prompt.id, message)

    async def unlink(self, said: Said) -> None:
        """Ask before the tokens of this chat are deleted."""
        prompt = await self._linking.ask_to_unlink(said.ask)
        if prompt is not None:
            await self._ask(prompt, screens.linking.unlink_question(prompt))

    async def confirm(self, tapped: Tapped, tap: Confirm) -> None:
        """Do what the question asks; a question that is over shows how it ended."""
        try:
            done = await self._confirmation.confirm(tapped.ask, tap.prompt, message=tapped.message)
        except Declined as no:
            await self._show_closed(tap, no)
            return
        if done is not None and not isinstance(done.result, Started):
            screen = RESULTS[type(done.result)](done.result)
            await self._chat.show(done.prompt.chat, done.prompt.message, screen)

    async def _show_closed(self, tap: Confirm | Cancel, no: Declined) -> None:
        if no.reason is Reason.PROMPT_ANSWERED:
            return  # a second tap: the message tells what became of the first
        prompt = await self._prompting.get(tap.prompt)
        screen = {
            Reason.PROMPT_EXPIRED: screens.actions.question_expired,
            Reason.PROMPT_CANCELLED: screens.actions.question_cancelled,
        }.get(no.reason)
        if prompt is None or screen is None:
            raise no
        await self._chat.show(prompt.chat, prompt.message, screen(prompt))

    async def cancel(self, tapped: Tapped, tap: Cancel) -> None:
        """Drop a question."""
        try:
            prompt = await self._prompting.cancel(tapped.ask, tap.prompt)
        except Declined as no:
            await self._show_closed(tap, no)
            return
        await self._chat.show(prompt.chat, prompt.message, screens.actions.question_cancelled(prompt))

    async def cancel_all(self, said: Said) -> None:
        """Drop every open question of this person here."""
        dropped = await self._prompting.cancel_all(said.ask)
        for prompt in dropped:
            if prompt.subject in WRITTEN:  # a message that opened a reply can't be edited
                await self._chat.say(said.ask.chat, Screen(texts.actions.NOT_WAITING))
            else:
                await self._chat.show(prompt.chat, prompt.message, screens.actions.question_cancelled(prompt))
        if not dropped:
            await self._chat.say(said.ask.chat, Screen(texts.actions.NOTHING_TO_CANCEL))
