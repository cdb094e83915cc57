"""Shows people the results of their commands and taps."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.domain.ids import MessageId
from bot.domain.refusals import Reason
from bot.service.background import log_failure
from bot.service.declined import Declined
from bot.service.ports import Ask
from bot.service.prompting import Prompting
from bot.telegram import texts
from bot.telegram.requests import Request, Tapped
from bot.telegram.screens.refusals import refusal, with_warning
from bot.telegram.transport.chat import Chat
from bot.telegram.ui.screen import Screen

_log = logging.getLogger(__name__)

_WITHOUT_ACCESS = frozenset({Reason.NO_CAR_HERE, Reason.ACCESS_ENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The answer to every command and tap: what its handler returns, a refusal, or an apology for a fault of ours."""

    chat: Chat
    prompting: Prompting
    stranger: Callable[[Ask], Awaitable[Screen]]
    """Makes the answer for somebody in a group who has no access."""
    which_car: Callable[[Ask], Awaitable[Screen]]
    """Makes the question which car is meant."""

    async def give(
        self, request: Request, work: Awaitable[Screen | None], *, secret_remains: bool = False
    ) -> MessageId | None:
        """Await a handler and show what it returns; returns the message. The details of a fault go to the log only."""
        try:
            return await self._show(request, await self._answer(request, work), secret_remains=secret_remains)
        except Exception as error:  # noqa: BLE001 - whatever broke, the person must learn that it failed
            log_failure(_log, "A handler failed", error)
            return await self._show(request, Screen(texts.help.FAILED, is_separate=True), secret_remains=secret_remains)

    async def _answer(self, request: Request, work: Awaitable[Screen | None]) -> Screen | None:
        try:
            return await work
        except Declined as no:
            if no.reason is Reason.WHICH_CAR:
                return replace(await self.which_car(request.ask), is_separate=True)
            screen = refusal(no.reason, private_chat=self.chat.private_address)
            if request.is_in_group and no.reason in _WITHOUT_ACCESS:
                screen = await self.stranger(request.ask)
            return replace(screen, is_separate=True)

    async def _show(self, request: Request, screen: Screen | None, *, secret_remains: bool) -> MessageId | None:
        """Answer a tap in the message that has the button, and everything else in a new message."""
        screen = with_warning(screen) if secret_remains else screen
        if screen is None:
            return None
        in_place = request.message if isinstance(request, Tapped) and not screen.is_new_message else None
        message = await self.chat.show(request.ask.place, in_place, screen)
        if message is not None and screen.prompt is not None:
            await self.prompting.shown(screen.prompt, message)
        return message


def not_in_group(screen: Screen) -> Screen:
    """What is shown in a private chat of a screen for a group; a question is asked only where it can be answered."""
    if screen.prompt is not None:
        return Screen(texts.help.CANNOT_ASK_THERE)
    return replace(screen, text=f"{texts.help.CANNOT_WRITE_THERE}\n{screen.text}")
