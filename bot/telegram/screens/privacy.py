"""Screens about what is stored."""

from bot.service.account.erasure import AskedToForget
from bot.telegram import texts
from bot.telegram.screens.buttons import yes_no
from bot.telegram.ui import taps
from bot.telegram.ui.screen import Button, Screen


def short() -> Screen:
    """What is stored, in short."""
    return Screen(texts.privacy.SHORT, ((Button("☰ More", taps.ShowAllPrivacy()),),))


def forget_question(it: AskedToForget) -> Screen:
    """The question before everything about a person is deleted."""
    return Screen(texts.privacy.forget_question(it), yes_no(it.prompt, "🗑 Forget me"), prompt=it.prompt.id)
