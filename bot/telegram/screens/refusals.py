"""Screens of refusals, and the warning about a secret that could not be deleted."""

from dataclasses import replace

from bot.domain.refusals import Reason
from bot.telegram import texts
from bot.telegram.screens.buttons import LINK
from bot.telegram.texts import refusals
from bot.telegram.ui.screen import Button, Screen


def refusal(reason: Reason, *, car: str | None = None, private_chat: str | None = None) -> Screen:
    """A refusal, with the button for the next step if there is one."""
    row: tuple[Button, ...] = (LINK,) if refusals.REFUSALS[reason].offers_link else ()
    if reason is Reason.PRIVATE_CHAT_ONLY and private_chat is not None:
        row = (Button("💬 Open the private chat", private_chat),)
    # After an outage many commands are old, and nobody waits for that answer.
    return Screen(refusals.refusal(reason, car=car), (row,), can_wait=reason is Reason.COMMAND_TOO_OLD)


def with_warning(answer: Screen | None) -> Screen:
    """The answer, if any, to a message with a secret that could not be deleted."""
    if answer is None:
        return Screen(texts.linking.NOT_DELETED)
    return replace(answer, text=f"{answer.text}\n\n{texts.linking.NOT_DELETED}")
