"""Screens of refusals, and the warning about a secret that could not be deleted."""

from dataclasses import replace

from bot.domain.refusals import Reason
from bot.telegram import texts
from bot.telegram.screens.buttons import LINK
from bot.telegram.texts import refusals
from bot.telegram.ui.screen import Button, Screen


def refusal(reason: Reason, *, car: str | None = None) -> Screen:
    """A refusal, with the button for the next step if there is one."""
    return Screen(refusals.refusal(reason, car=car), ((LINK,),) if refusals.REFUSALS[reason].offers_link else ())


def private_chat_only(address: str) -> Screen:
    """A refusal in a group that leads to the private chat."""
    row = (Button("💬 Open the private chat", address),)
    return Screen(refusals.refusal(Reason.PRIVATE_CHAT_ONLY), (row,))


def with_warning(answer: Screen | None) -> Screen:
    """The answer, if any, to a message with a secret that could not be deleted."""
    if answer is None:
        return Screen(texts.linking.NOT_DELETED)
    return replace(answer, text=f"{answer.text}\n\n{texts.linking.NOT_DELETED}")
