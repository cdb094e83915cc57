"""Screens of a DIMO account: linking, unlinking, and what ends."""

from bot.domain.expiry import Notice
from bot.domain.linking import Linked, LinkFault
from bot.domain.prompts import Prompt
from bot.telegram import texts
from bot.telegram.screens.buttons import LINK, LINK_AGAIN, LOOK_AGAIN, yes_no
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Button, Screen, Style


def link(address: str | None) -> Screen:
    """How to connect a DIMO account."""
    if address is None:
        return Screen(texts.linking.LINK_WITHOUT_LICENSE, is_separate=True)
    row = (Button("🔑 Sign in with DIMO", address, Style.PRIMARY),)
    return Screen(texts.linking.LINK_HERE, (row,), is_separate=True)


def linked(it: Linked) -> Screen:
    """What came of linking."""
    row = (Button("🚗 Open the car", taps.ShowCars()),) if it.cars else (LOOK_AGAIN, LINK)
    return Screen(texts.linking.linked(it), (row,))


def link_failed(fault: LinkFault, said: str | None) -> Screen:
    """Why something that was sent did not link an account."""
    return Screen(texts.linking.link_failed(fault, said), ((LINK,),))


def unlink_question(prompt: Prompt) -> Screen:
    """The question before a chat's tokens are deleted."""
    return Screen(texts.linking.UNLINK_QUESTION, yes_no(prompt, "🗑 Unlink"), prompt=prompt.id)


def notice(it: Notice) -> Screen:
    """Something that ends."""
    return Screen(texts.linking.notice(it), ((LINK_AGAIN,),))
