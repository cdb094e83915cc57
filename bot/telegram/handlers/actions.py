"""Actions on a car, the questions before them, and the answers to every question."""

from dataclasses import dataclass

from bot.domain.actions import Action
from bot.domain.ids import CarId
from bot.domain.prompts import WRITTEN
from bot.domain.refusals import Reason
from bot.service.actions.requests import ActionRequests, Asked
from bot.service.confirmation import Confirmation, Started
from bot.service.declined import Declined
from bot.service.ports import Ask, Clock
from bot.service.prompting import Prompting
from bot.telegram import screens, texts
from bot.telegram.announcer import TelegramAnnouncer
from bot.telegram.handlers.cars import CarHandlers
from bot.telegram.requests import Said, SaidHandler, Tapped
from bot.telegram.transport.chat import Chat
from bot.telegram.ui import taps
from bot.telegram.ui.callback_data import Tap
from bot.telegram.ui.screen import Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionHandlers:
    """Actions on a car; a question is answered in the message that asks it."""

    chat: Chat
    announcer: TelegramAnnouncer
    clock: Clock
    actions: ActionRequests
    confirmation: Confirmation
    prompting: Prompting
    cars: CarHandlers

    def command(self, action: Action) -> SaidHandler:
        """Make the handler of an action's command, on the car that the chat has chosen."""
        return lambda said: self._request(said.ask, action, None)

    async def act(self, tapped: Tapped, tap: taps.Act) -> Screen | None:
        """Do what a button says, or ask before it."""
        return await self._request(tapped.ask, tap.action, tap.car)

    async def pop_up(self, ask: Ask, tap: Tap) -> Reason | None:
        """Return why a tap in a group does nothing, if nobody but the person who made it needs to read that."""
        match tap:
            case taps.Confirm():
                return Reason.PROMPT_OF_ANOTHER if await self.confirmation.is_of_another(ask, tap.prompt) else None
            case taps.Act():
                return Reason.NOT_ALLOWED if await self.actions.is_not_allowed(ask, tap.action, tap.car) else None
        return None

    async def _request(self, ask: Ask, action: Action, car: CarId | None) -> Screen | None:
        try:
            result = await self.actions.request(ask, action, car)
        except Declined as no:
            if no.reason is not Reason.WHICH_CAR:
                raise
            return await self.cars.choice(ask, action)
        if not isinstance(result, Asked):
            return None
        return screens.actions.question(result, person=ask.person.name, now=self.clock.now())

    async def confirm(self, tapped: Tapped, tap: taps.Confirm) -> Screen | None:
        """Do what a question asks; show how it was closed if it no longer can be answered."""
        try:
            result = await self.confirmation.confirm(tapped.ask, tap.prompt, message=tapped.message)
        except Declined as no:
            return await self._closed(tap, no)
        return None if result is None or isinstance(result, Started) else self.announcer.screen(result)

    async def cancel(self, tapped: Tapped, tap: taps.Cancel) -> Screen | None:
        """Cancel a question."""
        try:
            prompt = await self.prompting.cancel(tapped.ask, tap.prompt)
        except Declined as no:
            return await self._closed(tap, no)
        by = tapped.ask.person.name if tapped.is_in_group else None
        screen = screens.actions.question_closed(prompt, by=by)
        if await self.chat.show(tapped.ask.place, tapped.message, screen) is not None:
            await self.prompting.were_shown([prompt])
        return None

    async def _closed(self, tap: taps.Confirm | taps.Cancel, no: Declined) -> Screen | None:
        if no.reason is Reason.PROMPT_ANSWERED:
            return None  # a second tap: the message shows the result of the first
        prompt = await self.prompting.get(tap.prompt)
        if prompt is None or no.reason not in {Reason.PROMPT_EXPIRED, Reason.PROMPT_CANCELLED}:
            raise no
        return screens.actions.question_closed(prompt)

    async def cancel_all(self, said: Said) -> Screen | None:
        """Cancel every open question of this person here."""
        cancelled = await self.prompting.cancel_all(said.ask)
        for prompt in cancelled:
            if prompt.subject in WRITTEN:  # a message that opened a reply can't be edited
                await self.chat.say(said.ask.place, Screen(texts.actions.NOT_WAITING))
            else:
                await self.prompting.show_closed([prompt])
        return None if cancelled else Screen(texts.actions.NOTHING_TO_CANCEL)
